import { createStore } from '../lib/store';
import { m } from '../messages';
import { toast } from '../ui/Toasts';
import { enqueue } from './queue';

// Files that someone chose or dropped. Documents are sent at once; a CSV file waits until someone has said what it is.
export const undecided = createStore<readonly File[]>([]);

const mostFiles = 100;

export function takeFiles(files: readonly File[]): void {
  if (files.length > mostFiles) {
    toast(m.upload.tooMany(files.length));
  }
  const taken = files.slice(0, mostFiles);
  taken.filter((file) => !isTable(file)).forEach((file) => enqueue(file, 'document'));
  undecided.set((now) => [...now, ...taken.filter(isTable)]);
}

const isTable = ({ name, type }: File): boolean => type === 'text/csv' || /\.(?:csv|tsv)$/i.test(name);

import type { TaskRowFragment } from '../gql/graphql';
import { createStore } from '../lib/store';

// What this page has set off: uploads and bulk operations, newest last, on cards in a corner of every page.
export interface Activity {
  key: number;
  name: string;
  size?: number;
  sent: number; // percent of the upload
  taskId?: string | undefined; // once the server has it
  problem?: string | undefined;
  abort?: (() => void) | undefined; // while the file is on its way
  retry?: (() => void) | undefined; // after a problem
}

export const activities = createStore<readonly Activity[]>([]);
let last = 0;

export function addActivity(activity: Omit<Activity, 'key'>): number {
  last += 1;
  const key = last;
  activities.set((now) => [...now, { ...activity, key }]);
  return key;
}

export function changeActivity(key: number, part: Partial<Activity>): void {
  activities.set((now) => now.map((one) => (one.key === key ? { ...one, ...part } : one)));
}

export function removeActivity(key: number): void {
  activities.set((now) => now.filter((one) => one.key !== key));
}

export function addBulk(task: TaskRowFragment): void {
  addActivity({ name: task.description, sent: 100, taskId: task.id });
}

import {
  ImportProductsDocument,
  type ImportProductsMutation,
  UploadDocumentDocument,
  type UploadDocumentMutation,
} from '../gql/graphql';
import { m } from '../messages';
import { addActivity, changeActivity } from './activity';
import type { Place } from './pieces';
import { type Sending, type Sent, send } from './send';

// What a file becomes.
export type Purpose = 'document' | 'import' | 'dry run';

const atOnce = 3;
const large = 8_000_000; // bytes from which a file is sent in pieces, so that breaking off costs little
const waiting: (() => Promise<void>)[] = [];
let running = 0;

interface Job {
  key: number; // of its card
  file: File;
  purpose: Purpose;
  idempotencyKey: string;
  place: Place;
}

// Puts a file on its way, a few at a time, and on a card of its own. The key makes trying again safe: whatever the server
// has taken already, it answers with the same task.
export function enqueue(file: File, purpose: Purpose): void {
  const key = addActivity({ name: file.name, size: file.size, sent: 0 });
  const job = { key, file, purpose, idempotencyKey: crypto.randomUUID(), place: {} };
  const start = () => {
    changeActivity(key, { sent: 0, problem: undefined, retry: undefined });
    waiting.push(() => upload(job, start));
    next();
  };
  start();
}

function next(): void {
  const job = running < atOnce ? waiting.shift() : undefined;
  if (job !== undefined) {
    running += 1;
    void job().finally(() => {
      running -= 1;
      next();
    });
  }
}

async function upload(job: Job, retry: () => void): Promise<void> {
  const { key } = job;
  try {
    const accepted = await follow(job, (sent) => changeActivity(key, { sent }));
    changeActivity(key, { ...accepted, sent: 100, abort: undefined, ...(accepted.problem && { retry }) });
  } catch {
    changeActivity(key, { problem: m.upload.network, abort: undefined, retry });
  }
}

interface Accepted {
  taskId?: string | undefined;
  problem?: string | undefined;
}

async function follow(job: Job, onProgress: (percent: number) => void): Promise<Accepted> {
  const { key, file, purpose, idempotencyKey } = job;
  if (file.size > large && purpose !== 'dry run') {
    return accept(key, await inPieces(job, purpose, onProgress), (taskId) => ({ taskId }));
  }
  const variables = { file, key: idempotencyKey };
  return purpose === 'document'
    ? accept(key, send(UploadDocumentDocument, variables, onProgress), ofDocument)
    : accept(key, send(ImportProductsDocument, { ...variables, dryRun: purpose === 'dry run' }, onProgress), ofImport);
}

async function inPieces(
  { file, place }: Job,
  purpose: 'document' | 'import',
  onProgress: (percent: number) => void,
): Promise<Sending<string>> {
  const { sendInPieces } = await import('./pieces');
  return sendInPieces({ file, place, onProgress, purpose: purpose === 'import' ? 'products' : purpose });
}

async function accept<Data>(key: number, sending: Sending<Data>, read: (data: Data) => Accepted): Promise<Accepted> {
  changeActivity(key, { abort: sending.abort });
  const { data, problem }: Sent<Data> = await sending.answer;
  const accepted = data === undefined ? {} : read(data);
  return accepted.taskId === undefined ? { problem: problem || accepted.problem || m.upload.refused } : accepted;
}

const ofDocument = ({ uploadDocuments: { tasks, userErrors } }: UploadDocumentMutation): Accepted => ({
  taskId: tasks[0]?.id,
  problem: userErrors[0]?.message,
});

const ofImport = ({ importProducts: { task, userErrors } }: ImportProductsMutation): Accepted => ({
  taskId: task?.id,
  problem: userErrors[0]?.message,
});

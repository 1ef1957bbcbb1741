import {
  ImportProductsDocument,
  type ImportProductsMutation,
  UploadDocumentDocument,
  type UploadDocumentMutation,
} from '../gql/graphql';
import { m } from '../messages';
import { addActivity, changeActivity } from './activity';
import { type Sending, type Sent, send } from './send';

// What a file becomes.
export type Purpose = 'document' | 'import' | 'dry run';

const atOnce = 3;
const waiting: (() => Promise<void>)[] = [];
let running = 0;

// Puts a file on its way, a few at a time, and on a card of its own. The key makes trying again safe: whatever the server
// has taken already, it answers with the same task.
export function enqueue(file: File, purpose: Purpose): void {
  const idempotencyKey = crypto.randomUUID();
  const key = addActivity({ name: file.name, size: file.size, sent: 0 });
  const start = () => {
    changeActivity(key, { sent: 0, problem: undefined, retry: undefined });
    waiting.push(() => upload(key, file, purpose, idempotencyKey, start));
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

async function upload(
  key: number,
  file: File,
  purpose: Purpose,
  idempotencyKey: string,
  retry: () => void,
): Promise<void> {
  const onProgress = (sent: number) => changeActivity(key, { sent });
  try {
    const accepted =
      purpose === 'document'
        ? await follow(key, send(UploadDocumentDocument, { file, key: idempotencyKey }, onProgress), ofDocument)
        : await follow(
            key,
            send(ImportProductsDocument, { file, key: idempotencyKey, dryRun: purpose === 'dry run' }, onProgress),
            ofImport,
          );
    changeActivity(key, { ...accepted, sent: 100, abort: undefined, ...(accepted.problem && { retry }) });
  } catch {
    changeActivity(key, { problem: m.upload.network, abort: undefined, retry });
  }
}

interface Accepted {
  taskId?: string | undefined;
  problem?: string | undefined;
}

async function follow<Data>(key: number, sending: Sending<Data>, read: (data: Data) => Accepted): Promise<Accepted> {
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

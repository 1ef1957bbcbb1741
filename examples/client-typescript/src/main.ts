// Creates a task, waits until it has ended, and lists what is completed:
//
//   node build/main.js http://127.0.0.1:8080/graphql
//
// TASKWIRE_API_KEY is the key, where the server asks for one.
import { setTimeout as sleep } from 'node:timers/promises';
import { CompletedDocument, CreateTaskDocument, TaskDocument, type TypedDocumentString } from './gql/graphql.js';

const url = process.argv[2] ?? 'http://127.0.0.1:8080/graphql';

async function request<Result, Variables>(document: TypedDocumentString<Result, Variables>, variables: Variables): Promise<Result> {
  const headers: Record<string, string> = { 'Content-Type': 'application/json', Accept: 'application/graphql-response+json' };
  if (process.env.TASKWIRE_API_KEY) headers.Authorization = `Bearer ${process.env.TASKWIRE_API_KEY}`;
  const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify({ query: document, variables }) });
  const { data, errors } = (await response.json()) as { data?: Result; errors?: { message: string }[] };
  if (errors || !data) throw new Error(errors?.map((error) => error.message).join(' ') ?? response.statusText);
  return data;
}

async function finished(id: string) {
  for (;;) {
    const { task } = await request(TaskDocument, { id });
    if (!task) throw new Error('the task was deleted');
    if (task.status !== 'PENDING' && task.status !== 'RUNNING') return task;
    await sleep(200);
  }
}

const { createTask } = await request(CreateTaskDocument, {
  input: { type: 'EMBEDDING_GENERATION', description: 'Embed what is new, from TypeScript' },
});
if (!createTask.task) throw new Error(createTask.userErrors.map((error) => error.message).join(' '));
const task = await finished(createTask.task.id);
console.log(task.status, task.errorMessage ?? '');

let after: string | null | undefined;
do {
  const { tasks } = await request(CompletedDocument, { after });
  for (const node of tasks.nodes) console.log(node.id, node.description);
  after = tasks.pageInfo.hasNextPage ? tasks.pageInfo.endCursor : null;
} while (after);

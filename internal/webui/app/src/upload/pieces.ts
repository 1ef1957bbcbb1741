import { authorization } from '../access/session';
import { base } from '../api/address';
import { client } from '../api/client';
import { UploadedTaskDocument } from '../gql/graphql';
import { BrokenOff, type Sending, type Sent } from './send';

// Sends a large file in pieces by the tus protocol (https://tus.io/protocols/resumable-upload). After a lost connection, or
// a restart of the server, it goes on with what the server does not have yet.

const endpoint = new URL('api/v1/uploads/', base);
const piece = 4 * 1024 * 1024; // bytes
const mostFailures = 20; // one after the other: some three minutes
const longestWait = 10_000; // ms
const passing = new Set([401, 408, 409, 423, 429]); // what may be different in a moment, as is every 5xx

// Where an upload is on the server, so that trying again goes on with it.
export interface Place {
  url?: URL;
}

interface Job {
  file: File;
  purpose: 'document' | 'products';
  place: Place;
  onProgress: (percent: number) => void;
  signal: AbortSignal;
}

// Answers with the id of the task that the file became.
export function sendInPieces(job: Omit<Job, 'signal'>): Sending<string> {
  const controller = new AbortController();
  return { answer: transfer({ ...job, signal: controller.signal }), abort: () => controller.abort() };
}

async function transfer(job: Job): Promise<Sent<string>> {
  let offset: number | undefined; // undefined: the server has to be asked
  let failures = 0;
  while (failures <= mostFailures && !job.signal.aborted) {
    const response = await step(job, offset).catch(() => undefined);
    const task = response?.headers.get('Taskwire-Task');
    if (task) {
      return { data: await idOf(task) };
    }
    if (response && isFinal(response.status)) {
      return { problem: (await response.text()) || `${response.status} ${response.statusText}` };
    }
    offset = response?.ok ? progress(job, response) : undefined;
    failures = offset === undefined || offset === job.file.size ? failures + 1 : 0;
    if (failures > 0) {
      await pause(failures);
    }
  }
  throw new BrokenOff();
}

// The task by the id that the rest of the page knows it by.
async function idOf(uuid: string): Promise<string> {
  const { data } = await client.query(UploadedTaskDocument, { id: uuid }, { requestPolicy: 'network-only' }).toPromise();
  return data?.task?.id ?? uuid;
}

const isFinal = (status: number): boolean => status >= 400 && status < 500 && !passing.has(status);

// Creates the upload, asks how much of it is there, or sends the next piece.
function step(job: Job, offset: number | undefined): Promise<Response> {
  const { file, place, signal } = job;
  if (place.url === undefined) {
    return request('POST', endpoint, signal, { 'Upload-Length': String(file.size), 'Upload-Metadata': metadata(job) });
  }
  if (offset === undefined || offset === file.size) {
    return request('HEAD', place.url, signal);
  }
  const headers = { 'Upload-Offset': String(offset), 'Content-Type': 'application/offset+octet-stream' };
  return request('PATCH', place.url, signal, headers, file.slice(offset, offset + piece));
}

function request(method: string, url: URL, signal: AbortSignal, headers = {}, body?: Blob): Promise<Response> {
  return fetch(url, {
    method,
    signal,
    headers: { 'Tus-Resumable': '1.0.0', ...authorization(), ...headers },
    ...(body && { body }),
  });
}

// Notes how far the upload is. The server may name it as it is known behind a proxy: only its id counts.
function progress({ file, place, onProgress }: Job, { headers }: Response): number {
  const id = headers.get('Location')?.split('/').at(-1);
  if (id) {
    place.url = new URL(id, endpoint);
  }
  const offset = Number(headers.get('Upload-Offset') ?? 0);
  onProgress(Math.floor((offset / file.size) * 100));
  return offset;
}

function metadata({ file, purpose }: Job): string {
  const name = String.fromCodePoint(...new TextEncoder().encode(file.name));
  return `filename ${btoa(name)},purpose ${btoa(purpose)}`;
}

const pause = (failures: number): Promise<void> =>
  new Promise((resolve) => window.setTimeout(resolve, Math.min(longestWait, 250 * 2 ** failures)));

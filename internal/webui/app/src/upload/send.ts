import { type TypedDocumentNode, stringifyDocument } from 'urql';

import { authorization } from '../access/session';
import { graphqlUrl } from '../api/address';

// Sends an operation with a file by the GraphQL multipart request specification
// (https://github.com/jaydenseric/graphql-multipart-request-spec). By XMLHttpRequest, since fetch does not tell how far
// an upload is.

export interface Sent<Data> {
  data?: Data | undefined;
  problem?: string | undefined; // a sentence of the server
}

export class BrokenOff extends Error {}

export interface Sending<Data> {
  answer: Promise<Sent<Data>>;
  abort: () => void;
}

export function send<Data, Variables extends { file: File }>(
  document: TypedDocumentNode<Data, Variables>,
  variables: Variables,
  onProgress: (percent: number) => void,
): Sending<Data> {
  const { file, ...others } = variables;
  const form = new FormData();
  form.set('operations', JSON.stringify({ query: stringifyDocument(document), variables: { ...others, file: null } }));
  form.set('map', JSON.stringify({ 0: ['variables.file'] }));
  form.set('0', file);
  const request = new XMLHttpRequest();
  const answer = new Promise<Sent<Data>>((resolve, reject) => {
    request.upload.onprogress = ({ loaded, total }) => onProgress(total > 0 ? Math.floor((loaded / total) * 100) : 0);
    request.onload = () => resolve(read<Data>(request));
    request.onerror = () => reject(new BrokenOff());
    request.onabort = () => reject(new BrokenOff());
  });
  request.open('POST', graphqlUrl);
  request.setRequestHeader('GraphQL-Require-Preflight', '1');
  Object.entries(authorization()).forEach(([name, value]) => request.setRequestHeader(name, value));
  request.setRequestHeader('Accept', 'application/graphql-response+json, application/json');
  request.send(form);
  return { answer, abort: () => request.abort() };
}

function read<Data>(request: XMLHttpRequest): Sent<Data> {
  try {
    const { data, errors } = JSON.parse(request.responseText) as { data?: Data; errors?: { message: string }[] };
    return { data: data ?? undefined, problem: errors?.map(({ message }) => message).join(' ') };
  } catch {
    return { problem: `${request.status} ${request.statusText}` };
  }
}

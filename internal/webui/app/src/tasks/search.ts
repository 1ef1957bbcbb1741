import type { TaskFilter } from '../gql/graphql';
import { keepDigits } from '../lib/exact';

// What the search box of tasks understands, beside words of the description:
//   an id or UUID          the task itself
//   key:value  a.b:value   metadata that contains it; numbers, true, false and null are taken as such, "7" is text
//   {"a": {"b": 1}}        metadata that contains it
//   by:name                who created it
//   priority:5  priority:1..100

type Search = Pick<TaskFilter, 'search' | 'ids' | 'metadata' | 'createdBy' | 'priority'>;

const uuid = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i;
const globalId = /^V[A-Za-z0-9_-]{22}$/;
const pair = /^([A-Za-z_][\w.-]*):(.+)$/s;
const range = /^(-?\d+)?(\.\.)?(-?\d+)?$/;

export function parseSearch(text: string): Search {
  const json = asObject(text.trim());
  if (json !== undefined) {
    return { metadata: json };
  }
  const search: Search = {};
  const words: string[] = [];
  let metadata: Record<string, unknown> = {};
  for (const token of tokens(text)) {
    const [, key, value] = pair.exec(token) ?? [];
    if (uuid.test(token) || globalId.test(token)) {
      search.ids = [...(search.ids ?? []), token];
    } else if (key === undefined || value === undefined) {
      words.push(unquote(token));
    } else if (key === 'by') {
      search.createdBy = unquote(value);
    } else if (key === 'priority' && range.test(value)) {
      search.priority = asRange(value);
    } else {
      metadata = merge(metadata, nest(key.split('.'), asValue(value)));
    }
  }
  if (words.length > 0) {
    search.search = words.join(' ');
  }
  if (Object.keys(metadata).length > 0) {
    search.metadata = metadata;
  }
  return search;
}

// Parts at spaces, but not within double quotes.
function tokens(text: string): string[] {
  return text.match(/(?:"[^"]*"|[^\s"])+/g) ?? [];
}

const unquote = (text: string): string => text.replaceAll('"', '');

function asObject(text: string): unknown {
  if (!text.startsWith('{')) {
    return undefined;
  }
  try {
    return JSON.parse(keepDigits(text));
  } catch {
    return undefined; // not finished yet: words
  }
}

function asValue(text: string): unknown {
  if (/^(?:true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?)$/.test(text)) {
    return JSON.parse(keepDigits(text));
  }
  return unquote(text);
}

function asRange(text: string): { min?: number; max?: number } {
  const [, low, dots, high] = range.exec(text) ?? [];
  const min = low === undefined ? undefined : Number(low);
  const max = dots === undefined ? min : high === undefined ? undefined : Number(high);
  return { ...(min !== undefined && { min }), ...(max !== undefined && { max }) };
}

function nest(path: string[], value: unknown): Record<string, unknown> {
  const [key = '', ...rest] = path;
  return { [key]: rest.length === 0 ? value : nest(rest, value) };
}

function merge(a: Record<string, unknown>, b: Record<string, unknown>): Record<string, unknown> {
  const merged = { ...a };
  for (const [key, value] of Object.entries(b)) {
    const there = merged[key];
    merged[key] = isObject(there) && isObject(value) ? merge(there, value) : value;
  }
  return merged;
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;

import { count } from '../lib/format';
import { m } from '../messages';
import type { Figure } from '../ui/Figures';

// Results are JSON of each type's own form, maybe by another version: whatever is not there is left out.

export interface RowError {
  row: number;
  column: string;
  value: string;
  message: string;
}

export interface ImportResult {
  figures: Figure[];
  errors: RowError[];
  errorCount: number;
  dryRun: boolean;
}

export function asImport(result: unknown): ImportResult {
  const object = asObject(result);
  const figures = Object.entries(m.task.importCounts).map(([key, name]): Figure => [
    name,
    typeof object[key] === 'number' ? count(object[key]) : null,
  ]);
  const errors = (Array.isArray(object.errors) ? object.errors : []).map(asRowError);
  return { figures, errors, errorCount: Number(object.errorCount ?? errors.length), dryRun: object.dryRun === true };
}

// The numbers of a result, under their names in words: notFoundCount is "Not found count".
export function asNumbers(result: unknown): Figure[] {
  return Object.entries(asObject(result)).flatMap(([key, value]): Figure[] =>
    typeof value === 'number' ? [[words(key), count(value)]] : [],
  );
}

function asRowError(error: unknown): RowError {
  const { row, column, value, message } = asObject(error);
  return {
    row: Number(row ?? 0),
    column: String(column ?? ''),
    value: String(value ?? ''),
    message: String(message ?? ''),
  };
}

const asObject = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null ? { ...value } : {};

function words(key: string): string {
  const text = key.replace(/([A-Z])/g, ' $1').toLowerCase();
  return text.charAt(0).toUpperCase() + text.slice(1);
}

// Reads the beginning of a CSV file, by RFC 4180: fields in double quotes may hold delimiters, line breaks and doubled
// quotes. For a preview only: the server reads the whole file, and decides.

export interface CsvPreview {
  delimiter: string;
  rows: string[][];
}

const delimiters = [',', ';', '\t', '|'];

// The delimiter is the one that parts the first rows most evenly. A last row that the sample cuts off is left out.
export function previewCsv(sample: string, maxRows: number, complete: boolean): CsvPreview {
  const text = sample.replace(/^\uFEFF/, '');
  const candidates = delimiters.map((delimiter) => ({
    delimiter,
    rows: parseCsv(text, delimiter, maxRows + 1, complete),
  }));
  const best = candidates.reduce((a, b) => (evenness(b.rows) > evenness(a.rows) ? b : a));
  return { delimiter: best.delimiter, rows: best.rows.slice(0, maxRows) };
}

function evenness(rows: string[][]): number {
  const width = rows[0]?.length ?? 0;
  return width < 2 ? 0 : rows.filter((row) => row.length === width).length / rows.length + width / 1000;
}

export function parseCsv(text: string, delimiter: string, maxRows: number, complete: boolean): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  let at = 0;
  while (at < text.length && rows.length < maxRows) {
    const field = readField(text, at, delimiter);
    if (!field.closed || (field.end >= text.length && !complete)) {
      return rows;
    }
    row.push(field.value);
    at = field.end + 1;
    if (text[field.end] === delimiter) {
      continue;
    }
    at += text[field.end] === '\r' && text[field.end + 1] === '\n' ? 1 : 0;
    if (row.length > 1 || row[0] !== '') {
      rows.push(row);
    }
    row = [];
  }
  if (row.length > 0 && rows.length < maxRows && complete) {
    rows.push([...row, '']); // the text ends with a delimiter
  }
  return rows;
}

interface Field {
  value: string;
  end: number; // of the delimiter, the line break or the text
  closed: boolean; // false: within quotes at the end of the text
}

function readField(text: string, start: number, delimiter: string): Field {
  let value = '';
  let at = start;
  if (text[at] === '"') {
    for (at += 1; ; at += 1) {
      const quote = text.indexOf('"', at);
      if (quote < 0) {
        return { value: text.slice(start + 1), end: text.length, closed: false };
      }
      value += text.slice(at, quote);
      at = quote + 1;
      if (text[at] !== '"') {
        break;
      }
      value += '"';
    }
  }
  const from = at;
  while (at < text.length && text[at] !== delimiter && text[at] !== '\n' && text[at] !== '\r') {
    at += 1;
  }
  return { value: value + text.slice(from, at), end: at, closed: true };
}

// Numbers, sizes and durations as people read them, in the viewer's locale.

const whole = new Intl.NumberFormat();
const compactNumber = new Intl.NumberFormat(undefined, { notation: 'compact', maximumFractionDigits: 1 });

export const count = (n: number): string => whole.format(n);

export const compact = (n: number): string => (n < 10_000 ? whole.format(n) : compactNumber.format(n));

// The API counts exactly up to 10,000; one more stands for "more".
export const cappedCount = (n: number): string => (n > 10_000 ? `${whole.format(10_000)}+` : whole.format(n));

const units = ['B', 'kB', 'MB', 'GB', 'TB'];

export function bytes(n: number): string {
  const power = n < 1 ? 0 : Math.min(Math.floor(Math.log10(n) / 3), units.length - 1);
  const value = n / 1000 ** power;
  return `${value.toLocaleString(undefined, { maximumFractionDigits: value < 10 && power > 0 ? 1 : 0 })} ${units[power]}`;
}

// 0.42 s, 12 s, 3 min 5 s, 2 h 10 min, 4 d 3 h: two units at most.
export function duration(seconds: number): string {
  if (!Number.isFinite(seconds) || seconds < 0) {
    return '–';
  }
  if (seconds < 1) {
    return seconds < 0.001 ? '< 1 ms' : `${Math.round(seconds * 1000)} ms`;
  }
  if (seconds < 10) {
    return `${seconds.toFixed(1).replace(/\.0$/, '')} s`;
  }
  const total = Math.round(seconds);
  const parts: [number, string][] = [
    [Math.floor(total / 86_400), 'd'],
    [Math.floor(total / 3_600) % 24, 'h'],
    [Math.floor(total / 60) % 60, 'min'],
    [total % 60, 's'],
  ];
  const first = parts.findIndex(([value]) => value > 0);
  return parts
    .slice(first, first + 2)
    .filter(([value]) => value > 0)
    .map(([value, unit]) => `${value} ${unit}`)
    .join(' ');
}

// 1,299.90 EUR, with every digit that came: amounts are exact decimals, not floats.
export function money(amount: string | null | undefined, currency: string): string {
  if (amount == null) {
    return '–';
  }
  const minimumFractionDigits = currency === '' ? 0 : decimals(currency);
  const text = new Intl.NumberFormat(undefined, { minimumFractionDigits, maximumFractionDigits: 20 }).format(
    amount as Intl.StringNumericLiteral,
  );
  return currency === '' ? text : `${text} ${currency}`;
}

// As many as the smallest coin of the currency needs, and two for one that nobody knows.
function decimals(currency: string): number {
  try {
    return new Intl.NumberFormat(undefined, { style: 'currency', currency }).resolvedOptions().minimumFractionDigits ?? 2;
  } catch {
    return 2;
  }
}

// PDF, DOCX, Markdown: formats as people write them.
export const formatName = (format: string): string =>
  format.length <= 4 ? format.toUpperCase() : format.charAt(0).toUpperCase() + format.slice(1);

// The language in the words of the viewer's.
export function languageName(code: string): string {
  try {
    return new Intl.DisplayNames(undefined, { type: 'language' }).of(code) ?? code;
  } catch {
    return code;
  }
}

// The shapes of a chart, in a box of 100 by 100 that is stretched to its place.

// The next round number: 1, 2 or 5 times a power of ten.
export function niceTop(highest: number): number {
  if (highest <= 0) {
    return 1;
  }
  const power = 10 ** Math.floor(Math.log10(highest));
  const step = [1, 2, 5, 10].find((factor) => factor * power >= highest) ?? 10;
  return step * power;
}

export interface Bar {
  x: number;
  y: number;
  width: number;
  height: number;
}

const gap = 0.25; // of a bar's place

// Bars of several series on top of each other, the first one at the bottom.
export function stack(series: readonly (readonly (number | null)[])[], top: number): Bar[][] {
  const base: number[] = [];
  return series.map((values) => {
    const place = 100 / values.length;
    return values.map((value, i) => {
      const height = ((value ?? 0) / top) * 100;
      const y = 100 - (base[i] ?? 0) - height;
      base[i] = (base[i] ?? 0) + height;
      return { x: i * place + (place * gap) / 2, y, width: place * (1 - gap), height };
    });
  });
}

// A line through the middles of the places, broken where there is no value. A value alone is a short stroke.
export function line(values: readonly (number | null)[], top: number): string {
  const place = 100 / values.length;
  let path = '';
  values.forEach((value, i) => {
    if (value === null) {
      return;
    }
    const x = (i + 0.5) * place;
    const y = 100 - (value / top) * 100;
    const joined = i > 0 && values[i - 1] != null;
    const alone = !joined && values[i + 1] == null;
    path += alone
      ? `M${round(x - place / 3)} ${round(y)}h${round((place * 2) / 3)}`
      : `${joined ? 'L' : 'M'}${round(x)} ${round(y)}`;
  });
  return path;
}

const round = (n: number): number => Math.round(n * 100) / 100;

import { expect, test } from 'vitest';

import { around, box, place } from './layout';

const leaf = (id: string) => ({ id });
const list = (...nodes: { id: string }[]) => ({ nodes });

test('what a task waits for is on its left, what waits for it on its right', () => {
  const { nodes, edges } = around({ id: 'self', dependsOn: list(leaf('a'), leaf('b')), dependents: list(leaf('c')) });
  expect(Object.fromEntries(nodes.map(({ id, level }) => [id, level]))).toEqual({ self: 0, a: -1, b: -1, c: 1 });
  expect(edges).toEqual([
    { from: 'a', to: 'self' },
    { from: 'b', to: 'self' },
    { from: 'self', to: 'c' },
  ]);
});

test('a task that can be reached in two ways stands once, further out', () => {
  const far = leaf('far');
  const { nodes, edges } = around({ id: 'self', dependsOn: list(far, { id: 'near', dependsOn: list(far) } as never) });
  expect(nodes.filter(({ id }) => id === 'far').map(({ level }) => level)).toEqual([-2]);
  expect(edges).toHaveLength(3);
});

test('columns are centred and do not overlap', () => {
  const { places, width, height } = place([
    { id: 'a', level: -1 },
    { id: 'b', level: -1 },
    { id: 'self', level: 0 },
  ]);
  expect(places.get('self')).toEqual({ x: box.width + box.gapX, y: (height - box.height) / 2 });
  expect(width).toBe(2 * box.width + box.gapX);
  expect(height).toBe(2 * box.height + box.gapY);
});

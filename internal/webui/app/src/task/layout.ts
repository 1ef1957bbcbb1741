// Places the tasks around one in columns: what it waits for on the left, what waits for it on the right.

export interface GraphNode {
  id: string;
  level: number; // 0 is the task itself, -1 what it waits for
}

export interface Edge {
  from: string; // has to end first
  to: string;
}

export interface Around<T> {
  nodes: (T & GraphNode)[];
  edges: Edge[];
}

interface Neighbour {
  id: string;
  dependsOn?: { nodes: readonly Neighbour[] };
  dependents?: { nodes: readonly Neighbour[] };
}

// Walks from the task in both directions. A task that can be reached in two ways stands in the outermost column, so
// that edges always go to the right.
export function around<T extends Neighbour>(task: T): Around<Neighbour> {
  const nodes = new Map<string, Neighbour & GraphNode>([[task.id, { ...task, level: 0 }]]);
  const edges = new Map<string, Edge>();
  const walk = (from: Neighbour, level: number, step: -1 | 1) => {
    const next = (step < 0 ? from.dependsOn : from.dependents)?.nodes ?? [];
    for (const one of next) {
      const edge = step < 0 ? { from: one.id, to: from.id } : { from: from.id, to: one.id };
      edges.set(`${edge.from} ${edge.to}`, edge);
      const there = nodes.get(one.id);
      if (there === undefined || Math.abs(there.level) < Math.abs(level)) {
        nodes.set(one.id, { ...one, level });
      }
      walk(one, level + step, step);
    }
  };
  walk(task, -1, -1);
  walk(task, 1, 1);
  return { nodes: [...nodes.values()], edges: [...edges.values()] };
}

export const box = { width: 172, height: 46, gapX: 40, gapY: 12 };

export interface Placed {
  x: number;
  y: number;
}

export interface Layout {
  width: number;
  height: number;
  places: Map<string, Placed>;
}

export function place(nodes: readonly GraphNode[]): Layout {
  const levels = [...new Set(nodes.map(({ level }) => level))].sort((a, b) => a - b);
  const columns = levels.map((level) => nodes.filter((node) => node.level === level));
  const tallest = Math.max(...columns.map(({ length }) => length));
  const height = tallest * (box.height + box.gapY) - box.gapY;
  const places = new Map<string, Placed>();
  columns.forEach((column, c) => {
    const top = (height - (column.length * (box.height + box.gapY) - box.gapY)) / 2;
    column.forEach(({ id }, r) =>
      places.set(id, { x: c * (box.width + box.gapX), y: top + r * (box.height + box.gapY) }),
    );
  });
  return { width: columns.length * (box.width + box.gapX) - box.gapX, height, places };
}

export function path(from: Placed, to: Placed): string {
  const x1 = from.x + box.width;
  const y1 = from.y + box.height / 2;
  const x2 = to.x - 5; // the arrow's head
  const y2 = to.y + box.height / 2;
  const bend = (x2 - x1) / 2;
  return `M${x1} ${y1}C${x1 + bend} ${y1} ${x2 - bend} ${y2} ${x2} ${y2}`;
}

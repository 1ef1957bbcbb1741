// Which rows of a list are selected: some of this page, or all that match, on whichever page.
export interface Selection {
  ids: ReadonlySet<string>;
  all: boolean;
  anchor: string | null; // where a range with shift begins
}

export const nothing: Selection = { ids: new Set(), all: false, anchor: null };

export const isEmpty = ({ ids, all }: Selection): boolean => !all && ids.size === 0;

export const has = ({ ids, all }: Selection, id: string): boolean => all || ids.has(id);

// With shift, everything from the last one to this one becomes what this one becomes.
export function toggle(selection: Selection, id: string, order: readonly string[], shift: boolean): Selection {
  const ids = new Set(selection.all ? order : selection.ids);
  const select = !ids.has(id);
  for (const one of shift ? between(order, selection.anchor, id) : [id]) {
    select ? ids.add(one) : ids.delete(one);
  }
  return { ids, all: false, anchor: id };
}

export const togglePage = (selection: Selection, order: readonly string[]): Selection =>
  selection.all || order.every((id) => selection.ids.has(id))
    ? nothing
    : { ids: new Set(order), all: false, anchor: null };

// What has left the page is selected no longer.
export function keep(selection: Selection, order: readonly string[]): Selection {
  const ids = new Set(order.filter((id) => selection.ids.has(id)));
  return ids.size === selection.ids.size ? selection : { ...selection, ids };
}

function between(order: readonly string[], from: string | null, to: string): readonly string[] {
  const a = from === null ? -1 : order.indexOf(from);
  const b = order.indexOf(to);
  return a < 0 ? [to] : order.slice(Math.min(a, b), Math.max(a, b) + 1);
}

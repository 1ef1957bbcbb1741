// The list that was looked at last, with its filter: where "back" leads from a task.
let address = '/tasks';

export const lastList = (): string => address;

export function rememberList(search: string): void {
  address = search === '' ? '/tasks' : `/tasks?${search}`;
}

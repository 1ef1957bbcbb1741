import type { Client, CombinedError } from 'urql';

import {
  type BulkOutcomeFragment,
  CancelTasksDocument,
  DeleteTasksDocument,
  RetryTasksDocument,
  SetTaskPriorityDocument,
  type TaskFilter,
  type TaskStatus,
} from '../gql/graphql';

// What can be done to many tasks, and in which statuses. Rights are the server's business, whatever is shown here.
export type Action = 'cancel' | 'retry' | 'priority' | 'delete';

export const allowed: Record<Action, readonly TaskStatus[]> = {
  cancel: ['PENDING', 'RUNNING'],
  retry: ['FAILED', 'CANCELLED'],
  priority: ['PENDING', 'RUNNING'],
  delete: ['COMPLETED', 'FAILED', 'CANCELLED'],
};

// The fields of Mutation that do it: who may not use one is not offered it.
export const fields: Record<Action, string> = {
  cancel: 'cancelTasks',
  retry: 'retryTasks',
  priority: 'setTaskPriority',
  delete: 'deleteTasks',
};

// Which tasks: some, with what is known of them, or all that a filter selects.
export type Target = { tasks: readonly { id: string; status: TaskStatus }[] } | { filter: TaskFilter };

export const applicable = (tasks: readonly { id: string; status: TaskStatus }[], action: Action) =>
  tasks.filter(({ status }) => allowed[action].includes(status));

// Of what the filter selects, only what the action can change: the preview then counts what will happen.
export function narrow(filter: TaskFilter, action: Action): TaskFilter {
  const statuses = filter.statuses?.filter((status) => allowed[action].includes(status));
  return { ...filter, statuses: statuses ?? [...allowed[action]] };
}

export interface Outcome {
  payload?: BulkOutcomeFragment | undefined;
  error?: CombinedError | undefined;
}

export async function act(
  client: Client,
  action: Action,
  target: Target,
  reason: string,
  priority: number,
): Promise<Outcome> {
  const which =
    'filter' in target
      ? { filter: narrow(target.filter, action) }
      : { ids: applicable(target.tasks, action).map(({ id }) => id) };
  const input = { ...which, reason: reason.trim() || null };
  switch (action) {
    case 'cancel': {
      const { data, error } = await client.mutation(CancelTasksDocument, { input });
      return { payload: data?.cancelTasks, error };
    }
    case 'retry': {
      const { data, error } = await client.mutation(RetryTasksDocument, { input });
      return { payload: data?.retryTasks, error };
    }
    case 'delete': {
      const { data, error } = await client.mutation(DeleteTasksDocument, { input });
      return { payload: data?.deleteTasks, error };
    }
    case 'priority': {
      const { data, error } = await client.mutation(SetTaskPriorityDocument, { input: { ...input, priority } });
      return { payload: data?.setTaskPriority, error };
    }
  }
}

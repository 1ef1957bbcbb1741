import { expect, test } from 'vitest';

import { renew } from './renew';

const known = new Map([['a', { __typename: 'Task', id: 'a', version: 7, status: 'COMPLETED', progress: 100 }]]);

test('an answer that is older than the feed takes no task back', () => {
  const answer = {
    tasks: {
      nodes: [
        { id: 'a', version: 5, status: 'RUNNING', history: [1] },
        { id: 'b', version: 1, status: 'PENDING' },
      ],
    },
  };
  renew(answer, known);
  expect(answer.tasks.nodes).toEqual([
    { id: 'a', version: 7, status: 'COMPLETED', history: [1] },
    { id: 'b', version: 1, status: 'PENDING' },
  ]);
});

test('a newer answer stands', () => {
  const answer = { task: { id: 'a', version: 8, status: 'PENDING', worker: null } };
  renew(answer, known);
  expect(answer.task.status).toBe('PENDING');
});

test('tasks within tasks are found', () => {
  const answer = { task: { id: 'b', version: 1, dependsOn: { nodes: [{ id: 'a', version: 1, progress: 3 }] } } };
  renew(answer, known);
  expect(answer.task.dependsOn.nodes[0]?.progress).toBe(100);
});

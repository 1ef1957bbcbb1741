import { type Exchange, mapExchange } from 'urql';

import type { Update } from './feed';
import { type Entity, renew } from './renew';

// An answer can be older than what the feed has told while it was under way. This exchange sits behind the cache and
// keeps each task in an answer at its newest version, by what the feed has said lately.

const remembered = 1_000; // tasks

export function newestExchange(): Exchange {
  const newest = new Map<string, Entity>();
  const remember = (updates: unknown) => {
    for (const { task } of asUpdates(updates)) {
      if (task != null) {
        newest.delete(task.id);
        newest.set(task.id, task as Entity);
      }
    }
    for (const id of newest.keys()) {
      if (newest.size <= remembered) {
        break;
      }
      newest.delete(id);
    }
  };
  return mapExchange({
    onResult({ operation, data }) {
      if (operation.kind === 'subscription') {
        remember(data?.taskUpdated);
      } else if (data != null && newest.size > 0) {
        renew(data, newest);
      }
    },
  });
}

const asUpdates = (updates: unknown): Update[] => (Array.isArray(updates) ? updates : []);

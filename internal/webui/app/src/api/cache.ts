import { cacheExchange } from '@urql/exchange-graphcache';

// What has an id is kept once, wherever it is shown. What has none belongs to what holds it.
const nothing = () => null;

export const cache = () =>
  cacheExchange({
    keys: {
      PageInfo: nothing,
      TaskBulkPayload: nothing,
      TaskBulkResult: nothing,
      TaskConnection: nothing,
      TaskEvent: nothing,
      TaskEventConnection: nothing,
      TaskUpdate: nothing,
      TaskTypePayload: nothing,
      CreateTaskPayload: nothing,
      DocumentConnection: nothing,
      ChunkConnection: nothing,
      ProductConnection: nothing,
      UpdateProductsPayload: nothing,
      GenerateEmbeddingsPayload: nothing,
      UploadDocumentsPayload: nothing,
      ImportProductsPayload: nothing,
      UserError: nothing,
      Viewer: nothing,
      CreateApiKeyPayload: nothing,
      RevokeApiKeyPayload: nothing,
      TaskStats: nothing,
      TaskCount: nothing,
      WaitingCount: nothing,
      TaskStatsBucket: nothing,
      DurationStats: nothing,
      TaskFailureGroup: nothing,
      FeedHealth: nothing,
      TaskTypeState: ({ type }) => type as string,
    },
    updates: {
      Subscription: {
        // A whole frame's updates as a list: see forwardFeed.
        taskUpdated: (result, _args, store) => {
          for (const update of [result.taskUpdated].flat() as { kind: string; taskId: string }[]) {
            if (update.kind === 'REMOVED') {
              store.invalidate({ __typename: 'Task', id: update.taskId });
            }
          }
        },
      },
      Mutation: {
        deleteTasks: (_result, _args, store) => store.invalidate('Query', 'tasks'),
      },
    },
  });

// A subscription to taskUpdated that misses nothing, whatever ends in between: the connection, the server, the database.
// Works with every client that has graphql-ws's form, as graphql-ws itself and graphql-sse have.

export const query = `subscription ($filter: TaskFilter, $after: String, $snapshot: Boolean!) {
  taskUpdated(filter: $filter, after: $after, snapshot: $snapshot) {
    kind
    taskId
    task { type status progress progressMessage version }
    event { kind from to version at }
    cursor
  }
}`;

/**
 * resuming returns a client that keeps the cursor of each subscription to taskUpdated and goes on after it. An update
 * that was on its way when a connection broke may come twice, under the same version.
 *
 * It relies on `client` to read the variables anew each time it connects, as graphql-ws and graphql-sse do.
 */
export function resuming(client, { retryAfter = 1000 } = {}) {
  return {
    subscribe(request, sink) {
      const variables = { snapshot: true, ...request.variables };
      let stopped = false;
      let timer;
      let unsubscribe = () => {};

      // What the server or the network could not do now, it may be able to do later.
      const later = () => {
        if (!stopped) timer = setTimeout(start, retryAfter);
      };

      function start() {
        let failure; // what the server said instead of an update
        unsubscribe = client.subscribe({ ...request, variables }, {
          next(result) {
            failure = result.errors?.[0]?.extensions?.code;
            if (failure === "CURSOR_EXPIRED") {
              variables.after = undefined; // too much has happened since: begin again with how things stand
              variables.snapshot = true;
            } else if (!isTemporary(failure)) {
              sink.next(result);
              variables.after = result.data?.taskUpdated?.cursor ?? variables.after;
            }
          },
          error(error) {
            if (Array.isArray(error) && !isTemporary(error[0]?.extensions?.code)) sink.error(error);
            else later();
          },
          complete() {
            if (failure === "CURSOR_EXPIRED" || isTemporary(failure)) later();
            else sink.complete();
          },
        });
      }

      start();
      return () => {
        stopped = true;
        clearTimeout(timer);
        unsubscribe();
      };
    },
  };
}

const isTemporary = (code) => ["INTERNAL", "TIMEOUT", "CANCELLED", "UNAVAILABLE"].includes(code);

/** backoff waits ever longer between attempts, up to five seconds, and never as long as the other clients do. */
export const backoff = (retries) =>
  new Promise((done) => setTimeout(done, Math.min(100 * 2 ** retries, 5_000) * (0.5 + Math.random())));

// Watches all tasks over server-sent events with graphql-sse, for where websockets are blocked: node sse.mjs [url]
import { createClient } from "graphql-sse";
import { backoff, query, resuming } from "./resume.mjs";

const url = process.argv[2] ?? "http://127.0.0.1:8080/graphql";

const client = createClient({
  url,
  retryAttempts: Infinity,
  retry: backoff,
  fetchFn: async (...request) => endAsError(await fetch(...request)),
});

// A stream that ends did not end well unless it said so before: graphql-sse would wait for ever where it ends in the very
// moment in which an update is handled.
function endAsError(response) {
  if (!response.ok) return response;
  const end = new TransformStream({ flush: (stream) => stream.error(new Error("the stream has ended")) });
  return new Response(response.body.pipeThrough(end), response);
}

resuming(client).subscribe({ query }, {
  next: ({ data, errors }) => console.log(JSON.stringify(data?.taskUpdated ?? errors)),
  error: (error) => console.error(error),
  complete: () => console.error("complete"),
});

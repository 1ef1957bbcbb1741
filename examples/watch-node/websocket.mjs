// Watches all tasks over a websocket with graphql-ws: node websocket.mjs [url]
import { createClient } from "graphql-ws";
import WebSocket from "ws"; // browsers, and Node from 22 on, have their own
import { backoff, query, resuming } from "./resume.mjs";

const url = process.argv[2] ?? "http://127.0.0.1:8080/graphql";

const client = createClient({
  url: url.replace(/^http/, "ws"),
  webSocketImpl: WebSocket,
  keepAlive: 15_000, // notices a connection that has died without a word
  retryAttempts: Infinity,
  retryWait: backoff,
  shouldRetry: () => true,
});

resuming(client).subscribe({ query }, {
  next: ({ data, errors }) => console.log(JSON.stringify(data?.taskUpdated ?? errors)),
  error: (error) => console.error(error),
  complete: () => console.error("complete"),
});

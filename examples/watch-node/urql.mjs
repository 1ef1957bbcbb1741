// Watches all tasks with urql over graphql-ws: node urql.mjs [url]
import { Client, fetchExchange, subscriptionExchange } from "@urql/core";
import { createClient } from "graphql-ws";
import WebSocket from "ws"; // browsers, and Node from 22 on, have their own
import { backoff, query, resuming } from "./resume.mjs";

const url = process.argv[2] ?? "http://127.0.0.1:8080/graphql";

const socket = resuming(
  createClient({
    url: url.replace(/^http/, "ws"),
    webSocketImpl: WebSocket,
    keepAlive: 15_000,
    retryAttempts: Infinity,
    retryWait: backoff,
    shouldRetry: () => true,
  }),
);

const client = new Client({
  url,
  preferGetMethod: false,
  exchanges: [
    fetchExchange,
    subscriptionExchange({
      forwardSubscription: (request) => ({ subscribe: (sink) => ({ unsubscribe: socket.subscribe(request, sink) }) }),
    }),
  ],
});

client.subscription(query, { snapshot: true }).subscribe(({ data, error }) => {
  if (data) console.log(JSON.stringify(data.taskUpdated));
  else console.error(error);
});

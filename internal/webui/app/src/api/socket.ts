import { type Client, type ExecutionResult, type Sink, type SubscribePayload, createClient } from 'graphql-ws';

import { socketUrl } from './address';
import { setConnected, setDisconnected, setPaused } from './connection';

// The page's one websocket (graphql-transport-ws), which carries all subscriptions. It is opened again for as long as it
// takes, closed while the page is hidden, and given up when the server does not answer a ping.

const pingEvery = 10_000;
const pongWithin = 5_000;
const longestWait = 5_000; // between two tries
const hideAfter = 20_000; // a glance at another tab is no reason to close

type Result = ExecutionResult<Record<string, unknown>>;

interface Subscription {
  payload: SubscribePayload;
  sink: Sink<Result>;
  stop?: () => void;
}

const subscriptions = new Set<Subscription>();
let client: Client | undefined;
let wake = () => {};
let hideTimer: number | undefined;

// Everything in payload is read again at each (re)connect: getters in its variables say what is to be resumed.
export function subscribe(payload: SubscribePayload, sink: Sink<Result>): () => void {
  const subscription: Subscription = { payload, sink };
  subscriptions.add(subscription);
  start(subscription);
  return () => {
    subscriptions.delete(subscription);
    subscription.stop?.();
  };
}

function start(subscription: Subscription): void {
  subscription.stop = client?.subscribe<Record<string, unknown>>(subscription.payload, {
    next: (result) => subscription.sink.next(result as Result),
    error: (error) => subscriptions.has(subscription) && subscription.sink.error(error),
    complete: () => subscriptions.has(subscription) && client !== undefined && subscription.sink.complete(),
  });
}

export function openSocket(): void {
  document.addEventListener('visibilitychange', () => (document.hidden ? hide() : show()));
  window.addEventListener('online', () => wake());
  connect();
}

// After signing in or out: the server knows a socket by how it was opened.
export function reopenSocket(): void {
  disconnect();
  connect();
}

function connect(): void {
  setDisconnected();
  let pongTimer: number | undefined;
  const opened = createClient({
    url: socketUrl,
    lazy: false,
    keepAlive: pingEvery,
    retryAttempts: Number.POSITIVE_INFINITY,
    shouldRetry: () => true,
    retryWait: wait,
    onNonLazyError: () => {}, // it never gives up
    on: {
      connected: setConnected,
      closed: () => {
        window.clearTimeout(pongTimer);
        if (client === opened) {
          setDisconnected();
        }
      },
      ping: (received) => {
        if (!received) {
          pongTimer = window.setTimeout(() => opened.terminate(), pongWithin);
        }
      },
      pong: (received) => received && window.clearTimeout(pongTimer),
    },
  });
  client = opened;
  subscriptions.forEach(start);
}

function disconnect(): void {
  const closing = client;
  client = undefined;
  void closing?.dispose();
}

// Longer each time, and never for all pages at once; shorter when the browser is online again.
function wait(retries: number): Promise<void> {
  const longest = Math.min(longestWait, 300 * 2 ** retries);
  return new Promise((resolve) => {
    wake = resolve;
    window.setTimeout(resolve, longest * (0.5 + Math.random() / 2));
  });
}

function hide(): void {
  hideTimer = window.setTimeout(() => {
    disconnect();
    setPaused();
  }, hideAfter);
}

function show(): void {
  window.clearTimeout(hideTimer);
  if (client === undefined) {
    connect();
  } else {
    wake();
  }
}

import { type Client, type ExecutionResult, type Sink, type SubscribePayload, createClient } from 'graphql-ws';

import { authorization } from '../access/session';
import { restoreDigits } from '../lib/exact';
import { socketUrl } from './address';
import { setConnected, setDisconnected, setPaused } from './connection';

// The page's one websocket (graphql-transport-ws), which carries all subscriptions. It is opened again for as long as it
// takes, closed while the page is hidden, and given up when the server does not answer a ping.

const pingEvery = 10_000;
const pongWithin = 5_000;
const longestWait = 5_000; // between two tries
const hideAfter = 20_000; // a glance at another tab is no reason to close

// Sends numbers with all their digits.
class ExactSocket extends WebSocket {
  override send(message: string): void {
    super.send(restoreDigits(message));
  }
}

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
  const opened: Client = createClient({
    url: socketUrl,
    webSocketImpl: ExactSocket,
    lazy: false,
    connectionParams: authorization,
    keepAlive: pingEvery,
    retryAttempts: Number.POSITIVE_INFINITY,
    shouldRetry: (error) => ![4401, 4403].includes((error as Partial<CloseEvent>).code ?? 0),
    retryWait: wait,
    onNonLazyError: (error) => client === opened && giveUp(error),
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

// Some ways to be closed the library takes as final. Who is unknown has to sign in; anything else may pass.
function giveUp(error: unknown): void {
  const code = (error as Partial<CloseEvent> | undefined)?.code;
  disconnect();
  setDisconnected();
  if (code === 4401 || code === 4403) {
    refused();
  } else {
    window.setTimeout(() => client === undefined && !document.hidden && connect(), longestWait);
  }
}

let refused = () => {};

// Calls listener when the server does not let this browser in.
export function onRefused(listener: () => void): void {
  refused = listener;
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

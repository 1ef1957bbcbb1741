import { createStore } from '../lib/store';
import { refreshAll } from './refresh';

// How the page hears of changes. live: the socket is open. reconnecting: it was lost a moment ago. polling: it has been
// away for longer, and visible queries are asked again and again instead. paused: nobody looks.
export type Connection = 'connecting' | 'live' | 'reconnecting' | 'polling' | 'paused';

export const connection = createStore<Connection>('connecting');

const patience = 5_000; // without a socket, before polling
const interval = 5_000; // between polls

let patienceTimer: number | undefined;
let pollTimer: number | undefined;

export function setConnected(): void {
  stopTimers();
  connection.set('live');
}

// The socket is gone, and being opened again.
export function setDisconnected(): void {
  if (connection.get() === 'live' || connection.get() === 'paused') {
    connection.set('reconnecting');
  }
  patienceTimer ??= window.setTimeout(poll, patience);
}

export function setPaused(): void {
  stopTimers();
  connection.set('paused');
}

function poll(): void {
  connection.set('polling');
  refreshAll();
  pollTimer = window.setTimeout(poll, interval);
}

function stopTimers(): void {
  window.clearTimeout(patienceTimer);
  window.clearTimeout(pollTimer);
  patienceTimer = undefined;
}

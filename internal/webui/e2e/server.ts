import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { binary } from './build.ts';

const startLimit = 300_000;
const stopLimit = 120_000; // running tasks may finish

export interface Server {
  url: string; // with a slash at the end
  dataDir: string;
  stop(): Promise<void>;
}

// Starts the real server, with a PostgreSQL of its own, on a free port and an empty data directory. What it logs stays
// in results/server.log.
export async function startServer(...flags: string[]): Promise<Server> {
  const dir = await mkdtemp(join(tmpdir(), 'taskwire-e2e-'));
  await chmod(dir, 0o711); // as root, PostgreSQL runs as another user and has to pass through
  const { DATABASE_URL: _, ...env } = process.env;
  const child = spawn(binary, ['serve', '--listen', '127.0.0.1:0', '--data-dir', join(dir, 'data'), ...flags], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const log = createWriteStream(new URL('results/server.log', import.meta.url), { flags: 'a' });
  child.stdout.pipe(log, { end: false });
  child.stderr.pipe(log, { end: false });
  const stop = async () => {
    const code = await terminate(child);
    await rm(dir, { recursive: true, force: true });
    if (code !== 0) {
      throw new Error(`the server ended with ${code} when it was asked to stop`);
    }
  };
  try {
    return { url: await announcedUrl(child), dataDir: join(dir, 'data'), stop };
  } catch (error) {
    await stop().catch(() => undefined); // the first error says more
    throw error;
  }
}

// Reads the log up to the line that says where the server listens.
function announcedUrl(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let log = '';
    const fail = (why: string) => reject(new Error(`the server ${why}:\n${log}`));
    const timer = setTimeout(() => fail(`said no address within ${startLimit} ms`), startLimit);
    const read = (chunk: Buffer) => {
      log += chunk.toString();
      const address = /listening\b.*(http:\/\/127\.0\.0\.1:\d+)\b.*\n/.exec(log);
      if (address?.[1]) {
        clearTimeout(timer);
        child.stderr?.off('data', read);
        resolve(`${address[1]}/`);
      }
    };
    child.stderr?.on('data', read);
    child.once('error', (error) => fail(`did not start (${error.message})`));
    child.once('exit', (code) => fail(`ended with code ${code}`));
  });
}

// Returns the exit code, or the signal that ended the server.
async function terminate(child: ChildProcess): Promise<number | string | null> {
  if (child.exitCode === null && child.signalCode === null && child.pid !== undefined) {
    const exited = once(child, 'exit');
    child.kill('SIGTERM');
    const timer = setTimeout(() => child.kill('SIGKILL'), stopLimit);
    await exited;
    clearTimeout(timer);
  }
  return child.exitCode ?? child.signalCode;
}

import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

// The database that is measured in: it is emptied and filled.
export function databaseUrl(): string {
  const url = process.env.MEASURE_DATABASE_URL;
  if (url === undefined) {
    throw new Error('MEASURE_DATABASE_URL has to name a database that may be emptied');
  }
  return url;
}

// Runs statements in one transaction, and returns what they print.
export async function sql(statements: string): Promise<string> {
  const { stdout } = await run('psql', ['-qAtX', '-v', 'ON_ERROR_STOP=1', '-1', '-c', statements, databaseUrl()]);
  return stdout.trim();
}

// A connection that is kept, for what is sent often.
export class Session {
  private readonly child: ChildProcess = spawn('psql', ['-qAtX', databaseUrl()], { stdio: ['pipe', 'ignore', 'inherit'] });

  send(statement: string): void {
    this.child.stdin?.write(`${statement};\n`);
  }

  end(): void {
    this.child.stdin?.end();
  }
}

import { Session, sql } from './psql.ts';

const id = '00000000-0000-4000-8000-000000000001';
const steps = 40; // a second, so that updates come spread over it as they do from a server at work
const cycle = 40; // seconds from 0 to 100 %

// Owns tasks, and reports the progress of each some times a second, by the worker protocol.
export class Worker {
  private readonly session = new Session();
  private timer: NodeJS.Timeout | undefined;

  // Tasks are made and claimed in one transaction, so that the server's own workers never see them.
  static async begin(count: number): Promise<Worker> {
    await sql(`
      SELECT taskq_heartbeat('${id}', 'measure', 'measure', 0);
      INSERT INTO tasks (id, task_type, description)
      SELECT gen_random_uuid(), 'EMBEDDING_GENERATION', 'Embed batch ' || i FROM generate_series(1, ${count}) AS i;
      SELECT count(*) FROM taskq_claim('${id}', '{EMBEDDING_GENERATION}', ${count});`);
    return new Worker();
  }

  // Every task changes perTask times a second, each time in its percentage, its message or both.
  start(perTask: number): void {
    let step = 0;
    this.timer = setInterval(() => {
      step += 1;
      const percent = `((extract(epoch FROM now()) * ${100 / cycle} + n * 2)::bigint % 100)`;
      this.session.send(`
        SELECT count(*) FROM (
          SELECT taskq_progress(array_agg(id), array_agg(lease), array_agg((${percent})::smallint),
                                array_agg('Embedded ' || ${step} || ' of 10000 texts'))
          FROM (SELECT id, lease, row_number() OVER (ORDER BY id) AS n FROM tasks WHERE worker_id = '${id}') AS own
          WHERE n % ${steps / perTask} = ${step} % ${steps / perTask}) AS told`);
      if (step % (5 * steps) === 0) {
        this.session.send(`SELECT taskq_heartbeat('${id}', 'measure', 'measure', 0)`);
      }
    }, 1000 / steps);
  }

  // How often the tasks have changed.
  async changes(): Promise<number> {
    return Number(await sql(`SELECT sum(version) FROM tasks WHERE worker_id = '${id}'`));
  }

  async end(): Promise<void> {
    clearInterval(this.timer);
    this.session.end();
    await sql(`
      SELECT count(*) FROM (SELECT taskq_complete('${id}', array_agg(id), array_agg(lease), array_agg('{}'::jsonb)) FROM tasks WHERE worker_id = '${id}') AS ended;
      DELETE FROM workers WHERE id = '${id}'`);
  }
}

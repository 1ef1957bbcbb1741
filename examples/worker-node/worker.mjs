// A Taskwire worker in Node: counts the letters of tasks of type COUNT_LETTERS. DATABASE_URL says where.
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';

const worker = randomUUID();
const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: 3 });
const sql = async (query, ...values) => (await pool.query(query, values)).rows;

const heartbeat = () => sql('SELECT taskq_heartbeat($1, $2, $3, 1)', worker, hostname(), 'node');

async function run({ id, lease, task_metadata: { text } }) {
  const [owned] = await sql('SELECT * FROM taskq_progress($1, $2, $3, $4)', [id], [lease], [50], ['counting']);
  if (!owned || owned.cancel_requested) throw new Error('cancelled'); // lost, or to be cancelled: ends the attempt
  const letters = [...text].filter((c) => /\p{L}/u.test(c)).length;
  await sql('SELECT taskq_complete($1, $2, $3, $4)', worker, [id], [lease], [JSON.stringify({ letters })]);
}

await heartbeat();
setInterval(() => heartbeat().catch(console.error), 5000);

// tasks_ready rings when there is something to claim; the second's wait finds what a lost ring would have told.
const listener = await pool.connect();
let ring = () => {};
listener.on('notification', () => ring());
await listener.query('LISTEN tasks_ready');

for (;;) {
  const claimed = await sql('SELECT id, lease, task_metadata FROM taskq_claim($1, $2, $3)', worker, ['COUNT_LETTERS'], 1);
  for (const task of claimed) {
    await run(task).catch((error) =>
      // back to PENDING for a minute, or FAILED after the last attempt
      sql("SELECT taskq_fail($1, $2, $3, $4, interval '1 minute')", task.id, task.lease, error.message, error.stack),
    );
  }
  if (claimed.length === 0) await Promise.race([sleep(1000), new Promise((resolve) => (ring = resolve))]);
}

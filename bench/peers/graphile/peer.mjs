// graphile-worker as a peer of the benchmarks: reads commands from its input, a line of JSON each, and answers each with a
// line. Its loops are those of library.go and pace.go.
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { Logger, makeWorkerUtils, run } from "graphile-worker";
import pg from "pg";

const pgPool = new pg.Pool({ connectionString: process.argv[2], max: 20 });
const logger = new Logger(() => () => {});
let ran = () => {};
const common = { pgPool, logger };
const utils = await makeWorkerUtils(common);

// One process, batched: what drained fastest here. Its own example has a delay for batches, which costs latency.
const worker = {
  concurrentJobs: 100,
  localQueue: { size: 2000 },
  completeJobBatchDelay: 0,
  failJobBatchDelay: 0,
};

const start = (onRun) => {
  ran = onRun;
  return run({ ...common, preset: { worker }, noHandleSignals: true, taskList: { noop: (payload) => ran(payload.number) } });
};

const enqueue = (number) => utils.addJob("noop", { number });

const unfinished = async () =>
  (await pgPool.query("SELECT EXISTS (SELECT FROM graphile_worker._private_jobs) AS some")).rows[0].some;

// A job is deleted when it is done.
const isDone = async (id) =>
  (await pgPool.query({ name: "is-done", text: "SELECT FROM graphile_worker._private_jobs WHERE id = $1", values: [id] }))
    .rowCount === 0;

async function timed(work) {
  const cpu = process.cpuUsage();
  const began = performance.now();
  const tasks = await work();
  const seconds = (performance.now() - began) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  return { tasks, seconds, cpu: (user + system) / 1e6 };
}

async function store(callers, seconds) {
  let stored = 0;
  const end = performance.now() + seconds * 1000;
  const caller = async () => {
    while (performance.now() < end) await enqueue(++stored);
  };
  await Promise.all(Array.from({ length: callers }, caller));
  return stored;
}

async function awaitEnd(count, n) {
  while (count() < n || (await unfinished())) await sleep(2);
}

async function bulk({ tasks }) {
  const size = 10000;
  return timed(async () => {
    for (let stored = 0; stored < tasks; stored += size) {
      const n = Math.min(size, tasks - stored);
      await utils.addJobs(Array.from({ length: n }, (_, number) => ({ identifier: "noop", payload: { number } })));
    }
    return tasks;
  });
}

async function drain({ tasks }) {
  let count = 0;
  let runner;
  const result = await timed(async () => {
    runner = await start(() => count++);
    await awaitEnd(() => count, tasks);
    return tasks;
  });
  await runner.stop();
  return result;
}

async function flow({ callers, seconds }) {
  let count = 0;
  const runner = await start(() => count++);
  const result = await timed(async () => {
    const stored = await store(callers, seconds);
    await awaitEnd(() => count, stored);
    return stored;
  });
  await runner.stop();
  return result;
}

// pace stores at a steady rate. One task at a time is followed until another connection sees that it is gone.
async function pace({ tasks, rate, warm }) {
  const began = [];
  const started = [];
  const done = [];
  let count = 0;
  let observing = Promise.resolve();
  let observed = false;
  const runner = await start((number) => {
    started[number] = performance.now() - began[number];
    count++;
  });
  const observe = async (id, since) => {
    while (!(await isDone(id))) await sleep(1);
    done.push(performance.now() - since);
    observed = false;
  };
  const storeOne = async (i) => {
    began[i] = performance.now();
    const { id } = await enqueue(i);
    if (i >= warm && !observed) {
      observed = true;
      observing = observe(id, began[i]);
    }
  };
  const calls = [];
  const first = performance.now();
  while (calls.length < tasks) {
    const due = Math.min(tasks, Math.floor(((performance.now() - first) / 1000) * rate) + 1);
    while (calls.length < due) calls.push(storeOne(calls.length));
    await sleep(1);
  }
  await Promise.all(calls);
  await observing;
  await awaitEnd(() => count, tasks);
  await runner.stop();
  return { start: started.slice(warm), done };
}

const commands = {
  migrate: () => utils.migrate(),
  bulk,
  single: ({ callers, seconds }) => timed(() => store(callers, seconds)),
  drain,
  flow,
  pace,
};

for await (const line of createInterface({ input: process.stdin })) {
  const { op, ...parameters } = JSON.parse(line);
  let answer;
  try {
    answer = { result: await commands[op](parameters) };
  } catch (error) {
    answer = { error: String(error) };
  }
  console.log(JSON.stringify(answer));
}
await utils.release();
await pgPool.end();

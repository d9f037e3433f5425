// Real traffic: so many jobs a second, added one by one to eight queues, and worked by eight workers. Tells over HTTP
// what it did so far.
//
//   node traffic.mjs REDIS_PORT HTTP_PORT JOBS_A_SECOND
import { createServer } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { Queue, Worker } from 'bullmq';
import Redis from 'ioredis';

// Whoever started it ends it; should they be gone, it does so itself.
const LONGEST_LIFE_MS = 15 * 60 * 1000;
setTimeout(() => process.exit(0), LONGEST_LIFE_MS).unref();

const QUEUES = 8;
const TICK_MS = 20;
const WORK_MS = 5;
// One job in so many fails.
const FAILS = 50;
// When Redis is slower than this many jobs, those that are due are left out and missed in the count.
const MOST_UNDERWAY = 1000;

const [redisPort, httpPort, rate] = process.argv.slice(2).map(Number);
const open = () => new Redis({ host: '127.0.0.1', port: redisPort, maxRetriesPerRequest: null });
const adding = open();
const did = { added: 0, completed: 0, failed: 0 };

const queues = [];
for (let version = 1; version <= QUEUES; version++) {
  const name = `busy/v${version}`;
  const defaultJobOptions = { removeOnComplete: { count: 100 }, removeOnFail: { count: 100 } };
  queues.push(new Queue(name, { connection: adding, defaultJobOptions }));
  const work = async (job) => {
    await sleep(WORK_MS);
    if (job.data.number % FAILS === 0) throw new Error('one job in fifty fails');
    return { ok: true };
  };
  const worker = new Worker(name, work, { connection: open(), concurrency: 10 });
  worker.on('completed', () => did.completed++);
  worker.on('failed', () => did.failed++);
}

const began = performance.now();
let due = 0;
let underway = 0;
setInterval(() => {
  const until = ((performance.now() - began) / 1000) * rate;
  for (; due < until; due++) {
    if (underway >= MOST_UNDERWAY) continue;
    underway++;
    const data = { number: due, email: `u${due}@example.com`, note: 'x'.repeat(200) };
    const queue = queues[due % QUEUES];
    queue.add('job', data).then(() => did.added++).finally(() => underway--);
  }
}, TICK_MS);

createServer((_request, response) => response.end(JSON.stringify(did))).listen(httpPort, '127.0.0.1');

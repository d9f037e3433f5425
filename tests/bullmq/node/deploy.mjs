// Two versions of a queue in a deploy: `node deploy.mjs PORT FROM TO JOBS` adds JOBS jobs of every kind to `email/v1` of the
// major FROM, and lets a slow worker of it and a quick one of `email/v2` of the major TO work until stdin ends. Each job has a
// number, which whoever does it writes to the list `ran`.
import { createRequire } from 'node:module';
import { setTimeout as sleep } from 'node:timers/promises';
import Redis from 'ioredis';

const require = createRequire(import.meta.url);
const [port, from, to, count] = process.argv.slice(2).map(Number);
const connection = { host: '127.0.0.1', port, maxRetriesPerRequest: null };
const redis = new Redis(connection);

const kinds = [
  () => ({}), () => ({}), () => ({}), () => ({}), () => ({ priority: 3 }), n => ({ jobId: `order-${n}` }),
  n => ({ delay: 1000 + (n * 7) % 90000 }), () => ({ attempts: 3 }),
];

function version(major, name, pause, concurrency) {
  const { Queue, Worker } = require(`bullmq${major}`);
  const worker = new Worker(name, async job => {
    await redis.rpush('ran', job.data.n);
    await sleep(pause);
  }, { connection, concurrency, autorun: false });
  worker.on('error', error => console.error(error.message));
  return { queue: new Queue(name, { connection }), worker };
}

const v1 = version(from, 'email/v1', 50, 1);
const v2 = version(to, 'email/v2', 5, 5);
await v2.queue.waitUntilReady();
for (let n = 0; n < count; n += 1000) {
  const size = Math.min(1000, count - n);
  await v1.queue.addBulk(Array.from({ length: size }, (_, i) => ({ name: 'send', data: { n: n + i }, opts: kinds[(n + i) % kinds.length](n + i) })));
}
for (const { worker } of [v1, v2]) worker.run().catch(error => console.error(error.message));
console.log('begins');
await new Promise(resolve => process.stdin.on('end', resolve).resume());
await Promise.all([v1.worker.close(), v2.worker.close()]);
console.log('at rest');
process.exit(0);

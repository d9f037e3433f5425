// Traffic at full speed: `node traffic.mjs PORT` adds jobs to a queue of BullMQ 5 and one of BullMQ 6 and works them, through
// whatever becomes of Redis, until stdin ends; then it lets what is active finish, says `at rest` and ends.
import { createRequire } from 'node:module';
import { setTimeout as sleep } from 'node:timers/promises';

const require = createRequire(import.meta.url);
const port = Number(process.argv[2]);
const connection = { host: '127.0.0.1', port, maxRetriesPerRequest: null, retryStrategy: () => 100 };
let ended = false;
process.stdin.on('end', () => { ended = true; }).resume();

async function traffic(major) {
  const { Queue, Worker } = require(`bullmq${major}`);
  const name = `traffic/v${major}`;
  const queue = new Queue(name, { connection, defaultJobOptions: { attempts: 2, backoff: 50, removeOnComplete: 500, removeOnFail: 100 } });
  const worker = new Worker(name, async job => {
    if (job.data.n % 7 === 0) throw new Error('every seventh fails');
    return { n: job.data.n };
  }, { connection, concurrency: 20 });
  for (const one of [queue, worker]) one.on('error', () => {});
  let n = 0;
  while (!ended) {
    const jobs = Array.from({ length: 20 }, () => ({ name: 'send', data: { n: n++ }, opts: n % 5 === 0 ? { delay: 100 } : n % 5 === 1 ? { priority: 3 } : {} }));
    await Promise.race([queue.addBulk(jobs).catch(() => {}), sleep(2000)]);
    await sleep(20);
  }
  await Promise.race([worker.close(), sleep(10000)]);
  await queue.close();
}

console.log('begins');
await Promise.all([5, 6].map(traffic));
console.log('at rest');
process.exit(0);

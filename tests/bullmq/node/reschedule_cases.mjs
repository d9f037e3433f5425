// The delayed jobs on which the reschedule script is compared with BullMQ's own changeDelay, and those that it must refuse.
import * as operations from './operations.mjs';
import { connection, open } from './library.mjs';
import { activate } from './workers.mjs';

const HOUR = 3_600_000;
const delayed = (delay, extra) => async request => {
  const { jobId } = await operations.add({ ...request, data: { to: 'a@example.com' }, ...extra, opts: { delay: HOUR, ...extra?.opts } });
  return { jobId, delay, parameters: ['1', '1'] };
};
const delayedThen = (after, delay = 2 * HOUR, extra) => async request => {
  const job = await delayed(delay, extra)(request);
  await after({ ...request, ...job });
  return job;
};
const schedule = async request => ({ ...(await operations.scheduler({ ...request, schedulerId: 'hourly', repeat: { pattern: '0 0 1 1 *' } })), delay: HOUR });
// Another delayed job at every moment that the job may be put to, so that both have one time.
const crowded = async q => {
  const from = Date.now() + q.delay;
  const jobs = Array.from({ length: 2000 }, (_, n) => [(from + n) * 4096 + 7, `other-${n}`]);
  await connection(q).zadd(open(q).key('delayed'), ...jobs.flat());
};

// The time that BullMQ took, and how long that was from now.
export async function told(job) {
  const score = await connection(job).zscore(open(job).key('delayed'), job.jobId);
  return [String(Math.floor(Number(score) / 4096)), String(job.delay)];
}

export const cases = [
  { title: 'to later', stuck: true, prepare: delayed(2 * HOUR) },
  { title: 'to sooner', stuck: true, prepare: delayed(60_000) },
  { title: 'to now', prepare: delayed(0) },
  { title: 'before another delayed job', stuck: true, prepare: delayedThen(delayed(0), 60_000) },
  { title: 'behind another delayed job', stuck: true, prepare: delayedThen(delayed(0)) },
  { title: 'to the time of another', stuck: true, prepare: delayedThen(crowded) },
  { title: 'a paused queue', stuck: true, prepare: delayedThen(operations.pause) },
  { title: 'a prioritized job', stuck: true, prepare: delayed(60_000, { opts: { priority: 5 } }) },
  { title: 'a job whose bytes are not UTF-8', stuck: true, prepare: delayedThen(q => connection(q).hset(open(q).key(q.jobId), 'extra', Buffer.from([0xff, 0xfe, 0x00]))) },
  { title: 'an odd queue name', stuck: true, queue: 'a/b % ü <[a]{b}>?#', prepare: delayed(60_000) },
  { title: 'a custom id', stuck: true, prepare: delayed(60_000, { opts: { jobId: 'a/b % ü <i>' } }) },
  { title: 'a prefix with a colon', stuck: true, prefix: 'app:bull', prepare: delayed(60_000) },
  { title: 'the next job of a scheduler', majors: [5, 6], stuck: true, prepare: schedule },
  { title: 'a queue whose meta has no limit of events', stuck: true, prepare: delayedThen(q => connection(q).hdel(open(q).key('meta'), 'opts.maxLenEvents')) },
  { title: 'a job without a delay in its hash', stuck: true, prepare: delayedThen(q => connection(q).hdel(open(q).key(q.jobId), 'delay')) },
];

export const refusals = [
  { title: 'the events are not a stream', error: /WRONGTYPE/, prepare: delayedThen(async q => { await connection(q).del(open(q).key('events')); await connection(q).set(open(q).key('events'), 'no stream'); }) },
  { title: 'Redis is out of memory', error: /OOM/, prepare: delayedThen(q => connection(q).config('SET', 'maxmemory', 1)), undo: q => connection(q).config('SET', 'maxmemory', 0) },
  { title: 'there is no such job', code: -1, prepare: async q => ({ ...(await delayed(0)(q)), jobId: 'none' }) },
  { title: 'it waits', code: -3, prepare: async q => ({ ...(await operations.add(q)), parameters: ['1', '1'] }) },
  { title: 'it is active', code: -3, prepare: async q => ({ ...(await activate({ ...q, jobId: undefined })), parameters: ['1', '1'] }) },
  { title: 'a lock is held', code: -6, prepare: delayedThen(q => connection(q).set(open(q).key(`${q.jobId}:lock`), 'token', 'PX', 30000)) },
];

// The delayed jobs on which the promote script is compared with BullMQ's own promote, and those that it must refuse.
import * as operations from './operations.mjs';
import { connection, open } from './library.mjs';
import { activate } from './workers.mjs';

const DELAY = 3_600_000;
const delayed = extra => request => operations.add({ ...request, data: { to: 'a@example.com' }, ...extra, opts: { delay: DELAY, ...extra?.opts } });

// A delayed job, then something done to its queue.
const delayedThen = (after, extra) => async request => {
  const { jobId } = await delayed(extra)(request);
  await after({ ...request, jobId });
  return { jobId };
};

const schedule = async request => operations.scheduler({ ...request, schedulerId: 'hourly', repeat: { pattern: '0 0 1 1 *' } });
const childOf = opts => async request => {
  const tree = await operations.flow({ ...request, queue: 'parents', children: [{ queue: request.queue, opts: { delay: DELAY, ...opts } }] });
  return { jobId: tree.children[0].jobId };
};

export const cases = [
  { title: 'a plain delayed job', prepare: delayed() },
  { title: 'behind a waiting job', jobs: 2, prepare: delayedThen(operations.add) },
  { title: 'beside another delayed job', prepare: delayedThen(delayed()) },
  { title: 'a lifo job before a waiting job', jobs: 2, prepare: delayedThen(operations.add, { opts: { lifo: true } }) },
  { title: 'a paused queue', paused: true, prepare: delayedThen(operations.pause) },
  { title: 'a paused queue with a waiting job', paused: true, jobs: 2, prepare: delayedThen(async q => { await operations.add(q); await operations.pause(q); }) },
  { title: 'a prioritized job', prepare: delayed({ opts: { priority: 5 } }) },
  { title: 'a prioritized job behind a waiting job', jobs: 2, prepare: delayedThen(operations.add, { opts: { priority: 5 } }) },
  { title: 'a prioritized job in a paused queue', paused: true, prepare: delayedThen(operations.pause, { opts: { priority: 5 } }) },
  { title: 'a job whose bytes are not UTF-8', stuck: true, prepare: delayedThen(q => connection(q).hset(open(q).key(q.jobId), 'extra', Buffer.from([0xff, 0xfe, 0x00]))) },
  { title: 'an odd queue name', queue: 'a/b % ü <[a]{b}>?#', prepare: delayed() },
  { title: 'a custom id', prepare: delayed({ opts: { jobId: 'a/b % ü <i>' } }) },
  { title: 'a prefix with a colon', prefix: 'app:bull', prepare: delayed() },
  { title: 'the limit of active jobs reached', majors: [5, 6], stuck: true, prepare: delayedThen(async q => { await operations.concurrency({ ...q, concurrency: 1 }); await activate({ ...q, jobId: undefined }); }) },
  { title: 'the next job of a scheduler', majors: [5, 6], stuck: true, prepare: schedule },
  { title: 'a child', prepare: childOf() },
  { title: 'a job without a delay in its hash', prepare: delayedThen(q => connection(q).hdel(open(q).key(q.jobId), 'delay')) },
];

export const refusals = [
  { title: 'the events are not a stream', error: /WRONGTYPE/, prepare: delayedThen(async q => { await connection(q).del(open(q).key('events')); await connection(q).set(open(q).key('events'), 'no stream'); }) },
  { title: 'Redis is out of memory', error: /OOM/, prepare: delayedThen(q => connection(q).config('SET', 'maxmemory', 1)), undo: q => connection(q).config('SET', 'maxmemory', 0) },
  { title: 'there is no such job', code: -1, prepare: async q => { await delayed()(q); return { jobId: 'none' }; } },
  { title: 'it waits', code: -3, prepare: operations.add },
  { title: 'it was promoted already', code: -3, prepare: delayedThen(operations.promote) },
  { title: 'it is active', code: -3, prepare: q => activate({ ...q, jobId: undefined }) },
  { title: 'a lock is held', code: -6, prepare: delayedThen(q => connection(q).set(open(q).key(`${q.jobId}:lock`), 'token', 'PX', 30000)) },
];

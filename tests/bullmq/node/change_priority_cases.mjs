// The waiting jobs on which the script that changes a priority is compared with BullMQ's own changePriority, and those that it
// must refuse, of most of which BullMQ says that it did it.
import * as operations from './operations.mjs';
import { connection, open } from './library.mjs';
import { activate, complete, fail } from './workers.mjs';

const to = (priority, lifo = false) => ({ priority, lifo, parameters: [String(priority), lifo ? '1' : '0'] });
const job = (opts, change, after) => async request => {
  const { jobId } = await operations.add({ ...request, data: { to: 'a@example.com' }, opts });
  await after?.({ ...request, jobId });
  return { jobId, ...change };
};
const another = opts => q => operations.add({ ...q, jobId: undefined, opts });
// The job stands between two others.
const between = (opts, change) => async request => {
  await another(opts)(request);
  return job(opts, change, another(opts))(request);
};
const pausedThen = (opts, change) => job(opts, change, operations.pause);

export const cases = [
  { title: 'to a priority', prepare: job({}, to(5)) },
  { title: 'to a priority, among others', jobs: 3, prepare: between({}, to(5)) },
  { title: 'to another priority', prepare: job({ priority: 3 }, to(5)) },
  { title: 'to its own priority', jobs: 3, prepare: between({ priority: 3 }, to(3)) },
  { title: 'to the lowest priority', prepare: job({ priority: 3 }, to(2097151)) },
  { title: 'to none', majors: [5, 6], prepare: job({ priority: 3 }, to(0)) },
  { title: 'to none, before others', majors: [5, 6], prepare: job({ priority: 3 }, to(0, true), another({})) },
  { title: 'from none to none', jobs: 3, prepare: between({}, to(0)) },
  { title: 'from none to none, before others', jobs: 3, prepare: between({}, to(0, true)) },
  { title: 'before others of its priority', majors: [5, 6], jobs: 3, prepare: between({ priority: 3 }, to(3, true)) },
  { title: 'to a priority, before others', majors: [5, 6], jobs: 3, prepare: between({}, to(3, true)) },
  { title: 'a paused queue, to a priority', paused: true, prepare: pausedThen({}, to(5)) },
  { title: 'a paused queue, to another priority', paused: true, prepare: pausedThen({ priority: 3 }, to(5)) },
  { title: 'a paused queue, to none', majors: [5, 6], paused: true, prepare: pausedThen({ priority: 3 }, to(0)) },
  { title: 'a paused queue, from none to none', paused: true, jobs: 2, prepare: async q => { await another({})(q); return pausedThen({}, to(0, true))(q); } },
  { title: 'a job whose bytes are not UTF-8', stuck: true, prepare: job({}, to(5), q => connection(q).hset(open(q).key(q.jobId), 'extra', Buffer.from([0xff, 0xfe, 0x00]))) },
  { title: 'an odd queue name', queue: 'a/b % ü <[a]{b}>?#', prepare: job({}, to(5)) },
  { title: 'a custom id', prepare: job({ jobId: 'a/b % ü <i>' }, to(5)) },
  { title: 'a prefix with a colon', prefix: 'app:bull', prepare: job({}, to(5)) },
  { title: 'the limit of active jobs reached', majors: [5, 6], stuck: true, prepare: async q => {
    await operations.concurrency({ ...q, concurrency: 1 });
    await activate({ ...q, jobId: undefined });
    return job({}, to(5))(q);
  } },
];

export const refusals = [
  { title: 'the events are not a stream', error: /WRONGTYPE/, prepare: job({}, to(5), async q => { await connection(q).del(open(q).key('events')); await connection(q).set(open(q).key('events'), 'no stream'); }) },
  { title: 'Redis is out of memory', error: /OOM/, prepare: job({}, to(5), q => connection(q).config('SET', 'maxmemory', 1)), undo: q => connection(q).config('SET', 'maxmemory', 0) },
  { title: 'there is no such job', code: -1, prepare: async q => ({ ...(await job({}, to(5))(q)), jobId: 'none' }) },
  { title: 'it is delayed', code: -3, prepare: job({ delay: 3_600_000 }, to(5)) },
  { title: 'it is active', code: -3, prepare: async q => ({ ...(await activate({ ...q, jobId: undefined })), ...to(5) }) },
  { title: 'it failed', code: -3, prepare: async q => ({ ...(await fail(q)), ...to(5) }) },
  { title: 'it is completed', code: -3, prepare: async q => ({ ...(await complete(q)), ...to(5) }) },
  { title: 'a lock is held', code: -6, prepare: job({}, to(5), q => connection(q).set(open(q).key(`${q.jobId}:lock`), 'token', 'PX', 30000)) },
];

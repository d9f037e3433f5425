// The queues on which the scripts of operations on a queue are compared with BullMQ's own operations, and those that they must
// refuse. `theirs` is BullMQ's operation, `parameters` is what the script is told, `work` is how many jobs a worker does then.
// `better` changes BullMQ's result to ours where ours does better on purpose; its title says how.
import * as operations from './operations.mjs';
import { connection, open } from './library.mjs';
import { activate } from './workers.mjs';

const DELAY = 3_600_000;
const add = opts => q => operations.add({ ...q, opts });
const pause = operations.pause;
const ready = operations.ready;
const all = (...steps) => async q => { for (const step of steps) await step(q); };
const key = (q, suffix) => open(q).key(suffix);
const marked = q => wanted => { wanted[key(q, 'marker')] = { type: 'zset', expires: false, value: ['0', '0'] }; };
const noStream = async q => { await connection(q).del(key(q, 'events')); await connection(q).set(key(q, 'events'), 'no stream'); };
const noMemory = q => connection(q).config('SET', 'maxmemory', 1);
const memory = q => connection(q).config('SET', 'maxmemory', 0);

export const scripts = {
  pause: {
    theirs: operations.pause,
    cases: [
      { title: 'no jobs', prepare: ready },
      { title: 'waiting jobs', prepare: all(add(), add()) },
      { title: 'prioritized and delayed jobs', prepare: all(add({ priority: 3 }), add({ delay: DELAY })) },
      { title: 'an active and a waiting job', prepare: async q => { await activate({ ...q, jobId: undefined }); await add()(q); } },
      { title: 'an odd queue name', queue: 'a/b % ü <[a]{b}>?#', prepare: add() },
      { title: 'a prefix with a colon', prefix: 'app:bull', prepare: add() },
    ],
    refusals: [
      { title: 'it is paused already', code: 0, prepare: all(add(), pause) },
      { title: 'there is no such queue', code: -1, prepare: async () => {} },
      { title: 'the events are not a stream', error: /WRONGTYPE/, prepare: all(add(), noStream) },
      { title: 'Redis is out of memory', error: /OOM/, prepare: all(add(), noMemory), undo: memory },
    ],
  },
  resume: {
    theirs: operations.resume,
    cases: [
      { title: 'no jobs', prepare: all(ready, pause) },
      { title: 'waiting jobs', work: 2, prepare: all(add(), add(), pause) },
      { title: 'jobs added during the pause', work: 2, prepare: all(add(), pause, add()) },
      { title: 'prioritized jobs', work: 1, prepare: all(add({ priority: 3 }), pause) },
      { title: 'a delayed job', prepare: all(add({ delay: DELAY }), pause) },
      { title: 'waiting and prioritized and delayed jobs', work: 2, prepare: all(add(), add({ priority: 3 }), add({ delay: DELAY }), pause) },
      { title: 'a limit of active jobs', majors: [5, 6], work: 1, prepare: all(add(), q => operations.concurrency({ ...q, concurrency: 1 }), pause) },
    ],
    refusals: [
      { title: 'it is not paused', code: 0, prepare: add() },
      { title: 'there is no such queue', code: -1, prepare: async () => {} },
      { title: 'the events are not a stream', error: /WRONGTYPE/, prepare: all(add(), pause, noStream) },
      { title: 'Redis is out of memory', error: /OOM/, prepare: all(add(), pause, noMemory), undo: memory },
    ],
  },
  limit_concurrency: {
    theirs: q => q.concurrency > 0 ? operations.concurrency(q) : operations.noConcurrency(q),
    cases: [
      { title: 'set', majors: [5, 6], parameters: ['3'], concurrency: 3, prepare: ready },
      { title: 'changed', majors: [5, 6], parameters: ['7'], concurrency: 7, prepare: q => operations.concurrency({ ...q, concurrency: 2 }) },
      { title: 'removed', majors: [5, 6], parameters: ['0'], concurrency: 0, prepare: q => operations.concurrency({ ...q, concurrency: 2 }) },
      { title: 'of a paused queue', majors: [5, 6], parameters: ['3'], concurrency: 3, prepare: all(add(), pause) },
      {
        title: 'raised while a job waits: unlike theirs, it wakes a worker', majors: [5, 6], parameters: ['3'], concurrency: 3,
        prepare: async q => { await operations.concurrency({ ...q, concurrency: 1 }); await activate({ ...q, jobId: undefined }); await add()(q); },
        better: marked,
      },
    ],
    refusals: [
      { title: 'it is so already', code: 0, parameters: ['2'], prepare: q => operations.concurrency({ ...q, concurrency: 2 }) },
      { title: 'there is none to remove', code: 0, parameters: ['0'], prepare: ready },
      { title: 'BullMQ 4 has none', major: 4, code: -4, parameters: ['2'], prepare: add() },
      { title: 'there is no such queue', code: -1, parameters: ['2'], prepare: async () => {} },
      { title: 'Redis is out of memory', error: /OOM/, parameters: ['2'], prepare: all(add(), noMemory), undo: memory },
    ],
  },
  limit_rate: {
    theirs: q => q.max > 0 ? operations.rate(q) : operations.noRate(q),
    cases: [
      { title: 'set', majors: [5, 6], parameters: ['3', '1000'], max: 3, duration: 1000, prepare: ready },
      { title: 'changed', majors: [5, 6], parameters: ['3', '60000'], max: 3, duration: 60000, prepare: q => operations.rate({ ...q, max: 3, duration: 1000 }) },
      { title: 'removed', majors: [5, 6], parameters: ['0', '1000'], max: 0, prepare: q => operations.rate({ ...q, max: 3, duration: 1000 }) },
    ],
    refusals: [
      { title: 'it is so already', code: 0, parameters: ['3', '1000'], prepare: q => operations.rate({ ...q, max: 3, duration: 1000 }) },
      { title: 'there is none to remove', code: 0, parameters: ['0', '1000'], prepare: ready },
      { title: 'BullMQ 4 has none', major: 4, code: -4, parameters: ['3', '1000'], prepare: add() },
    ],
  },
  trim_events: {
    theirs: operations.trimEvents,
    cases: [
      { title: 'all of them', parameters: ['0'], keep: 0, prepare: all(add(), add()) },
      {
        title: 'all but one: unlike theirs, which keeps up to a hundred more, exactly', parameters: ['1'], keep: 1, prepare: all(add(), add()),
        same: true, better: q => wanted => { const events = wanted[key(q, 'events')]; events.value = events.value.slice(-1); },
      },
    ],
    refusals: [
      { title: 'there are no more than that', code: 0, parameters: ['10'], prepare: add() },
      { title: 'the events are not a stream', error: /WRONGTYPE/, parameters: ['0'], prepare: all(add(), noStream) },
    ],
  },
  remove_deduplication_key: {
    theirs: operations.removeDeduplicationKey,
    cases: [
      { title: 'of a waiting job', majors: [5, 6], parameters: ['one'], deduplicationId: 'one', work: 1, prepare: add({ deduplication: { id: 'one' } }) },
      { title: 'that would have expired', majors: [5, 6], parameters: ['a:b ü'], deduplicationId: 'a:b ü', prepare: add({ deduplication: { id: 'a:b ü', ttl: DELAY } }) },
    ],
    refusals: [
      { title: 'there is none', code: 0, parameters: ['two'], prepare: add({ deduplication: { id: 'one' } }) },
      { title: 'BullMQ 4 has none', major: 4, code: -4, parameters: ['one'], prepare: add() },
    ],
  },
};

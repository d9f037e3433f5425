// The queues on which the script that deletes jobs is compared with BullMQ's own drain, clean and obliterate. `theirs` is BullMQ's
// operation and `ours` what the script is told; `better` changes BullMQ's result to ours where ours does better on purpose, which
// the title says; `work` is how many jobs a real worker does then.
import assert from 'node:assert/strict';
import * as operations from './operations.mjs';
import { connection, library, open } from './library.mjs';
import { activate, complete, fail } from './workers.mjs';

const DELAY = 3_600_000;
const WAITING = ['wait', 'paused', 'prioritized'];
const ALL = ['active', 'waiting-children', 'delayed', 'completed', 'wait', 'paused', 'prioritized', 'failed'];
const add = opts => q => operations.add({ ...q, opts });
const pause = operations.pause;
const all = (...steps) => async q => { for (const step of steps) await step(q); };
const key = (q, suffix) => open(q).key(suffix);
const jobs = all(add(), add(), add({ priority: 3 }));
const drain = delayed => ({ theirs: q => operations.drain({ ...q, delayed }), ours: { states: delayed ? [...WAITING, 'delayed'] : WAITING } });
const clean = (state, states = [state], grace = 0) => ({
  theirs: q => operations.clean({ ...q, state, grace }),
  ours: { states, deletes: { tells: true, get latest() { return Date.now() - grace; } } },
});
const obliterate = force => ({
  theirs: q => operations.obliterate({ ...q, force }),
  ours: { states: ALL, rest: true, deletes: { keepsHeld: false, needs: force ? 'forced' : 'paused' } },
});

// What BullMQ deletes of the queue's meta, and ours leaves.
const version = q => (wanted, before) => {
  const kept = Object.entries(before[key(q, 'meta')].value).filter(([name]) => ['version', 'library', 'opts.maxLenEvents'].includes(name));
  wanted[key(q, 'meta')] = { type: 'hash', expires: false, value: Object.fromEntries(kept) };
};
// A parent in another queue with one child in this one.
const child = opts => async q => {
  await operations.flow({ ...q, queue: 'parents', opts, children: [{ queue: q.queue }] });
};
const announced = () => wanted => {
  wanted['bull:parents:events'].value.push(['event', 'waiting', 'jobId', Object.keys(wanted).find(one => /^bull:parents:[0-9a-f-]{36}$/.test(one)).split(':')[2], 'prev', 'waiting-children']);
};
// What BullMQ 4 leaves of its markers is not a job.
const scheduler = q => operations.scheduler({ ...q, schedulerId: 'hourly', repeat: { pattern: '0 0 1 1 *' } });

export const cases = [
  { title: 'drain: waiting and prioritized jobs', ...drain(false), prepare: jobs },
  { title: 'drain: delayed jobs stay', ...drain(false), majors: [5, 6], prepare: all(jobs, add({ delay: DELAY })) },
  { title: 'drain: delayed jobs too', ...drain(true), majors: [5, 6], prepare: all(jobs, add({ delay: DELAY })) },
  { title: 'drain: a paused queue', ...drain(false), prepare: all(jobs, pause) },
  { title: 'drain: an active job goes on', ...drain(false), prepare: async q => { await activate({ ...q, jobId: undefined }); await add()(q); } },
  { title: 'drain: a deduplicated job', ...drain(false), majors: [5, 6], prepare: add({ deduplication: { id: 'one' } }) },
  { title: 'drain: the next job of a scheduler stays', ...drain(true), majors: [5, 6], prepare: all(scheduler, add({ delay: DELAY })) },
  {
    title: 'drain: unlike theirs, the next job of a BullMQ 4 repeatable stays, so that it goes on', ...drain(true), majors: [4], prepare: scheduler,
    better: () => (wanted, before) => { for (const one of Object.keys(before)) wanted[one] = before[one]; },
  },
  { title: 'drain: the last child of a parent in another queue: unlike theirs, it is announced', ...drain(false), prepare: child(), better: announced },
  { title: 'drain: an odd queue name', ...drain(false), queue: 'a/b % ü <[a]{b}>?#', prepare: jobs },
  { title: 'clean: completed jobs', ...clean('completed'), prepare: q => complete({ ...q, count: 5 }) },
  { title: 'clean: failed jobs', ...clean('failed'), prepare: q => fail({ ...q, count: 3 }) },
  { title: 'clean: delayed jobs', ...clean('delayed'), majors: [5, 6], prepare: all(add({ delay: DELAY }), add({ delay: 2 * DELAY })) },
  { title: 'clean: prioritized jobs', ...clean('prioritized'), majors: [5, 6], prepare: all(add({ priority: 2 }), add({ priority: 1 })) },
  { title: 'clean: waiting jobs', ...clean('wait'), prepare: all(add(), add()) },
  { title: 'clean: jobs of a paused queue', ...clean('paused'), majors: [4, 5], prepare: all(add(), add(), pause) },
  { title: 'obliterate: jobs in every state; unlike theirs, the version stays', ...obliterate(false), prepare: all(q => complete({ ...q, count: 2 }), fail, jobs, add({ delay: DELAY }), pause), better: version },
  { title: 'obliterate: schedulers and limits; unlike theirs, the version stays', ...obliterate(false), majors: [5, 6], prepare: all(scheduler, q => operations.concurrency({ ...q, concurrency: 3 }), pause), better: version },
  { title: 'obliterate: an active job by force; unlike theirs, the version stays', ...obliterate(true), prepare: all(q => activate({ ...q, jobId: undefined }), pause), better: version },
  { title: 'obliterate: the last child of a parent in another queue; unlike theirs, it is announced', ...obliterate(false), prepare: all(child(), pause), better: q => (...both) => { announced()(...both); version(q)(...both); } },
];

// Orders in which BullMQ's own operations leave something else on purpose, checked by what ours leaves and by real workers.
export const checks = [
  {
    title: 'drain: a parent in the same queue is not deleted with its last child, and runs', ours: drain(false).ours,
    prepare: q => operations.flow({ ...q, children: [{ queue: q.queue }] }), left: 1,
  },
  {
    title: 'drain: a prioritized parent keeps its priority', ours: drain(false).ours, majors: [5, 6],
    prepare: q => operations.flow({ ...q, opts: { priority: 7 }, children: [{ queue: q.queue }] }), left: 1,
    check: async q => assert.equal((await connection(q).zrange(key(q, 'prioritized'), 0, -1)).length, 1),
  },
  {
    title: 'drain: a delayed parent keeps its delay', ours: drain(false).ours, majors: [5, 6],
    prepare: q => operations.flow({ ...q, opts: { delay: DELAY }, children: [{ queue: q.queue }] }), left: 0,
    check: async q => assert.equal((await connection(q).zrange(key(q, 'delayed'), 0, -1)).length, 1),
  },
  {
    title: 'a flow is kept where it is to be kept', ours: { states: WAITING, deletes: { keepsFlows: true } }, left: 2, became: [5],
    prepare: q => operations.flow({ ...q, children: [{ queue: q.queue }] }),
  },
  {
    title: 'obliterate: an active job without force leaves all as it was', ours: obliterate(false).ours, code: -21,
    prepare: all(q => activate({ ...q, jobId: undefined }), pause),
  },
  {
    title: 'a job stays where what its deduplication id names is not a string', ours: drain(false).ours, majors: [5, 6], became: [6], left: 1,
    prepare: async q => {
      const { jobId } = await operations.add(q);
      await connection(q).hset(key(q, jobId), 'deid', 'a:b');
      await connection(q).hset(key(q, 'de:a:b'), 'name', 'other');
    },
    check: async q => {
      assert.equal(await connection(q).llen(key(q, 'wait')), 1);
      await connection(q).del(key(q, 'de:a:b'));
    },
  },
  { title: 'obliterate: a queue that is not paused is left as it was', ours: obliterate(true).ours, code: -20, prepare: add() },
];

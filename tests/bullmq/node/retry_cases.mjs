// The failed jobs on which the retry script is compared with BullMQ's own retry, and those that it must refuse.
import * as operations from './operations.mjs';
import { connection, open } from './library.mjs';
import { activate, complete, fail, process as work, release } from './workers.mjs';

const failing = extra => request => fail({ ...request, name: 'send', data: { to: 'a@example.com' }, ...extra });

// A failed job, then something done to its queue.
const failedThen = (after, extra) => async request => {
  const { jobId } = await failing(extra)(request);
  await after({ ...request, jobId });
  return { jobId };
};

// A parent in `parents` with two children in the queue; the first fails and the second goes on waiting.
const childOf = (opts, after) => async request => {
  const tree = await operations.flow({
    ...request, queue: 'parents', data: { order: 1 }, children: [0, 1].map(n => ({ queue: request.queue, data: { n }, opts })),
  });
  const child = { ...request, jobId: tree.children[0].jobId };
  await work({ ...request, count: 1, failWhen: { always: true }, timeout: 5000 });
  const state = await operations.getState(child);
  if (state.state !== 'failed') throw new Error(`the child is ${state.state}`);
  await after?.({ ...child, parent: tree.jobId });
  return { jobId: child.jobId };
};

const parentFailed = async request => {
  const tree = await operations.flow({ ...request, queue: request.queue, children: [{ queue: 'kids', opts: { failParentOnFailure: true } }] });
  const kids = { ...request, queue: 'kids' };
  await work({ ...kids, count: 1, failWhen: { always: true }, timeout: 5000 });
  await work({ ...request, count: 1, timeout: 3000 });
  return { jobId: tree.jobId };
};

// A completed job, then something done to its queue.
const completedThen = (after, extra) => async request => {
  const { jobId } = await complete({ ...request, name: 'send', data: { to: 'a@example.com' }, ...extra });
  await after?.({ ...request, jobId });
  return { jobId, state: 'completed' };
};

// A parent with so many children, the first of which is completed.
const completedChild = children => async request => {
  const tree = await operations.flow({
    ...request, queue: 'parents', data: { order: 1 }, children: Array.from({ length: children }, (_, n) => ({ queue: request.queue, data: { n } })),
  });
  await work({ ...request, count: 1, timeout: 5000 });
  return { jobId: tree.children[0].jobId, state: 'completed' };
};

// BullMQ 5 forgets a job's priority; what it leaves is then what the script leaves once the priority is given back.
const keepPriority = priority => request => operations.prioritize({ ...request, priority });

// A queue that only workers and flows use tells no version.
const untold = failedThen => async request => {
  const made = await failedThen(request);
  await connection(request).hdel(open(request).key('meta'), 'version');
  return made;
};

// What the script is told of a job that is retried with its flow.
const WITH_FLOW = ['keep', 'after children'];
const withFlow = prepare => async request => ({ ...(await prepare(request)), parameters: WITH_FLOW });

// A failed child that is retried with its flow and completes before a second retry comes.
const retriedMeanwhile = async request => {
  const { jobId } = await childOf()(request);
  const { code } = await operations.runScript({ ...request, script: 'retry', jobId, parameters: WITH_FLOW });
  if (code !== 1) throw new Error(`the first retry answered ${code}`);
  await work({ ...request, count: 2, timeout: 5000 });
  const { state } = await operations.getState({ ...request, jobId });
  if (state !== 'completed') throw new Error(`the child is ${state}`);
  return { jobId };
};

// A failed child whose parent went on without it and waits for a worker, or is completed.
const passedOver = (opts, after) => childOf(opts, async q => {
  await work({ ...q, count: 1, timeout: 5000 });
  await after?.(q);
});

const setBack = async q => ({ ...(await failing({ opts: { attempts: 3 } })(q)), resetAttemptsMade: true, resetAttemptsStarted: true, parameters: ['reset'] });

// `also` is what BullMQ is asked beside its retry; `paused` where the queue is; `stuck` where a worker cannot simply finish the job; `jobs` until it has its turn.
export const cases = [
  { title: 'a plain failed job', prepare: failing() },
  { title: 'behind a waiting job', jobs: 2, prepare: failedThen(operations.add) },
  { title: 'a lifo job before a waiting job', prepare: failedThen(operations.add, { opts: { lifo: true } }) },
  { title: 'a paused queue', paused: true, prepare: failedThen(operations.pause) },
  { title: 'a paused queue with a waiting job', paused: true, jobs: 2, prepare: failedThen(async q => { await operations.add(q); await operations.pause(q); }) },
  { title: 'paused, then a job added', paused: true, prepare: failedThen(async q => { await operations.pause(q); await operations.add(q); }, { opts: { lifo: true } }) },
  { title: 'a prioritized job', majors: [4, 6], prepare: failing({ opts: { priority: 5 } }) },
  { title: 'a prioritized job', majors: [5], also: keepPriority(5), prepare: failing({ opts: { priority: 5 } }) },
  { title: 'a prioritized job in a queue whose meta has no version', majors: [5], also: keepPriority(5), prepare: untold(failing({ opts: { priority: 5 } })) },
  { title: 'a prioritized job in a queue whose meta has no version', majors: [6], prepare: untold(failing({ opts: { priority: 5 } })) },
  { title: 'a queue that keeps no events', prepare: failedThen(q => connection(q).hset(open(q).key('meta'), 'opts.maxLenEvents', 0)) },
  { title: 'a job whose bytes are not UTF-8', stuck: true, prepare: failedThen(q => connection(q).hset(open(q).key(q.jobId), 'extra', Buffer.from([0xff, 0xfe, 0x00]))) },
  { title: 'a delayed job', prepare: failing({ opts: { delay: 30 } }) },
  { title: 'three attempts, all made', prepare: failing({ opts: { attempts: 3 } }) },
  { title: 'attempts set back', majors: [5, 6], prepare: setBack },
  // BullMQ 4 keeps them: what it leaves is then what the script leaves once they are set back.
  { title: 'attempts set back', majors: [4], also: q => connection(q).hdel(open(q).key(q.jobId), 'attemptsMade'), prepare: setBack },
  { title: 'an unrecoverable error', prepare: failing({ opts: { attempts: 3 }, unrecoverable: true }) },
  { title: 'attempts with backoff', prepare: failing({ opts: { attempts: 2, backoff: { type: 'fixed', delay: 20 } } }) },
  { title: 'with logs and progress', prepare: failedThen(async q => { await operations.log({ ...q, lines: ['a', 'b'] }); await operations.progress({ ...q, progress: 50 }); }) },
  { title: 'data of 5 MB', prepare: failing({ data: undefined, dataBytes: 5_000_000 }) },
  { title: 'a custom id', prepare: failing({ opts: { jobId: 'a/b % ü <i>' } }) },
  { title: 'an odd queue name', queue: 'a/b % ü <[a]{b}>?#', prepare: failing() },
  { title: 'a prefix with a hash tag', prefix: '{bull}', prepare: failing() },
  { title: 'a queue whose meta has no limit of events', prepare: failedThen(q => connection(q).hdel(open(q).key('meta'), 'opts.maxLenEvents')) },
  { title: 'a queue whose meta has no version', prepare: untold(failing()) },
  { title: 'another job active', stuck: true, prepare: failedThen(q => activate({ ...q, jobId: undefined })) },
  { title: 'the limit of active jobs reached', majors: [5, 6], stuck: true, prepare: failedThen(async q => { await operations.concurrency({ ...q, concurrency: 1 }); await activate(q); await connection(q).del(open(q).key('marker')); }) },
  { title: 'the limit of active jobs not reached', majors: [5, 6], prepare: failedThen(q => operations.concurrency({ ...q, concurrency: 2 })) },
  { title: 'rate limited', stuck: true, prepare: failedThen(q => connection(q).set(open(q).key('limiter'), 10, 'PX', 60000)) },
  { title: "a queue of BullMQ's Rust crate", majors: [6], prepare: failedThen(async q => {
    await connection(q).hdel(open(q).key('meta'), 'version');
    await connection(q).hset(open(q).key('meta'), 'library', 'bullmq-official:1.4.4');
  }) },
  { title: 'a prefix with a colon', prefix: 'app:bull', prepare: failing() },
  { title: 'a deduplicated job', majors: [5, 6], prepare: failing({ opts: { deduplication: { id: 'once' } } }) },
  { title: 'a child, by default', prepare: childOf() },
  { title: 'a child that fails its parent', prepare: childOf({ failParentOnFailure: true }) },
  { title: 'a child whose failure is ignored', prepare: childOf({ ignoreDependencyOnFailure: true }) },
  { title: 'a child that stops being a dependency', prepare: childOf({ removeDependencyOnFailure: true }) },
  { title: 'a child whose parent goes on', majors: [5, 6], prepare: childOf({ continueParentOnFailure: true }) },
  { title: 'a child in a paused queue', paused: true, prepare: childOf({ ignoreDependencyOnFailure: true }, operations.pause) },
  { title: 'a child whose parent is gone', prepare: childOf({}, q => connection(q).del(`bull:parents:${q.parent}`)) },
  { title: 'a completed job', prepare: completedThen() },
  { title: 'a completed lifo job before a waiting job', prepare: completedThen(operations.add, { opts: { lifo: true } }) },
  { title: 'a completed job in a paused queue', paused: true, prepare: completedThen(operations.pause) },
  { title: 'a completed prioritized job', majors: [4, 6], prepare: completedThen(undefined, { opts: { priority: 5 } }) },
  { title: 'a completed prioritized job', majors: [5], also: keepPriority(5), prepare: completedThen(undefined, { opts: { priority: 5 } }) },
  { title: 'a completed job with attempts set back', majors: [5, 6], prepare: async q => ({ ...(await completedThen(undefined, { opts: { attempts: 3 } })(q)), resetAttemptsMade: true, resetAttemptsStarted: true, parameters: ['reset'] }) },
  { title: 'a completed child whose parent goes on waiting', stuck: true, prepare: completedChild(2) },
  { title: 'a completed child whose parent waits for no other', prepare: completedChild(1) },
  { title: 'a parent that a child made fail', stuck: true, prepare: parentFailed },
];

const memory = bytes => request => connection(request).config('SET', 'maxmemory', bytes);
const wrongType = suffix => failedThen(async q => {
  await connection(q).del(open(q).key(suffix));
  await connection(q).set(open(q).key(suffix), 'not BullMQ');
});

// What answers `code` or fails with `error`, and must leave every key as it was.
export const refusals = [
  { title: 'the events are not a stream', error: /WRONGTYPE/, prepare: wrongType('events') },
  { title: 'Redis is out of memory', error: /OOM/, prepare: failedThen(memory(1)), undo: memory(0) },
  { title: 'there is no such job', code: -1, prepare: async q => { await failing()(q); return { jobId: 'none' }; } },
  { title: 'its hash is gone', code: -1, prepare: failedThen(q => connection(q).del(open(q).key(q.jobId))) },
  { title: 'it waits', code: -3, prepare: operations.add },
  { title: 'it was retried already', code: -3, prepare: failedThen(operations.retry) },
  { title: 'it was retried with its flow and completed meanwhile', code: -3, prepare: withFlow(retriedMeanwhile) },
  { title: 'it was ignored, and its parent waits for a worker', code: -13, prepare: withFlow(passedOver({ ignoreDependencyOnFailure: true })) },
  { title: 'its parent went on and completed', code: -13, prepare: withFlow(passedOver({ continueParentOnFailure: true }, q => work({ ...q, queue: 'parents', count: 1, timeout: 5000 }))) },
  { title: 'it is to fail its parent, which waits for a worker', code: -13, prepare: withFlow(childOf({ failParentOnFailure: true })) },
  { title: 'it is active', code: -3, prepare: activate },
  { title: 'a lock is held', code: -6, prepare: failedThen(q => connection(q).set(open(q).key(`${q.jobId}:lock`), 'token', 'PX', 30000)) },
];

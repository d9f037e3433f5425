// The jobs on which the remove script is compared with BullMQ's own remove of one job, and those that it must refuse.
import { createHash } from 'node:crypto';
import * as operations from './operations.mjs';
import { connection, open } from './library.mjs';
import { activate, complete, fail, process as work } from './workers.mjs';

const DELAY = 3_600_000;

// What the script is told of the data that its entry keeps; BullMQ is told to leave the children.
async function told(request, jobId) {
  const data = await connection(request).hgetBuffer(open(request).key(jobId), 'data');
  const digest = data ? createHash('sha1').update(data).digest('hex') : 'none';
  return { jobId, parameters: [digest], options: { removeChildren: false } };
}

const job = (make, after) => async request => {
  const { jobId } = await make({ ...request, data: { to: 'a@example.com' } });
  await after?.({ ...request, jobId });
  return told(request, jobId);
};
const added = opts => request => operations.add({ ...request, opts });
const others = async q => { await operations.add({ ...q, jobId: undefined }); };
const child = (siblings, opts, after, ofParent = {}) => async request => {
  const children = Array.from({ length: siblings }, (_, n) => ({ queue: request.queue, data: { n }, opts }));
  const tree = await operations.flow({ ...request, queue: 'parents', children, opts: ofParent });
  const one = { ...request, jobId: tree.children[0].jobId, parent: tree.jobId };
  await after?.(one);
  return { ...(await told(request, one.jobId)), parent: one.parent };
};
// BullMQ puts the parent into the list, whatever its priority; what it leaves is then what the script leaves once the priority is
// given back.
const keepParentsPriority = priority => q => operations.prioritize({ ...q, queue: 'parents', jobId: q.parent, priority });
const pauseParents = q => operations.pause({ ...q, queue: 'parents' });
const failed = q => work({ ...q, count: 1, failWhen: { always: true }, timeout: 5000 });

export const cases = [
  { title: 'a waiting job', prepare: job(added()) },
  { title: 'a waiting job among others', prepare: async q => { await others(q); const made = await job(added())(q); await others(q); return made; } },
  { title: 'a waiting job of a paused queue', prepare: job(added(), operations.pause) },
  { title: 'a delayed job', prepare: job(added({ delay: DELAY })) },
  { title: 'a prioritized job', prepare: job(added({ priority: 3 })) },
  { title: 'a failed job', prepare: job(fail) },
  { title: 'a completed job', prepare: job(complete) },
  { title: 'with logs and progress', prepare: job(added(), async q => { await operations.log({ ...q, lines: ['a', 'b'] }); await operations.progress({ ...q, progress: 50 }); }) },
  { title: 'a job without data', prepare: job(added(), q => connection(q).hdel(open(q).key(q.jobId), 'data')) },
  { title: 'a queue whose meta has no limit of events', prepare: job(added(), q => connection(q).hdel(open(q).key('meta'), 'opts.maxLenEvents')) },
  { title: 'a custom id', prepare: job(added({ jobId: 'a/b % ü <i>' })) },
  { title: 'an odd queue name', queue: 'a/b % ü <[a]{b}>?#', prepare: job(added()) },
  { title: 'a prefix with a colon', prefix: 'app:bull', prepare: job(added()) },
  { title: 'a deduplicated job', majors: [5, 6], prepare: job(added({ deduplication: { id: 'once' } })) },
  { title: 'a deduplicated job whose key names another', majors: [5, 6], prepare: job(added({ deduplication: { id: 'once' } }), q => connection(q).set(open(q).key('de:once'), 'other')) },
  { title: 'one of two children', prepare: child(2) },
  { title: 'the last child', prepare: child(1) },
  { title: 'the last child, whose parents are paused', prepare: child(1, {}, pauseParents) },
  { title: 'the last child of a parent with a priority', also: keepParentsPriority(5), prepare: child(1, {}, undefined, { priority: 5 }) },
  { title: 'a delayed last child', prepare: child(1, { delay: DELAY }) },
  { title: 'a child that failed', prepare: child(1, {}, failed) },
  { title: 'a child whose parent is gone', prepare: child(1, {}, q => connection(q).del(`bull:parents:${q.parent}`)) },
  { title: 'a parent whose children have finished', prepare: async q => {
    const tree = await operations.flow({ ...q, children: [{ queue: 'kids' }] });
    await work({ ...q, queue: 'kids', count: 1, timeout: 5000 });
    return told(q, tree.jobId);
  } },
];

export const refusals = [
  { title: 'the events are not a stream', error: /WRONGTYPE/, prepare: job(added(), async q => { await connection(q).del(open(q).key('events')); await connection(q).set(open(q).key('events'), 'no stream'); }) },
  { title: 'what its deduplication id names is not a string', error: /WRONGTYPE/, prepare: job(added(), async q => {
    await connection(q).hset(open(q).key(q.jobId), 'deid', 'a:b');
    await connection(q).hset(open(q).key('de:a:b'), 'name', 'other');
  }) },
  { title: 'Redis lets nobody unlink', error: /can't run this command|unlink/i, prepare: job(added(), operations.forbid('unlink')), undo: operations.allow('unlink') },
  { title: 'Redis is out of memory', error: /OOM/, prepare: job(added(), q => connection(q).config('SET', 'maxmemory', 1)), undo: q => connection(q).config('SET', 'maxmemory', 0) },
  { title: 'there is no such job', code: -1, prepare: async q => ({ ...(await job(added())(q)), jobId: 'none' }) },
  { title: 'it is active', code: -6, prepare: async q => told(q, (await activate({ ...q, jobId: undefined })).jobId) },
  { title: 'it is active without a lock', code: -3, prepare: async q => {
    const { jobId } = await activate({ ...q, jobId: undefined });
    await connection(q).del(open(q).key(`${jobId}:lock`));
    return told(q, jobId);
  } },
  { title: 'it waits for its children', code: -3, prepare: async q => told(q, (await operations.flow({ ...q, children: [{ queue: 'kids' }] })).jobId) },
  { title: 'it is the next job of a scheduler', code: -8, prepare: async q => told(q, (await operations.scheduler({ ...q, schedulerId: 'hourly', repeat: { pattern: '0 0 1 1 *' } })).jobId) },
  { title: 'it is the next job of a repeatable of BullMQ 4', major: 4, code: -8, prepare: async q => told(q, (await operations.scheduler({ ...q, schedulerId: 'hourly', repeat: { pattern: '0 0 1 1 *' } })).jobId) },
  { title: 'its data was changed', code: -9, prepare: async q => ({ ...(await job(added())(q)), parameters: ['0'.repeat(40)] }) },
  { title: 'it has data that the entry does not', code: -9, prepare: async q => ({ ...(await job(added())(q)), parameters: ['none'] }) },
];

// The active jobs without a lock on which the scripts that fail and complete one are compared with BullMQ's own moveToFailed
// and moveToCompleted, and those that they must refuse. BullMQ is told the token `0`, with which it asks for no lock.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import * as operations from './operations.mjs';
import { connection, existing, library, open } from './library.mjs';

const DELAY = 3_600_000;
const REASON = 'the machine was lost';
const RESULT = '{"sent":true}';
const key = (q, suffix) => open(q).key(suffix);

export const theirs = {
  // An error of this name is not retried, and one without a stack adds no trace.
  fail_stuck: async q => (await existing(q)).moveToFailed({ name: 'UnrecoverableError', message: REASON }, '0', false),
  complete_stuck: async q => (await existing(q)).moveToCompleted(JSON.parse(RESULT), '0', false),
};

// The moments at which the two ended the job differ.
export function settleTimes(q, both) {
  for (const all of both) {
    for (const one of Object.values(all)) {
      if (one.type === 'hash' && one.value.finishedOn) one.value.finishedOn = 'then';
      if (one.type === 'zset') one.value = one.value.map((text, at) => (at % 2 && Math.abs(Number(text) - Date.now()) < 60_000 ? 'then' : text));
      if (one.type === 'zset' && one.value.length === 2) one.value[1] = dueSoon(one.value[1]);
      if (one.type === 'stream') for (const fields of one.value) if (fields[1] === 'delayed') fields[5] = dueSoon(fields[5]);
      if (one.type === 'list') one.value = one.value.map(text => (/^0:[1-9]/.test(text) ? `0:${dueSoon(text.slice(2))}` : text));
    }
  }
}
// A parent's delay begins once its child has ended.
const dueSoon = text => [1, 0x1000].some(unit => Math.abs(Number(text) / unit - Date.now() - DELAY) < 60_000) ? 'in an hour' : text;

// Has a worker take the next job, and lose it.
async function lose(q) {
  const { queue, client } = open(q);
  const { Worker } = library(q.major);
  const worker = new Worker(q.queue, undefined, { connection: client, prefix: q.prefix ?? 'bull' });
  const job = await worker.getNextJob('lost');
  await worker.close();
  assert.ok(job, 'no job was taken');
  await client.del(queue.toKey(`${job.id}:lock`));
  return job.id;
}

async function told(q, jobId) {
  const client = connection(q);
  const [data, parent] = [await client.hgetBuffer(key(q, jobId), 'data'), await client.hget(key(q, jobId), 'parentKey')];
  const digest = data ? createHash('sha1').update(data).digest('hex') : 'none';
  return { jobId, parameters: [q.script === 'fail_stuck' ? REASON : RESULT, digest, parent ?? ''] };
}

const stuck = (make, after) => async request => {
  await make({ ...request, data: { to: 'a@example.com' } });
  const jobId = await lose(request);
  await after?.({ ...request, jobId });
  return told(request, jobId);
};
const added = opts => q => operations.add({ ...q, opts });
const child = (opts, ofParent = {}, siblings = 1) => async q => {
  const children = Array.from({ length: siblings }, () => ({ queue: q.queue, opts }));
  await operations.flow({ ...q, queue: 'parents', children, opts: ofParent });
};
const grandchild = opts => async q => {
  await operations.flow({ ...q, queue: 'top', children: [{ queue: 'parents', opts, children: [{ queue: q.queue, opts }] }] });
};
const pauseParents = q => operations.pause({ ...q, queue: 'parents' });
const sameQueue = async q => { await operations.flow({ ...q, children: [{ queue: q.queue }] }); };

const scheduled = q => operations.scheduler({ ...q, schedulerId: 'hourly', repeat: { every: DELAY } });
// Has a worker take a scheduler's job and lose it before it makes the next one.
const loseSchedule = async q => {
  const { client } = open(q);
  const { jobId } = await scheduled(q);
  const due = jobId.split(':').at(-1);
  await client.zrem(key(q, 'delayed'), jobId);
  await client.zrem(key(q, 'prioritized'), jobId);
  await client.lrem(key(q, 'wait'), 0, jobId);
  await client.lpush(key(q, 'active'), jobId);
  assert.equal((await client.zrange(key(q, 'repeat'), 0, -1, 'WITHSCORES'))[1], due);
  return told(q, jobId);
};
// A scheduler's job that waits is taken by the worker, which makes the next one.
const scheduledThenLost = async q => {
  const { client } = open(q);
  const { jobId } = await scheduled(q);
  if (await client.zrem(key(q, 'delayed'), jobId)) await client.lpush(key(q, 'wait'), jobId);
  assert.equal(await lose(q), jobId);
  return told(q, jobId);
};

const shared = [
  { title: 'a plain job', prepare: stuck(added()) },
  { title: 'with attempts left', prepare: stuck(added({ attempts: 5 })) },
  { title: 'with an odd queue name', queue: 'a/b % ü <[a]{b}>?#', prepare: stuck(added()) },
  { title: 'under another prefix', prefix: '{other}', prepare: stuck(added()) },
  { title: 'with others that wait', prepare: stuck(async q => { await added()(q); await added()(q); }) },
  { title: 'in a paused queue', prepare: stuck(added(), operations.pause) },
  { title: 'in a paused queue with others', prepare: stuck(async q => { await added()(q); await added()(q); }, operations.pause) },
  { title: 'that is removed when it ends', prepare: stuck(added({ removeOnComplete: true, removeOnFail: true })) },
  { title: 'of which none is kept', prepare: stuck(added({ removeOnComplete: { count: 0 }, removeOnFail: 0 })) },
  { title: 'of which some are kept', prepare: stuck(added({ removeOnComplete: 5, removeOnFail: { age: 1000 } })) },
  { title: 'with a priority', prepare: stuck(added({ priority: 3 })) },
  { title: 'with a log', prepare: stuck(added(), q => operations.log({ ...q, lines: ['one'] })) },
  { title: 'that is deduplicated', majors: [5, 6], prepare: stuck(added({ deduplication: { id: 'once' } })) },
  { title: 'that is deduplicated for a time', majors: [5, 6], prepare: stuck(added({ deduplication: { id: 'once', ttl: DELAY } })) },
  { title: 'whose deduplication key names another', majors: [5, 6], prepare: stuck(added({ deduplication: { id: 'once' } }), q => connection(q).set(key(q, 'de:once'), 'other')) },
  { title: 'of a scheduler, whose next job is there', prepare: scheduledThenLost },
  { title: 'a child', prepare: stuck(child({})) },
  { title: 'one of two children', prepare: stuck(child({}, {}, 2)) },
  { title: 'a child in its parent\'s queue', prepare: stuck(sameQueue) },
  { title: 'a child whose parent has a priority', prepare: stuck(child({ removeDependencyOnFailure: true }, { priority: 4 })) },
  { title: 'a child whose parent has a delay', prepare: stuck(child({ removeDependencyOnFailure: true }, { delay: DELAY })) },
  { title: 'a child whose paused parent has a delay', prepare: stuck(child({ removeDependencyOnFailure: true }, { delay: DELAY }), pauseParents) },
  { title: 'a child of a paused parent', prepare: stuck(child({ removeDependencyOnFailure: true }), pauseParents) },
  { title: 'a child whose parent is gone', prepare: stuck(child({}), async q => {
    const { client } = open(q);
    const parent = await client.hget(key(q, q.jobId), 'parentKey');
    await client.del(parent, `${parent}:dependencies`);
  }) },
  { title: 'a child that is removed when it ends', prepare: stuck(child({ removeOnComplete: true, removeOnFail: true })) },
];

const failures = [
  { title: 'a child that fails its parent', prepare: stuck(child({ failParentOnFailure: true })) },
  { title: 'a child that fails its paused parent', prepare: stuck(child({ failParentOnFailure: true }), pauseParents) },
  { title: 'one of two children, that fails its parent', prepare: stuck(child({ failParentOnFailure: true }, {}, 2)) },
  { title: 'a grandchild that fails all above it', prepare: stuck(grandchild({ failParentOnFailure: true })) },
  { title: 'a child whose failure is ignored', majors: [5, 6], prepare: stuck(child({ ignoreDependencyOnFailure: true })) },
  { title: 'one of two children whose failure is ignored', majors: [5, 6], prepare: stuck(child({ ignoreDependencyOnFailure: true }, {}, 2)) },
  { title: 'one of two children whose parent continues', majors: [5, 6], prepare: stuck(child({ continueParentOnFailure: true }, {}, 2)) },
  { title: 'a child that its parent no longer depends on', prepare: stuck(child({ removeDependencyOnFailure: true })) },
];

// A job whose id is that of the key is a hash there.
const deduplicatedByAJob = async q => {
  await connection(q).hset(key(q, q.jobId), 'deid', 'a:b');
  await connection(q).hset(key(q, 'de:a:b'), 'name', 'other');
};

const refused = [
  { title: 'there is no such job', code: -1, prepare: async q => ({ ...(await stuck(added())(q)), jobId: 'none' }) },
  { title: 'a worker holds it', code: -6, prepare: stuck(added(), q => connection(q).set(key(q, `${q.jobId}:lock`), 'token')) },
  { title: 'its scheduler has no next job yet', code: -8, prepare: loseSchedule },
  { title: 'its repeatable of BullMQ 4 has no next job yet', major: 4, code: -8, prepare: loseSchedule },
  { title: 'it waits', code: -3, prepare: async q => told(q, (await added()(q)).jobId) },
  { title: 'it would be removed with other data than the entry has', code: -9, prepare: async q => {
    const made = await stuck(added({ removeOnComplete: true, removeOnFail: true }))(q);
    return { ...made, parameters: [made.parameters[0], 'stays', ''] };
  } },
  { title: 'it has another parent than the entry names', code: -9, prepare: async q => {
    const made = await stuck(child({}))(q);
    return { ...made, parameters: [...made.parameters.slice(0, 2), 'bull:others:1'] };
  } },
  { title: 'another waits for its end', code: -12, prepare: stuck(added({ deduplication: { id: 'once', keepLastIfActive: true } }), q => connection(q).hset(key(q, 'dn:once'), 'name', 'next')) },
  { title: 'the events are not a stream', error: /WRONGTYPE/, prepare: stuck(added(), async q => { await connection(q).del(key(q, 'events')); await connection(q).set(key(q, 'events'), 'no stream'); }) },
  { title: 'the parent\'s events are not a stream', error: /WRONGTYPE/, prepare: stuck(child({ removeDependencyOnFailure: true }), async q => { await connection(q).del('bull:parents:events'); await connection(q).set('bull:parents:events', 'no stream'); }), undo: q => connection(q).del(operations.auditKeys[0]) },
  { title: 'what its deduplication id names is not a string', error: /WRONGTYPE/, prepare: stuck(added({ removeOnComplete: true, removeOnFail: true }), deduplicatedByAJob) },
  { title: 'the marker is not a sorted set', error: /WRONGTYPE/, prepare: stuck(async q => { await added()(q); await added()(q); }, async q => {
    await operations.concurrency({ ...q, concurrency: 1 });
    await connection(q).del(key(q, 'marker'));
    await connection(q).set(key(q, 'marker'), 'no marker');
  }), undo: q => connection(q).del(operations.auditKeys[0]) },
  { title: 'Redis lets nobody unlink', error: /can't run this command|unlink/i, prepare: stuck(added(), operations.forbid('unlink')), undo: operations.allow('unlink') },
  { title: 'Redis is out of memory', error: /OOM/, prepare: stuck(added(), q => connection(q).config('SET', 'maxmemory', 1)), undo: q => connection(q).config('SET', 'maxmemory', 0) },
];
const pending = major => ({
  title: 'a child of it is pending', code: -4, major, prepare: stuck(added(), q => connection(q).sadd(key(q, `${q.jobId}:dependencies`), 'bull:kids:1')),
});

export const fail_stuck = { cases: [...shared, ...failures], refusals: [...refused, pending(4)] };
export const complete_stuck = { cases: shared, refusals: [...refused, pending(5)] };

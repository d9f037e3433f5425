// The jobs for which the script that adds one is compared with BullMQ's own `queue.add`, and those that it must refuse where
// BullMQ would ignore the job without a word, or overwrite another.
import assert from 'node:assert/strict';
import * as operations from './operations.mjs';
import { connection, open } from './library.mjs';
import { complete } from './workers.mjs';

export const DATA = { to: 'a@example.com', n: [1, 2.5, null], 'ü': true };

// Runs the script as Bullkeeper's store does: the options as pairs, in the order in which they were given to BullMQ.
export async function run(request) {
  const { major, prefix = 'bull', queue, name, data, opts, timestamp, checkedFor = major } = request;
  const ownId = opts.jobId ?? '';
  const key = suffix => `${prefix}:${queue}:${suffix}`;
  const suffixes = [
    ownId, `${ownId}:lock`, 'meta', 'events', 'wait', 'paused', 'active', 'delayed', 'prioritized', 'completed', 'failed', '',
    'waiting-children', 'repeat', 'pc', 'marker',
  ];
  const [audit, list, change] = operations.auditKeys;
  const keys = [...suffixes.map(key), audit, `${list}:${ownId}`, change];
  const parameters = [timestamp, name, JSON.stringify(data), JSON.stringify(Object.entries(opts)), ownId, checkedFor === 4 ? '1' : '0'];
  const whole = operations.operationCode('add');
  return connection(request).eval(whole, keys.length, ...keys, '', '0', '', '0', '0', '', parameters.length, ...parameters, '0', 'action', 'job.add');
}

const HOUR = 3_600_000;
const plain = q => operations.add({ ...q, name: 'other' });
// A parent in `parents` that waits for a child elsewhere; `queue` is how BullMQ's options name its queue.
const parentOf = more => async q => {
  const tree = await operations.flow({ ...q, queue: 'parents', children: [{ queue: 'kids' }] });
  return { parent: { id: tree.jobId, queue: `${q.prefix ?? 'bull'}:parents` }, ...more };
};
const then = (opts, ...steps) => async q => {
  for (const step of steps) await step(q);
  return typeof opts === 'function' ? opts(q) : opts;
};
const sets = (key, value) => q => connection(q).set(open(q).key(key), value);

// Every choice that a person has, each given or not.
const CHOICES = [
  ['delay', HOUR], ['priority', 7], ['lifo', true], ['attempts', 3], ['backoff', { type: 'exponential', delay: 1500 }], ['jobId', 'order/17 ü'],
  ['removeOnComplete', { age: 3600, count: 100 }], ['removeOnFail', 500],
];
const chosen = bits => Object.fromEntries(CHOICES.filter((_, n) => (bits >> n) & 1));
// Who else has a part in it: nobody, a deduplication id, or a parent.
const COMPANY = {
  alone: { with: opts => () => opts },
  deduplicated: { majors: [5, 6], with: opts => () => ({ ...opts, deduplication: { id: 'once', ttl: 5000 } }) },
  child: { with: opts => parentOf(opts) },
};

// Of all combinations every seventh, another one for each company, running and paused.
const combinations = Object.entries(COMPANY).flatMap(([name, company], first) => [false, true].flatMap(paused => {
  const bits = Array.from({ length: 1 << CHOICES.length }, (_, n) => n).filter(n => n % 7 === (2 * first + Number(paused)) % 7);
  return bits.map(n => ({
    title: `${Object.keys(chosen(n)).join(', ') || 'no option'}, ${name}${paused ? ', paused' : ''}`,
    majors: company.majors,
    prepare: async q => {
      const opts = await company.with(chosen(n))(q);
      if (paused) await operations.pause(q);
      return opts;
    },
  }));
}));

export const cases = [
  { title: 'a plain job', worked: true },
  { title: 'behind a waiting job', worked: true, jobs: 2, prepare: then({}, plain) },
  { title: 'before a waiting job', worked: true, jobs: 2, prepare: then({ lifo: true }, plain) },
  { title: 'a prioritized job', worked: true, opts: { priority: 3 } },
  { title: 'a prioritized job behind a waiting one', worked: true, jobs: 2, prepare: then({ priority: 3 }, plain) },
  { title: 'the lowest priority', worked: true, opts: { priority: 2_097_151 } },
  { title: 'a job that is soon due', worked: true, opts: { delay: 60 } },
  { title: 'a delayed job before another', prepare: then({ delay: HOUR }, q => operations.add({ ...q, opts: { delay: 2 * HOUR } })) },
  { title: 'a delayed job behind another', prepare: then({ delay: 2 * HOUR }, q => operations.add({ ...q, opts: { delay: HOUR } })) },
  { title: 'a delayed job and a waiting one', worked: false, prepare: then({ delay: HOUR }, plain) },
  { title: 'delay and priority', opts: { delay: HOUR, priority: 3 } },
  { title: 'attempts and a backoff', worked: true, opts: { attempts: 5, backoff: { type: 'fixed', delay: 1000 } } },
  { title: 'removed when it completes', opts: { removeOnComplete: true, removeOnFail: false } },
  { title: 'kept by number and age', worked: true, opts: { removeOnComplete: 10, removeOnFail: { age: 60 } } },
  { title: 'its own id', worked: true, opts: { jobId: 'order-17' } },
  { title: 'an own id with colons', worked: true, opts: { jobId: 'a:b:c' } },
  { title: 'a paused queue', worked: true, paused: true, prepare: then({}, operations.pause) },
  { title: 'a paused queue with a waiting job', worked: true, paused: true, jobs: 2, prepare: then({}, plain, operations.pause) },
  { title: 'a paused queue, lifo', worked: true, paused: true, jobs: 2, prepare: then({ lifo: true }, plain, operations.pause) },
  { title: 'a paused queue, with a priority', worked: true, paused: true, prepare: then({ priority: 9 }, operations.pause) },
  { title: 'a paused queue, delayed', prepare: then({ delay: HOUR }, operations.pause) },
  { title: 'a queue at its own limit of active jobs', majors: [5, 6], prepare: then({}, q => operations.concurrency({ ...q, concurrency: 0 })) },
  { title: 'a queue whose meta has no limit of events', worked: true, prepare: then({}, operations.ready, q => connection(q).hdel(open(q).key('meta'), 'opts.maxLenEvents')) },
  { title: 'deduplicated', majors: [5, 6], worked: true, opts: { deduplication: { id: 'once' } } },
  { title: 'deduplicated for a time', majors: [5, 6], worked: true, opts: { deduplication: { id: 'once', ttl: 60_000 } } },
  { title: 'a deduplication id of a job that is gone', majors: [6], prepare: then({ deduplication: { id: 'once' } }, operations.ready, sets('de:once', 'gone')) },
  { title: 'a child', worked: true, prepare: parentOf({}) },
  { title: 'a delayed child', prepare: parentOf({ delay: HOUR }) },
  { title: 'a child that fails its parent', worked: true, prepare: parentOf({ failParentOnFailure: true }) },
  { title: 'a child that may go missing', worked: true, prepare: parentOf({ removeDependencyOnFailure: true }) },
  { title: 'a child whose failure is ignored', majors: [5, 6], worked: true, prepare: parentOf({ ignoreDependencyOnFailure: true }) },
  { title: 'a child after whose failure its parent goes on', majors: [5, 6], worked: true, prepare: parentOf({ continueParentOnFailure: true }) },
  { title: 'an odd queue name', worked: true, queue: 'a/b % ü <[a]{b}>?#' },
  { title: 'a prefix with a colon', worked: true, prefix: 'app:bull' },
  ...combinations,
];

// What taking back leaves: a stream that is empty now, and a counter that has gone up, of which only the order counts.
const forget = async q => {
  assert.equal(await connection(q).xlen(operations.auditKeys[0]), 0);
  await connection(q).del(operations.auditKeys[0], open(q).key('pc'));
};
const existing = opts => async q => { await operations.add({ ...q, opts }); };

export const refusals = [
  { title: 'there is no such queue', answer: ['no-queue'] },
  { title: 'there is only what a mistyped name leaves', answer: ['no-queue'], prepare: async q => { await connection(q).hset(open(q).key('meta'), 'library', 'bullmq'); await open(q).queue.waitUntilReady(); await connection(q).del(open(q).key('meta')); await connection(q).hset(open(q).key('meta'), 'library', 'bullmq'); return {}; } },
  ...[4, 5, 6].map(major => ({ title: `its id is taken, BullMQ ${major}`, major, answer: ['taken'], prepare: then({ jobId: 'a' }, existing({ jobId: 'a' })) })),
  { title: 'its id is that of a completed job', answer: ['taken'], prepare: then({ jobId: 'a' }, q => complete({ ...q, opts: { jobId: 'a' } })) },
  ...[5, 6].map(major => ({ title: `its deduplication id is taken, BullMQ ${major}`, major, answer: ['deduplicated', '1'], prepare: then({ deduplication: { id: 'once' } }, existing({ deduplication: { id: 'once' } })) })),
  { title: 'there is no such parent', answer: ['no-parent'], prepare: then({ parent: { id: 'none', queue: 'bull:parents' } }, operations.ready) },
  { title: 'its parent does not wait for children', answer: ['parent-not-waiting'], prepare: async q => { const { jobId } = await plain(q); return { parent: { id: jobId, queue: `bull:${q.queue}` } }; } },
  { title: 'its options were checked for another BullMQ', answer: ['other-version'], asked: { checkedFor: 4 }, prepare: then({}, operations.ready) },
  { title: 'the events are not a stream', error: /WRONGTYPE/, prepare: then({ delay: HOUR, jobId: 'a', deduplication: { id: 'once' } }, operations.ready, q => connection(q).del(open(q).key('events')), sets('events', 'no stream')) },
  { title: 'the waiting jobs are not a list', error: /WRONGTYPE/, prepare: then({}, operations.ready, sets('wait', 'no list')) },
  { title: 'the delayed jobs are not a set', error: /WRONGTYPE/, prepare: then({ delay: HOUR }, plain, sets('delayed', 'no set')) },
  { title: 'the marker is not a set', error: /WRONGTYPE/, prepare: then({ priority: 3, deduplication: { id: 'once' } }, plain, sets('marker', 'no set')), undo: forget },
  { title: 'the set of the parent\'s children is none', error: /WRONGTYPE/, prepare: async q => { const opts = await parentOf({})(q); await connection(q).del(`${opts.parent.queue}:${opts.parent.id}:dependencies`); await connection(q).set(`${opts.parent.queue}:${opts.parent.id}:dependencies`, 'none'); await operations.ready(q); return opts; }, undo: forget },
  { title: 'Redis is out of memory', error: /OOM/, prepare: then({ jobId: 'a' }, operations.ready, q => connection(q).config('SET', 'maxmemory', 1)), undo: q => connection(q).config('SET', 'maxmemory', 0) },
];

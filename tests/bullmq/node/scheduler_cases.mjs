// Schedulers for which the script that creates and changes them is compared with BullMQ's own `queue.upsertJobScheduler`, and
// those that it must refuse.
import * as operations from './operations.mjs';
import { connection, open } from './library.mjs';
import { process as work } from './workers.mjs';

const HOUR = 3_600_000;
const scripts = 'bullmq/operations/scripts';
const revisionCode = `${scripts}/parts/scheduler_revision`;

const revision = request => {
  const code = `${operations.code(revisionCode)}\nreturn scheduler_revision(KEYS[1])`;
  return connection(request).eval(code, 1, open(request).key(`repeat:${request.schedulerId}`));
};

// What the script is told of a scheduler, as Bullkeeper's store tells it. `runs` are the next runs of a pattern.
function plan({ name, repeat, opts = {} }, runs, stays) {
  const { immediately, ...given } = repeat;
  const fields = ['tz', 'limit', 'pattern', 'startDate', 'endDate', 'every'].filter(field => given[field] !== undefined);
  const repeats = [...Object.entries(given), ['offset'], ['count', 1]];
  for (const date of ['startDate', 'endDate']) if (given[date] === undefined) repeats.push([date]);
  return {
    name, fields: fields.map(field => [field, given[field]]), template: Object.entries(opts), repeat: repeats,
    every: repeat.every, start: repeat.startDate, ends: repeat.endDate, stays, runs: repeat.every ? undefined : runs,
  };
}

// Runs the script as Bullkeeper's store does.
export async function run(request) {
  const { prefix = 'bull', queue, schedulerId, now, data = {}, seen = '', seenJob = '', runs, stays } = request;
  const suffixes = [
    'meta', 'events', 'wait', 'paused', 'active', 'delayed', 'prioritized', 'marker', 'id', 'pc', 'repeat', `repeat:${schedulerId}`, '',
  ];
  const [audit, , change] = operations.auditKeys;
  const keys = [...suffixes.map(suffix => `${prefix}:${queue}:${suffix}`), audit, change];
  const parts = [revisionCode, `${scripts}/parts/edited_next_job`, `${scripts}/parts/enqueue`, `${scripts}/parts/all_or_nothing`, `${scripts}/set_scheduler`];
  const told = [schedulerId, seen, seenJob, String(now), JSON.stringify(plan(request, runs, stays)), JSON.stringify(data), '0', '0'];
  return connection(request).eval(operations.code(...parts), keys.length, ...keys, ...told, 'action', 'scheduler.set', 'note', '');
}

// BullMQ's own, at a moment that stands still; then the script at the same moment. Answers what the script answered.
export async function both(request, one, ours) {
  const asked = { ...request, schedulerId: one.id ?? 'nightly', name: 'report', ...one.to };
  const seen = one.edits ? await revision({ ...asked, db: 1 }) : '';
  const now = Date.now();
  const clock = Date.now;
  Date.now = () => now;
  try {
    await operations.scheduler(asked);
  } finally {
    Date.now = clock;
  }
  const due = Number(await connection(request).zscore(open(request).key('repeat'), asked.schedulerId));
  return run({ ...asked, now, seen, runs: one.runs?.(now) ?? [due], stays: one.stays, db: ours });
}

const at = (repeat, more = {}) => ({ repeat, data: { to: 'a@example.com', n: [1, 2.5, null] }, ...more });
const yearly = { pattern: '0 0 1 1 *', tz: 'UTC' };
const later = () => Date.now() + 300 * 24 * HOUR;
const once = (repeat, more) => q => operations.scheduler({ ...q, schedulerId: 'nightly', ...at(repeat, { name: 'before', ...more }) });
const then = (...steps) => async q => {
  for (const step of steps) await step(q);
};
// A worker takes the next job of an interval, and makes the one after it.
const worked = q => work({ ...q, count: 1, timeout: 5000 });
const OPTIONS = { priority: 3, attempts: 5, backoff: { type: 'exponential', delay: 1500 }, removeOnComplete: { age: 3600, count: 100 }, removeOnFail: 500 };

const created = [
  { title: 'a pattern', to: at(yearly) },
  { title: 'a pattern without a zone', to: at({ pattern: '0 0 1 1 *' }) },
  { title: 'a pattern with everything', to: at({ pattern: '15 3 * * *', tz: 'Europe/Berlin', startDate: later(), endDate: later() + 100 * 24 * HOUR, limit: 10 }) },
  { title: 'a pattern that runs at once', worked: true, to: at({ ...yearly, immediately: true }) },
  { title: 'a pattern without data', to: { repeat: yearly } },
  { title: 'an interval', worked: true, to: at({ every: HOUR }) },
  { title: 'an interval with a limit and an end', worked: true, to: at({ every: HOUR, limit: 3, endDate: later() }) },
  { title: 'an interval that starts later', to: at({ every: HOUR, startDate: later() }) },
  { title: 'options of its jobs', to: at(yearly, { opts: OPTIONS }) },
  { title: 'an interval of prioritized jobs', worked: true, to: at({ every: HOUR }, { opts: OPTIONS }) },
  { title: 'an interval of jobs that run first', worked: true, jobs: 2, prepare: operations.add, to: at({ every: HOUR }, { opts: { lifo: true } }) },
  { title: 'options that no form has', to: at(yearly, { opts: { stackTraceLimit: 3, sizeLimit: 1000 } }) },
  { title: 'among delayed jobs', prepare: q => operations.add({ ...q, opts: { delay: HOUR } }), to: at(yearly) },
  { title: 'a paused queue, a pattern', prepare: operations.pause, to: at(yearly) },
  { title: 'a paused queue, an interval', worked: true, paused: true, prepare: operations.pause, to: at({ every: HOUR }) },
  { title: 'a paused queue with a waiting job', worked: true, paused: true, jobs: 2, prepare: then(operations.add, operations.pause), to: at({ every: HOUR }) },
  { title: 'a queue at its own limit of active jobs', prepare: q => operations.concurrency({ ...q, concurrency: 0 }), to: at({ every: HOUR }) },
  { title: 'a queue whose meta has no limit of events', prepare: q => connection(q).hdel(open(q).key('meta'), 'opts.maxLenEvents'), to: at(yearly) },
  { title: 'an odd id', id: 'a/b % ü <i>', to: at(yearly) },
  { title: 'an odd queue name', queue: 'a/b % ü <[a]{b}>?#', to: at(yearly) },
  { title: 'a prefix with a colon', prefix: 'app:bull', to: at(yearly) },
];

const edited = [
  { title: 'another pattern', prepare: once(yearly), to: at({ pattern: '30 4 2 2 *', tz: 'Europe/Berlin' }) },
  { title: 'the same pattern, other data', stays: true, prepare: once(yearly), to: at(yearly, { data: { to: 'b@example.com' } }) },
  { title: 'no data any more', stays: true, prepare: once(yearly), to: { repeat: yearly } },
  { title: 'no options any more', stays: true, prepare: once(yearly, { opts: OPTIONS }), to: at(yearly) },
  { title: 'a limit and an end', stays: true, prepare: once(yearly), to: at({ ...yearly, endDate: Date.now() + 800 * 24 * HOUR, limit: 4 }) },
  { title: 'a pattern, run at once', worked: true, prepare: once(yearly), to: at({ ...yearly, immediately: true }) },
  { title: 'from a pattern to an interval', worked: true, prepare: once(yearly), to: at({ every: HOUR }) },
  { title: 'from an interval to a pattern', prepare: once({ every: HOUR }), to: at(yearly) },
  { title: 'the same interval while its job waits', worked: true, prepare: once({ every: HOUR }), to: at({ every: HOUR }, { data: { n: 2 } }) },
  { title: 'another interval while its job waits', worked: true, prepare: once({ every: HOUR }), to: at({ every: 2 * HOUR }) },
  { title: 'another interval while its job is prioritized', worked: true, prepare: once({ every: HOUR }, { opts: OPTIONS }), to: at({ every: 2 * HOUR }) },
  { title: 'the same interval while its job is delayed', prepare: then(once({ every: HOUR }), worked), to: at({ every: HOUR }, { data: { n: 2 } }) },
  { title: 'another interval while its job is delayed', worked: true, prepare: then(once({ every: HOUR }), worked), to: at({ every: 2 * HOUR }) },
  { title: 'an interval that ended', prepare: then(once({ every: HOUR, limit: 1 }), worked), to: at({ every: HOUR }) },
  { title: 'a paused queue, another pattern', prepare: then(once(yearly), operations.pause), to: at({ pattern: '30 4 2 2 *', tz: 'UTC' }) },
  // BullMQ 6 looks for the job in `paused`, where its own pause does not put it.
  { title: 'a paused queue, another interval while its job waits', majors: [5], worked: true, paused: true, prepare: then(once({ every: HOUR }), operations.pause), to: at({ every: 2 * HOUR }) },
  { title: 'a paused queue, another interval while its job is delayed', worked: true, paused: true, prepare: then(once({ every: HOUR }), worked, operations.pause), to: at({ every: 2 * HOUR }) },
  { title: 'a next job with a log', prepare: async q => { const { jobId } = await once(yearly)(q); await operations.log({ ...q, jobId, lines: ['a', 'b'] }); }, to: at({ pattern: '30 4 2 2 *', tz: 'UTC' }) },
].map(one => ({ ...one, edits: true }));

export const cases = [
  ...created.map(one => ({ ...one, title: `created: ${one.title}` })),
  ...edited.map(one => ({ ...one, title: `changed: ${one.title}` })),
];

// What ours does better than BullMQ: `check` gets what is left, by the suffixes of its keys.
const jobsOf = left => Object.keys(left).filter(key => /:repeat:nightly:\d+$/.test(key));
const lists = (left, ...suffixes) => suffixes.flatMap(suffix => Object.entries(left).find(([key]) => key.endsWith(`:${suffix}`))?.[1].value ?? []);
const one = (title, more) => ({ title, id: 'nightly', ...more });
export const better = [
  one('a paused queue of BullMQ 6 keeps one job though its interval changes', {
    majors: [6], prepare: then(once({ every: HOUR }), operations.pause), times: [at({ every: 2 * HOUR }), at({ every: 3 * HOUR }), at({ every: 4 * HOUR })],
    check: left => jobsOf(left).length === 1 && lists(left, 'wait', 'paused').length === 1,
  }),
  one('a paused queue that BullMQ 5 paused and BullMQ 6 opened keeps one job', {
    majors: [5], prepare: then(once({ every: HOUR }), operations.pause, q => operations.ready({ ...q, major: 6 })), times: [at({ every: 2 * HOUR }), at({ every: 3 * HOUR })],
    check: left => jobsOf(left).length === 1 && lists(left, 'wait', 'paused').length === 1,
  }),
  one('a run that is due and waits is not left out', {
    majors: [5, 6], prepare: once({ ...yearly, immediately: true }), stays: true, times: [at(yearly)],
    check: left => lists(left, 'wait').length === 1 && lists(left, 'delayed').length === 0,
  }),
  one('a finished job that has the id of the next one stays as it is', {
    majors: [5, 6], prepare: then(once(yearly), q => connection(q).hset(open(q).key(`repeat:nightly:${Date.UTC(2030, 0, 1)}`), 'name', 'finished')),
    runs: [Date.UTC(2030, 0, 1), Date.UTC(2031, 0, 1)], times: [at({ ...yearly, pattern: '0 0 1 1 */1' })],
    check: left => Object.values(left).some(({ value }) => value.name === 'finished' && Object.keys(value).length === 1),
  }),
];

const put = (key, value) => async q => { await connection(q).del(open(q).key(key)); await connection(q).set(open(q).key(key), value); };
async function editNextJob(q) {
  const due = await connection(q).zscore(open(q).key('repeat'), 'nightly');
  await connection(q).hset(open(q).key(`repeat:nightly:${due}`), 'data', '{"edited":true}');
}
export const refusals = [
  { title: 'there is no such queue', answer: ['no-queue'] },
  { title: 'BullMQ 4 keeps the queue', major: 4, answer: ['not-in-4'], prepare: operations.ready },
  { title: 'the id is taken', answer: ['taken'], prepare: once(yearly) },
  { title: 'something else has the key of the id', answer: ['taken'], prepare: then(operations.ready, put('repeat:nightly', 'x')) },
  { title: 'there is none to change', seen: 'something', answer: ['gone'], prepare: operations.ready },
  { title: 'it was changed meanwhile', seen: 'something', answer: ['stale'], prepare: once(yearly) },
  { title: 'its next job was edited meanwhile', edits: true, answer: ['stale'], prepare: then(once(yearly), q => editNextJob(q)) },
  { title: 'all places of its next runs are taken', answer: ['busy'], runs: [1_900_000_000_000], prepare: then(operations.ready, put('repeat:nightly:1900000000000', 'x')) },
  { title: 'the events are no stream', error: /WRONGTYPE/, edits: true, prepare: then(once(yearly), put('events', 'x')) },
  { title: 'the delayed jobs are no set', error: /WRONGTYPE/, prepare: then(operations.ready, put('delayed', 'x')) },
  { title: 'the marker is no set', error: /WRONGTYPE/, edits: true, prepare: then(once({ every: HOUR }), put('marker', 'x')) },
  { title: 'the counter of ids is no number', error: /not an integer/, edits: true, prepare: then(once({ every: HOUR }), put('id', 'x')), forgets: true },
  { title: 'Redis is out of memory', error: /OOM/, edits: true, prepare: then(once(yearly), q => connection(q).config('SET', 'maxmemory', 1)), undo: q => connection(q).config('SET', 'maxmemory', 0) },
];

export async function refused(request, one) {
  const asked = { ...request, schedulerId: 'nightly', name: 'report', ...at({ every: HOUR }), now: Date.now(), ...(one.runs ? { ...at(yearly), runs: one.runs } : {}) };
  const seen = one.edits ? await revision(asked) : one.seen;
  return run({ ...asked, seen });
}

export async function change(request, one, to) {
  const asked = { ...request, schedulerId: 'nightly', name: 'report', ...to };
  return run({ ...asked, now: Date.now(), seen: await revision(asked), runs: one.runs ?? [Date.now() + HOUR], stays: one.stays });
}

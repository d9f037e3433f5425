// Operations on a queue and its jobs that need no worker, each through BullMQ's own API. A request in, an answer out.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { connection, existing, library, need, open, Refusal } from './library.mjs';
import { overwriteData, payload, stored } from './text.mjs';

// The scripts of Bullkeeper's store as one text; each name is a path in src/store without `.lua`.
export const code = (...names) =>
  names.map(name => readFileSync(new URL(`../../../src/store/${name}.lua`, import.meta.url), 'utf8')).join('');
const script = name => `bullmq/operations/scripts/${name}`;
const [step, enqueue, allOrNothing] = ['records/runs/step', script('parts/enqueue'), script('parts/all_or_nothing')];

// The text of an operation's script on one job, with what every such script begins with.
export const operationCode = (...names) => code(step, enqueue, allOrNothing, script('parts/operation'), ...names.map(script));

// Where the scripts write their entries.
export const auditKeys = ['bullkeeper:audit', 'bullkeeper:audit:job', 'bullkeeper:audit-change'];

export async function add(request) {
  const opened = open(request);
  const { name = 'job', opts = {} } = request;
  const job = await opened.queue.add(name, payload(request), opts);
  await overwriteData(opened, job.id, request);
  return { jobId: job.id };
}

// `jobs` is a list of {name, data | dataText | dataBytes, opts, rawData | rawDataBase64}.
export async function addBulk(request) {
  need(request, 'jobs');
  const opened = open(request);
  const wanted = request.jobs.map(one => ({ name: one.name ?? 'job', data: payload(one), opts: one.opts ?? {} }));
  const added = await opened.queue.addBulk(wanted);
  for (const [index, job] of added.entries()) await overwriteData(opened, job.id, request.jobs[index]);
  return { jobIds: added.map(job => job.id) };
}

// A parent in `queue` and its `children` ([{queue, name, data, opts}]) in theirs; `prefix` serves them all.
export async function flow(request) {
  need(request, 'queue', 'children');
  const { FlowProducer } = library(request.major);
  const prefix = request.prefix ?? 'bull';
  const producer = new FlowProducer({ connection: connection(request), prefix });
  const child = one => ({ name: one.name ?? 'child', queueName: one.queue, data: payload(one), opts: one.opts ?? {}, prefix, children: (one.children ?? []).map(child) });
  const ids = node => ({ jobId: node.job.id, queue: node.job.queueName, children: (node.children ?? []).map(ids) });
  // The children's queues get their meta, as they have where workers and queues of theirs are open.
  await Promise.all([request, ...request.children].map(one => open({ ...request, queue: one.queue }).queue.waitUntilReady()));
  try {
    return ids(await producer.add({ ...child(request), name: request.name ?? 'parent' }));
  } finally {
    await producer.close();
  }
}

// A repeating job: `schedulerId`, `repeat` ({every} in ms or {pattern}), and the template's name, data and opts.
export async function scheduler(request) {
  need(request, 'schedulerId', 'repeat');
  const { queue } = open(request);
  const { schedulerId, repeat, name = 'job', opts = {} } = request;
  const job = request.major === 4
    ? await queue.add(name, payload(request), { ...opts, repeat: { ...repeat, key: schedulerId }, jobId: schedulerId })
    : await queue.upsertJobScheduler(schedulerId, repeat, { name, data: payload(request), opts });
  return { jobId: job.id };
}

// A repeatable job, the predecessor of schedulers (BullMQ 4 and 5).
export async function repeatable(request) {
  need(request, 'repeat');
  const { name = 'job', opts = {}, repeat } = request;
  const job = await open(request).queue.add(name, payload(request), { ...opts, repeat });
  return { jobId: job.id, key: job.repeatJobKey };
}

export const removeRepeatable = async request => ({ removed: await open(request).queue.removeRepeatableByKey(request.key) });
export const removeScheduler = async request => ({ removed: await open(request).queue.removeJobScheduler(request.schedulerId) });

// The next `count` runs of each of `cases` ({pattern, tz, from}) by the cron-parser of the BullMQ; `null` where it refuses it.
export function cronRuns(request) {
  need(request, 'cases');
  const parser = createRequire(createRequire(import.meta.url).resolve(`bullmq${request.major}`))('cron-parser');
  const parse = parser.parseExpression ?? ((pattern, options) => parser.CronExpressionParser.parse(pattern, options));
  const runs = ({ pattern, tz, from }) => {
    let interval;
    try {
      interval = parse(pattern, { currentDate: new Date(from), tz });
    } catch {
      return null;
    }
    const found = [];
    try {
      while (found.length < (request.count ?? 4)) found.push(interval.next().getTime());
    } catch {
      // It has no more.
    }
    return found;
  };
  return { runs: request.cases.map(runs) };
}

// Writes `lines` to the job's log; answers how many lines it has.
export async function log(request) {
  need(request, 'lines');
  const job = await existing(request);
  let count = 0;
  for (const line of request.lines) count = await job.log(line);
  return { count };
}

export const progress = async request => (await existing(request)).updateProgress(request.progress);
export const updateData = async request => (await existing(request)).updateData(payload(request));
export const promote = async request => (await existing(request)).promote();
export const remove = async request => ({ removed: await open(request).queue.remove(request.jobId, request.options) });
export const remove_without_children = async request => ({ removed: await open(request).queue.remove(request.jobId, { removeChildren: false }) });
export const clear_log = async request => (await existing(request)).clearLogs(request.keep);
export const remove_with_children = async request => ({ removed: await open(request).queue.remove(request.jobId, { removeChildren: true }) });
export const delay = async request => (await existing(request)).changeDelay(request.delay);
export const prioritize = async request => (await existing(request)).changePriority({ priority: request.priority, lifo: request.lifo });
export { delay as reschedule, prioritize as change_priority };
export const getState = async request => ({ state: await open(request).queue.getJobState(request.jobId) });
export const pause = request => open(request).queue.pause();
export const resume = request => open(request).queue.resume();
export const drain = request => open(request).queue.drain(request.delayed ?? false);
export const obliterate = request => open(request).queue.obliterate({ force: request.force ?? true });
export const concurrency = request => open(request).queue.setGlobalConcurrency(request.concurrency);
export const rate = request => open(request).queue.setGlobalRateLimit(request.max, request.duration);
export const noConcurrency = request => open(request).queue.removeGlobalConcurrency();
export const noRate = request => open(request).queue.removeGlobalRateLimit();
export const trimEvents = request => open(request).queue.trimEvents(request.keep);
export const removeDeduplicationKey = request => open(request).queue.removeDeduplicationKey(request.deduplicationId);
export const clean = request => open(request).queue.clean(request.grace ?? 0, request.limit ?? 0, request.state);
export const counts = request => open(request).queue.getJobCounts();
// Takes the right to a command from everybody, and gives it back.
export const forbid = command => request => connection(request).acl('SETUSER', 'default', `-${command}`);
export const allow = command => request => connection(request).acl('SETUSER', 'default', `+${command}`);
export const ready = async request => void (await open(request).queue.waitUntilReady());

// BullMQ's own retry. `resetAttemptsMade` and `resetAttemptsStarted` are BullMQ 5's and 6's and false by default.
export async function retry(request) {
  const job = await existing(request);
  const { state = 'failed', resetAttemptsMade, resetAttemptsStarted } = request;
  await job.retry(state, { resetAttemptsMade, resetAttemptsStarted });
}

const removal = ['parts/release', 'parts/ownership', 'parts/removal'];
// What some scripts begin with besides.
const stuck = [...removal, 'parts/tell_parent', 'parts/end_stuck'];
const partsOf = { retry: ['parts/release'], remove: [...removal, 'parts/remove_one'], remove_without_children: [...removal, 'parts/remove_one'], remove_with_children: removal, fail_stuck: stuck, complete_stuck: stuck };

// Bullkeeper's script of an operation (`script`: the name of its file), as its store runs it (no Queue is opened, so its meta
// stays as it is), with its `parameters`; answers the script's code.
export async function runScript(request) {
  need(request, 'script', 'queue', 'jobId');
  const { script, prefix = 'bull', queue, jobId, parameters = [] } = request;
  const suffixes = [
    jobId, `${jobId}:lock`, 'meta', 'events', 'wait', 'paused', 'active', 'delayed', 'prioritized', 'completed', 'failed',
    `${jobId}:`, 'waiting-children', 'repeat', 'pc', 'marker',
  ];
  const keys = [...suffixes.map(suffix => `${prefix}:${queue}:${suffix}`), ...auditKeys];
  const whole = operationCode(...(partsOf[script] ?? []), script);
  const entry = ['action', `job.${script}`, 'job', jobId];
  return { code: await connection(request).eval(whole, keys.length, ...keys, jobId, '0', '', '0', '0', '', parameters.length, ...parameters, '0', ...entry) };
}

// Bullkeeper's script of an operation on a queue, as its store runs it; answers the script's code.
export async function runQueueScript(request) {
  need(request, 'script', 'queue');
  const { script, prefix = 'bull', queue, parameters = [] } = request;
  const suffixes = ['meta', 'events', 'wait', 'paused', 'active', 'delayed', 'prioritized', 'marker', ''];
  const keys = [...suffixes.map(suffix => `${prefix}:${queue}:${suffix}`), auditKeys[0]];
  const whole = code(enqueue, allOrNothing, 'bullmq/queue_operations/begin', `bullmq/queue_operations/${script}`);
  return { code: await connection(request).eval(whole, keys.length, ...keys, parameters.length, ...parameters, 'action', `queue.${script}`, 'note', '') };
}

// Bullkeeper's script that deletes jobs as a piece of a run: those of `states` (names as BullMQ's keys have them), as `deletes`
// says; then what else an obliterated queue has where `rest` is true. Answers what became of the jobs.
export async function deleteJobs(request) {
  const { prefix = 'bull', queue, states, rest = false } = request;
  const { latest = '', keepsFlows = false, keepsHeld = true, tells = false, needs = '' } = request.deletes ?? {};
  const client = connection(request);
  const key = suffix => `${prefix}:${queue}:${suffix}`;
  const [run, freed] = [['bullkeeper:run', 'bullkeeper:run-lease'], 'bullkeeper:run-freed'];
  await client.hset(run[0], 'state', 'running');
  await client.set(run[1], 'token');
  const flag = on => (on ? '1' : '0');
  const became = [];
  for (const state of states) {
    const isList = (await client.type(key(state))) === 'list';
    const all = isList ? (await client.lrange(key(state), 0, -1)).reverse() : await client.zrange(key(state), 0, -1);
    const ids = all.filter(id => !/^0:[0-9]*$/.test(id));
    const keys = [...run, ...['meta', 'events', 'repeat', 'active', state, ''].map(key), freed];
    const mostFreed = rest ? '' : '10000';
    const told = ['token', '5000', String(Date.now()), state, String(latest), flag(keepsFlows), flag(keepsHeld), flag(tells), needs, mostFreed];
    const whole = code(step, enqueue, allOrNothing, script('parts/release'), script('parts/ownership'), 'bullmq/queue_operations/delete_jobs');
    const [answer, ...each] = await client.eval(whole, keys.length, ...keys, ...told, ...ids);
    if (answer !== 1) {
      await client.del(...run, freed);
      return { code: answer };
    }
    // A parent that the run put in line is passed over.
    became.push(...each.filter(one => one !== 7));
  }
  let ended = 1;
  while (rest) {
    const keys = [...run, ...['meta', 'repeat', 'active', ''].map(key)];
    const whole = code(step, 'bullmq/queue_operations/delete_rest');
    ended = await client.eval(whole, keys.length, ...keys, 'token', '5000', String(Date.now()), '1000');
    if (ended !== 2) break;
  }
  const done = Number(await client.hget(run[0], 'done'));
  await client.del(...run, freed);
  return { code: ended, became, done };
}

// The job as BullMQ reads it, with its state and the stored text of its data.
export async function getJob(request) {
  const job = await existing(request);
  const { client, key } = open(request);
  return { job: job.toJSON(), state: await job.getState(), ...stored(await client.hgetBuffer(key(job.id), 'data')) };
}

// Every stored field of the job, in its exact text; for jobs whose data BullMQ itself cannot parse.
export async function hash(request) {
  need(request, 'jobId');
  const { client, key } = open(request);
  const fields = await client.hgetallBuffer(key(request.jobId));
  return Object.assign({}, ...Object.entries(fields).map(([name, bytes]) => stored(bytes, name)));
}

// The ids and names of at most 1,000 jobs of `states`.
export async function getJobs(request) {
  const { states = ['waiting'], start = 0, end = 99 } = request;
  if (end - start >= 1000 || end < start) throw new Refusal('getJobs answers 1 to 1,000 jobs');
  const jobs = await open(request).queue.getJobs(states, start, end);
  return { jobs: jobs.filter(Boolean).map(job => ({ id: job.id, name: job.name, attemptsMade: job.attemptsMade })) };
}

export async function logs(request) {
  need(request, 'jobId');
  return open(request).queue.getJobLogs(request.jobId, request.start ?? 0, request.end ?? 99);
}

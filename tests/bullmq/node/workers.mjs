// Operations that need a real Worker: jobs that fail, complete, stay active, or are processed as they come.
import { setTimeout as sleep } from 'node:timers/promises';
import { library, need, newWorker, open, Refusal } from './library.mjs';
import { isFaulty, overwriteData, payload, stored } from './text.mjs';

const held = new Map();
const running = new Set();

// The milliseconds that an operation's worker may take; less than the time-out of its request.
const patience = request => Math.max(100, (request.timeout ?? 20000) - 1000);

// Runs a worker until `settled` is resolved or time is up; answers whether it was resolved.
async function run(worker, settled, milliseconds) {
  running.add(worker);
  worker.run().catch(error => console.error(`worker: ${error.message}`));
  try {
    return await Promise.race([settled.then(() => true), sleep(milliseconds, false, { ref: false })]);
  } finally {
    await end(worker);
  }
}

// What a worker already took is finished, so that nothing stays active; 2 s later it is cut off.
async function end(worker) {
  const late = sleep(2000, 'late', { ref: false });
  if ((await Promise.race([worker.close(), late])) === 'late') await worker.close(true);
  running.delete(worker);
}

// A worker takes whatever waits, so jobs that are to fail, complete or be held come before those that are to wait.
async function mustBeIdle({ queue }) {
  const counts = await queue.getJobCounts('waiting', 'paused', 'prioritized');
  const waiting = Object.values(counts).reduce((sum, count) => sum + count, 0);
  if (waiting > 0 || (await queue.isPaused())) {
    throw new Refusal(`${queue.name} has ${waiting} waiting jobs or is paused: make failed, completed and active jobs first`);
  }
}

// Adds `count` jobs (1 by default) and has a worker finish them in `state`.
async function finish(request, state, processor) {
  const opened = open(request);
  await mustBeIdle(opened);
  const { name = 'job', opts = {}, count = 1 } = request;
  const jobs = await opened.queue.addBulk(Array.from({ length: count }, () => ({ name, data: payload(request), opts })));
  const ids = new Set(jobs.map(job => job.id));
  const worker = newWorker(request, processor, { concurrency: 10 });
  const settled = new Promise(resolve => {
    worker.on(state, async job => {
      if (!job || (await job.getState()) !== state) return;
      ids.delete(job.id);
      if (ids.size === 0) resolve();
    });
  });
  if (!(await run(worker, settled, patience(request)))) throw new Error(`${ids.size} jobs did not become ${state} in time`);
  for (const job of jobs) await overwriteData(opened, job.id, request);
  return { jobId: jobs[0].id, jobIds: jobs.map(job => job.id) };
}

export function fail(request) {
  const { message = 'it failed on purpose', unrecoverable = false } = request;
  const { UnrecoverableError } = library(request.major);
  return finish(request, 'failed', async () => {
    throw unrecoverable ? new UnrecoverableError(message) : new Error(message);
  });
}

export function complete(request) {
  return finish(request, 'completed', async () => request.returnvalue ?? { done: true });
}

const holdKey = request => JSON.stringify([request.port ?? request.socket ?? request.url, request.prefix ?? 'bull', request.queue, request.jobId]);

// Adds a job and holds it active, its lock renewed, until `release`. `workerName` shows in CLIENT LIST.
export async function activate(request) {
  const opened = open(request);
  await mustBeIdle(opened);
  const { name = 'job', opts = {}, workerName } = request;
  let letGo, began;
  const started = new Promise(resolve => (began = resolve));
  const outcome = new Promise(resolve => (letGo = resolve));
  const processor = async (job, token) => {
    began(token);
    const failure = await outcome;
    if (failure) throw new Error(failure);
    return { released: true };
  };
  const worker = newWorker(request, processor, { name: workerName, lockDuration: request.lockDuration ?? 30000 });
  running.add(worker);
  const added = await opened.queue.add(name, payload(request), opts);
  worker.run().catch(error => console.error(`worker: ${error.message}`));
  const token = await Promise.race([started, sleep(patience(request), null, { ref: false })]);
  if (!token) {
    await end(worker);
    throw new Error(`job ${added.id} did not become active in time`);
  }
  await overwriteData(opened, added.id, request);
  held.set(holdKey({ ...request, jobId: added.id }), { worker, letGo });
  return { jobId: added.id, token };
}

// Ends what `activate` holds: the job completes, or fails with `message` when that is given.
export async function release(request) {
  need(request, 'jobId');
  const key = holdKey(request);
  const holding = held.get(key);
  if (!holding) throw new Refusal(`job ${request.jobId} of ${request.queue} is not held`);
  held.delete(key);
  const { worker, letGo } = holding;
  letGo(request.message ?? null);
  await end(worker);
  return { state: await (await open(request).queue.getJob(request.jobId))?.getState() };
}

// Processes the queue with a real worker until at least `count` jobs (1 by default) are completed or finally failed, or
// `timeout` is nearly up; a job that the worker took meanwhile is finished too. `failWhen` decides from a job's data which fail. Each attempt is a row: what the worker saw, and what became of it.
export async function process(request) {
  const opened = open(request);
  const { count = 1, failWhen, concurrency = 1 } = request;
  const rows = [];
  const saw = new WeakMap();
  let finished = 0;
  const processor = async job => {
    const bytes = await opened.client.hgetBuffer(opened.key(job.id), 'data');
    saw.set(job, { data: JSON.stringify(job.data), ...stored(bytes) });
    if (isFaulty(job.data, failWhen)) throw new Error(request.message ?? 'the data is faulty');
    return request.returnvalue ?? { done: true };
  };
  const worker = newWorker(request, processor, { concurrency });
  const report = error => console.error(`while recording: ${error.message}`);
  const settled = new Promise(resolve => {
    const record = async (job, outcome, detail) => {
      const state = await job.getState();
      rows.push({ id: job.id, name: job.name, outcome, state, attemptsMade: job.attemptsMade, ...detail, ...saw.get(job) });
      if (['completed', 'failed', 'unknown'].includes(state) && ++finished >= count) resolve();
    };
    worker.on('completed', (job, returnvalue) => record(job, 'completed', { returnvalue }).catch(report));
    worker.on('failed', (job, error) => job && record(job, 'failed', { failedReason: error.message }).catch(report));
  });
  const inTime = await run(worker, settled, patience(request));
  return { jobs: rows, timedOut: !inTime };
}

const staff = new Map();
const staffKey = request => JSON.stringify([request.port ?? request.socket ?? request.url, request.prefix ?? 'bull', request.queue]);

// Has a worker process the queue, each job for `takes` milliseconds, until `dismiss`. While nothing wakes it, it looks for jobs
// every `drainDelay` seconds.
export async function employ(request) {
  const { takes = 0, workerName, drainDelay = 5 } = request;
  const done = [];
  const worker = newWorker(request, async job => {
    await sleep(takes);
    done.push(job.name);
    return { done: true };
  }, { name: workerName, drainDelay });
  running.add(worker);
  worker.run().catch(error => console.error(`worker: ${error.message}`));
  staff.set(staffKey(request), { worker, done });
}

// Sends that worker away; answers the names of the jobs it did, in order.
export async function dismiss(request) {
  const { worker, done } = staff.get(staffKey(request));
  staff.delete(staffKey(request));
  await end(worker);
  return { done };
}

// Ends every worker, letting nothing finish.
export async function stopAll() {
  held.clear();
  await Promise.allSettled([...running].map(worker => worker.close(true)));
  running.clear();
}

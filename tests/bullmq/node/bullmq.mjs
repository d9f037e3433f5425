// The real Node BullMQ as one process that the Rust tests talk to: a JSON object a line on stdin, one answer a line on
// stdout, matched by `id`; it ends when stdin does. Requests run side by side: await an answer before building on it.
//
//   {"id":1,"op":"add","major":6,"port":6379,"prefix":"bull","queue":"email/v2","name":"send","data":{"to":"a"}}
//   {"id":1,"ok":{"jobId":"1"}}            or            {"id":1,"error":"…"}
//
// In every request: `op`; `major` 4, 5 or 6 (default); `port` of 127.0.0.1, or `socket`, or `url`; `prefix` ("bull"); `queue`;
// `timeout` in ms (20,000; at most 120,000). Where a job is made: `name`, `opts`, and `data`, `dataText` (JSON text parsed here)
// or `dataBytes`; `rawData` or `rawDataBase64` are then written over `data` as they are. Operations and their own fields:
//   add · addBulk {jobs} · flow {children} · scheduler {schedulerId, repeat} · removeScheduler {schedulerId} · repeatable {repeat} · removeRepeatable {key} · cronRuns {cases, count} · ready (only opens the queue)
//   fail {message, unrecoverable, count} · complete {returnvalue, count} · activate {workerName, lockDuration} · release {jobId, message} · employ {takes, workerName, drainDelay} · dismiss
//   process {count, failWhen, message, concurrency} → {jobs: [{id, name, outcome, state, attemptsMade, data, raw|rawBase64}], timedOut}
//   log {lines} · progress {progress} · updateData · delay {delay} · prioritize {priority, lifo} · promote · remove · retry: of `jobId`
//   runScript {script, jobId, parameters} → {code} · pause · resume · drain · obliterate · concurrency {concurrency}
//   getState · getJob · hash · logs: of `jobId` · counts · getJobs {states, start, end} · versions · close (drops all connections)
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import { closeAll, Refusal } from './library.mjs';
import * as operations from './operations.mjs';
import { activate, complete, dismiss, employ, fail, process as work, release, stopAll } from './workers.mjs';

const require = createRequire(import.meta.url);
const versions = () => Object.fromEntries([4, 5, 6].map(major => [major, require(`bullmq${major}/package.json`).version]));
const close = async () => {
  await stopAll();
  await closeAll();
};
const table = new Map(Object.entries({ ...operations, fail, complete, activate, release, employ, dismiss, process: work, versions, close }));

// stdout belongs to the protocol; whatever a library prints goes to stderr.
console.log = console.info = console.error;
process.on('unhandledRejection', error => console.error('unhandled:', error));

async function answer(request) {
  const operation = table.get(request.op);
  if (!operation) throw new Refusal(`no op ${request.op}`);
  const milliseconds = Math.min(request.timeout ?? 20000, 120000);
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${request.op} took more than ${milliseconds} ms`)), milliseconds);
  });
  try {
    return (await Promise.race([operation(request), late])) ?? {};
  } finally {
    clearTimeout(timer);
  }
}

function say(line) {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

async function serve(line) {
  let request;
  try {
    request = JSON.parse(line);
  } catch (error) {
    return say({ id: null, error: `not JSON: ${error.message}` });
  }
  try {
    say({ id: request.id, ok: await answer(request) });
  } catch (error) {
    say({ id: request.id, error: error.message });
  }
}

const lines = createInterface({ input: process.stdin, crlfDelay: Infinity });
lines.on('line', line => line.trim() && serve(line));
lines.on('close', async () => {
  setTimeout(() => process.exit(0), 3000);
  await close();
  process.exit(0);
});

// Do the scripts of src/store/bullmq/operations leave in Redis exactly what the same operations of the real BullMQ 4, 5 and 6
// leave, and their audit entries beside it? For each case BullMQ operates on a job in database 0 and the script on the same job
// in database 1, and all keys are compared. A real worker then finishes the job. Exits 1 when anything differs:
// `node compare_operations.mjs`; with the names of scripts after it, for those alone.
import assert from 'node:assert/strict';
import { allReady, closeAll, connection, open } from './library.mjs';
import { withRedis } from './private_redis.mjs';
import * as adding from './add_cases.mjs';
import * as change_priority from './change_priority_cases.mjs';
import * as clear_log from './clear_log_cases.mjs';
import * as deletes from './delete_cases.mjs';
import * as promote from './promote_cases.mjs';
import * as remove from './remove_cases.mjs';
import * as remove_with_children from './remove_with_children_cases.mjs';
import * as remove_without_children from './remove_without_children_cases.mjs';
import * as reschedule from './reschedule_cases.mjs';
import * as queues from './queue_cases.mjs';
import * as retry from './retry_cases.mjs';
import * as schedulers from './scheduler_cases.mjs';
import * as stuck from './stuck_cases.mjs';
import * as operations from './operations.mjs';
import { process as work, stopAll } from './workers.mjs';

// Everything in a database, comparable: stream ids, which are times, are left out, and the traces of workers, which run out.
async function snapshot(client) {
  const keys = (await client.keys('*')).filter(key => !key.endsWith(':stalled-check'));
  const content = {};
  for (const key of keys.sort()) {
    const [type, ttl] = [await client.type(key), await client.pttl(key)];
    content[key] = { type, expires: ttl >= 0, value: await value(client, type, key) };
  }
  return content;
}

async function value(client, type, key) {
  switch (type) {
    case 'string': return client.get(key);
    case 'list': return client.lrange(key, 0, -1);
    case 'set': return (await client.smembers(key)).sort();
    case 'zset': return client.zrange(key, 0, -1, 'WITHSCORES');
    case 'stream': return (await client.xrange(key, '-', '+')).map(([, fields]) => fields);
    case 'hash': return Object.fromEntries(Object.entries(await client.hgetall(key)).sort());
    default: throw new Error(`${key} is a ${type}`);
  }
}

// A meta that is written between the copy and the comparison would be in one database alone.
async function copyAll(from) {
  await allReady();
  for (const key of await from.keys('*')) await from.copy(key, key, 'DB', 1);
}

// An empty Redis. A queue writes its meta only when it is opened, so all are closed first.
async function startAnew(request) {
  await stopAll();
  await closeAll();
  await connection(request).flushall();
}

// The script's entries, taken out of database 1 so that what is left can be compared: the job's own, and those of its children.
async function takeEntries(client, script, { jobId, children = [] }) {
  const [stream, list] = operations.auditKeys;
  const entries = await client.xrange(stream, '-', '+');
  const ids = [jobId, ...children.map(child => child.jobId)];
  assert.deepEqual(entries.map(([, fields]) => fields), ids.map(id => ['action', `job.${script}`, 'job', id]));
  const lists = [list, ...ids.slice(1).map(id => `of:${id}`)];
  for (const [at, one] of lists.entries()) assert.deepEqual(await client.lrange(one, 0, -1), [entries[at][0]]);
  await client.del(stream, ...lists);
}

const told = { reschedule: reschedule.told };
const { fail_stuck, complete_stuck } = stuck;
// BullMQ's own operations, and what differs by the moment at which each was done.
const theirs = { ...operations, ...stuck.theirs };
const settle = { fail_stuck: stuck.settleTimes, complete_stuck: stuck.settleTimes };
// Jobs that do not wait afterwards.
const ENDS = ['remove', 'remove_with_children', 'remove_without_children', 'fail_stuck', 'complete_stuck'];

async function compare(request, script, one) {
  await startAnew(request);
  const [real, ours] = [connection(request), connection({ ...request, db: 1 })];
  const job = { ...request, ...(await one.prepare({ ...request, script })) };
  await copyAll(real);
  const before = await snapshot(real);
  await theirs[script](job);
  await one.also?.(job);
  // What the script is told may be known only once BullMQ has done it: the time that it took for now.
  const parameters = (await told[script]?.(job)) ?? job.parameters;
  const { code } = await operations.runScript({ ...job, parameters, script, db: 1 });
  await takeEntries(ours, script, job);
  const [wanted, got] = [await snapshot(real), await snapshot(ours)];
  for (const all of [wanted, got]) for (const key of Object.keys(all)) if (one.ignores?.(key)) delete all[key];
  assert.notDeepEqual(wanted, before, 'BullMQ itself changed nothing');
  await settle[script]?.(job, [wanted, got]);
  const isGone = script.endsWith('_stuck') && !(await ours.exists(open(job).key(job.jobId)));
  assert.equal(code, isGone ? 3 : one.paused ? 2 : 1);
  assert.deepEqual(got, wanted);
  if (one.paused) await operations.resume({ ...job, db: 1 });
  if (!one.stuck && !ENDS.includes(script)) await finishes({ ...job, db: 1, count: one.jobs ?? 1 });
}

// The same for a job that is added: BullMQ adds it in database 0, then the script at the same time in database 1.
async function compareAdd(request, one) {
  await startAnew(request);
  const [real, ours] = [connection(request), connection({ ...request, db: 1 })];
  const opts = (await one.prepare?.(request)) ?? one.opts ?? {};
  await operations.ready(request);
  await copyAll(real);
  const asked = { ...request, name: 'send', data: adding.DATA, opts };
  const { jobId } = await operations.add(asked);
  const timestamp = await real.hget(open(request).key(jobId), 'timestamp');
  const [done, id, state] = await adding.run({ ...asked, timestamp, db: 1 });
  assert.deepEqual([done, id], ['added', jobId]);
  const list = `${operations.auditKeys[1]}:${jobId}`;
  const [entry] = await ours.xrange(operations.auditKeys[0], '-', '+');
  assert.deepEqual(entry[1], ['action', 'job.add', 'job', jobId, 'state', state]);
  assert.deepEqual(await ours.lrange(list, 0, -1), [entry[0]]);
  await ours.del(operations.auditKeys[0], list);
  assert.deepEqual(await snapshot(ours), await snapshot(real));
  if (one.paused) await operations.resume({ ...request, db: 1 });
  if (one.worked) await finishes({ ...request, jobId, db: 1, count: one.jobs ?? 1 });
}

async function refuseAdd(request, one) {
  await startAnew(request);
  const opts = (await one.prepare?.(request)) ?? one.opts ?? {};
  const before = await snapshot(connection(request));
  const asked = { ...request, name: 'send', data: adding.DATA, opts, timestamp: '1700000000000', ...one.asked };
  if (one.error) await assert.rejects(adding.run(asked), one.error);
  else assert.deepEqual(await adding.run(asked), one.answer);
  await one.undo?.(request);
  assert.deepEqual(await snapshot(connection(request)), before);
}

async function finishes(job) {
  const { jobs } = await work({ ...job, timeout: 5000 });
  assert.ok(jobs.some(row => row.id === job.jobId && row.state === 'completed'), `the worker saw ${JSON.stringify(jobs)}`);
}

async function refuse(request, script, one) {
  await startAnew(request);
  const job = { ...request, ...(await one.prepare({ ...request, script })) };
  const before = await snapshot(connection(request));
  if (one.error) await assert.rejects(operations.runScript({ ...job, script }), one.error);
  else assert.equal((await operations.runScript({ ...job, script })).code, one.code);
  await one.undo?.(request);
  assert.deepEqual(await snapshot(connection(request)), before);
}

// The same for an operation on a queue.
async function compareQueue(request, script, one) {
  await startAnew(request);
  const [real, ours] = [connection(request), connection({ ...request, db: 1 })];
  const { prepare, work: count, better, title, ...told } = one;
  await prepare(request);
  await copyAll(real);
  const before = await snapshot(real);
  await queues.scripts[script].theirs({ ...told, ...request });
  const { code } = await operations.runQueueScript({ ...told, ...request, script, db: 1 });
  const entries = await ours.xrange(operations.auditKeys[0], '-', '+');
  assert.deepEqual(entries.map(([, fields]) => fields.slice(0, 3)), [['action', `queue.${script}`, 'note']]);
  await ours.del(operations.auditKeys[0]);
  const [wanted, got] = [await snapshot(real), await snapshot(ours)];
  if (!one.same) assert.notDeepEqual(wanted, before, 'BullMQ itself changed nothing');
  better?.(request)(wanted);
  assert.equal(code, 1);
  assert.deepEqual(got, wanted);
  if (!count) return;
  const { jobs } = await work({ ...request, db: 1, count, timeout: 5000 });
  assert.equal(jobs.filter(row => row.state === 'completed').length, count, `the worker saw ${JSON.stringify(jobs)}`);
}

async function refuseQueue(request, script, one) {
  await startAnew(request);
  await one.prepare(request);
  const before = await snapshot(connection(request));
  const asked = { ...request, parameters: one.parameters, script };
  if (one.error) await assert.rejects(operations.runQueueScript(asked), one.error);
  else assert.equal((await operations.runQueueScript(asked)).code, one.code);
  await one.undo?.(request);
  assert.deepEqual(await snapshot(connection(request)), before);
}

// The same for deleting jobs. A script may be told of a moment, which is read when it is told.
async function compareDeletes(request, one) {
  await startAnew(request);
  const [real, ours] = [connection(request), connection({ ...request, db: 1 })];
  await one.prepare(request);
  await copyAll(real);
  const before = await snapshot(real);
  await one.theirs(request);
  const { code, became, done } = await operations.deleteJobs({ ...one.ours, ...request, db: 1 });
  const [wanted, got] = [await snapshot(real), await snapshot(ours)];
  assert.notDeepEqual(wanted, before, 'BullMQ itself changed nothing');
  one.better?.(request)(wanted, before);
  assert.equal(code, 1);
  assert.equal(done, became.filter(each => each === 1).length);
  assert.deepEqual(got, wanted);
}

async function checkDeletes(request, one) {
  await startAnew(request);
  await one.prepare(request);
  const before = await snapshot(connection(request));
  const { code, became } = await operations.deleteJobs({ ...one.ours, ...request });
  assert.equal(code, one.code ?? 1);
  if (one.became) assert.deepEqual(became, one.became);
  if (one.code) return assert.deepEqual(await snapshot(connection(request)), before);
  await one.check?.(request);
  if (one.left === 0) return;
  const { jobs } = await work({ ...request, count: one.left, timeout: 5000 });
  assert.equal(jobs.filter(row => row.state === 'completed').length, one.left, `the worker saw ${JSON.stringify(jobs)}`);
}

// The same for a scheduler that is created or changed.
async function compareScheduler(request, one) {
  await startAnew(request);
  const [real, ours] = [connection(request), connection({ ...request, db: 1 })];
  await operations.ready(request);
  await one.prepare?.(request);
  await copyAll(real);
  const [done, jobId] = await schedulers.both(request, one, 1);
  assert.equal(done, 'set');
  const [entry, ...others] = await ours.xrange(operations.auditKeys[0], '-', '+');
  assert.deepEqual(others, []);
  assert.ok(entry[1].includes('scheduler.set') && entry[1][3].includes(jobId), `the entry is ${JSON.stringify(entry)}`);
  await ours.del(operations.auditKeys[0]);
  assert.deepEqual(await snapshot(ours), await snapshot(real));
  if (one.paused) await operations.resume({ ...request, db: 1 });
  if (one.worked) await finishes({ ...request, jobId, db: 1, count: one.jobs ?? 1 });
}

async function checkScheduler(request, one) {
  await startAnew(request);
  await one.prepare(request);
  for (const to of one.times) assert.equal((await schedulers.change(request, one, to))[0], 'set');
  const left = await snapshot(connection(request));
  assert.ok(one.check(left), JSON.stringify(left, null, 1));
}

async function refuseScheduler(request, one) {
  await startAnew(request);
  await one.prepare?.(request);
  const before = await snapshot(connection(request));
  if (one.error) await assert.rejects(schedulers.refused(request, one), one.error);
  else assert.deepEqual(await schedulers.refused(request, one), one.answer);
  await one.undo?.(request);
  const after = await snapshot(connection(request));
  // What taking back leaves: a stream that is empty now.
  if (after[operations.auditKeys[0]]?.value.length === 0) delete after[operations.auditKeys[0]];
  assert.deepEqual(after, before);
}

async function main(socket) {
  let passed = 0;
  const failed = [];
  const attempt = async (title, check) => {
    try {
      await check();
      passed += 1;
      console.log(`ok      ${title}`);
    } catch (error) {
      failed.push(title);
      console.log(`DIFFERS ${title}\n${error.stack}`);
    }
  };
  const named = process.argv.slice(2);
  const isWanted = ([name]) => named.length === 0 || named.includes(name);
  const ofJobs = { retry, promote, reschedule, change_priority, clear_log, remove, remove_with_children, remove_without_children, fail_stuck, complete_stuck };
  for (const [script, { cases, refusals }] of Object.entries(ofJobs).filter(isWanted)) {
    for (const major of [4, 5, 6]) {
      for (const one of cases.filter(({ majors = [4, 5, 6] }) => majors.includes(major))) {
        const request = { major, socket, prefix: one.prefix ?? 'bull', queue: one.queue ?? 'email/v2' };
        await attempt(`${script}, BullMQ ${major}: ${one.title}`, () => compare(request, script, one));
      }
    }
    for (const one of refusals) {
      await attempt(`${script} refused: ${one.title}`, () => refuse({ major: one.major ?? 5, socket, queue: 'email/v2' }, script, one));
    }
  }
  for (const [script, { cases, refusals }] of Object.entries(queues.scripts).filter(isWanted)) {
    for (const major of [4, 5, 6]) {
      for (const one of cases.filter(({ majors = [4, 5, 6] }) => majors.includes(major))) {
        const request = { major, socket, prefix: one.prefix ?? 'bull', queue: one.queue ?? 'email/v2' };
        await attempt(`${script}, BullMQ ${major}: ${one.title}`, () => compareQueue(request, script, one));
      }
    }
    for (const one of refusals) {
      await attempt(`${script} refused: ${one.title}`, () => refuseQueue({ major: one.major ?? 5, socket, queue: 'email/v2' }, script, one));
    }
  }
  const ofDeletes = [['delete', deletes.cases, compareDeletes], ['delete', deletes.checks, checkDeletes]];
  for (const [, list, check] of ofDeletes.filter(isWanted)) {
    for (const major of [4, 5, 6]) {
      for (const one of list.filter(({ majors = [4, 5, 6] }) => majors.includes(major))) {
        const request = { major, socket, queue: one.queue ?? 'email/v2' };
        await attempt(`BullMQ ${major}: ${one.title}`, () => check(request, one));
      }
    }
  }
  if (isWanted(['scheduler'])) {
    const checks = [[schedulers.cases, compareScheduler], [schedulers.better, checkScheduler]];
    for (const [list, check] of checks) {
      for (const major of [5, 6]) {
        for (const one of list.filter(({ majors = [5, 6] }) => majors.includes(major))) {
          const request = { major, socket, prefix: one.prefix ?? 'bull', queue: one.queue ?? 'email/v2' };
          await attempt(`scheduler, BullMQ ${major}: ${one.title}`, () => check(request, one));
        }
      }
    }
    for (const one of schedulers.refusals) {
      await attempt(`scheduler refused: ${one.title}`, () => refuseScheduler({ major: one.major ?? 5, socket, queue: 'email/v2' }, one));
    }
  }
  for (const [, { cases, refusals }] of Object.entries({ add: adding }).filter(isWanted)) {
    for (const major of [4, 5, 6]) {
      for (const one of cases.filter(({ majors = [4, 5, 6] }) => majors.includes(major))) {
        const request = { major, socket, prefix: one.prefix ?? 'bull', queue: one.queue ?? 'email/v2' };
        await attempt(`add, BullMQ ${major}: ${one.title}`, () => compareAdd(request, one));
      }
    }
    for (const one of refusals) {
      await attempt(`add refused: ${one.title}`, () => refuseAdd({ major: one.major ?? 5, socket, queue: 'email/v2' }, one));
    }
  }
  await stopAll();
  await closeAll();
  for (const title of failed) console.log(`DIFFERS ${title}`);
  console.log(`${passed} passed, ${failed.length} failed`);
  return failed.length === 0 && passed > 0 ? 0 : 1;
}

process.exitCode = await withRedis(main);

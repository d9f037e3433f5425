// The three majors of the real BullMQ behind one door: `open(request)` gives what a request is about, its
// major's classes, its queue and its Redis. One connection a Redis and one Queue a queue are kept until `closeAll`.
import { createRequire } from 'node:module';
import Redis from 'ioredis';

const require = createRequire(import.meta.url);
const connections = new Map();
const queues = new Map();

// A refusal that is the asker's to mend; the message is the whole answer.
export class Refusal extends Error {}

export function need(request, ...names) {
  for (const name of names) {
    if (request[name] === undefined) throw new Refusal(`op ${request.op} needs "${name}"`);
  }
}

// Where the request's Redis is: a unix socket (`socket`), a `url`, or `host` and `port`.
function address({ socket, url, host = '127.0.0.1', port, db = 0, username, password }) {
  if (url) return [url, {}];
  if (socket) return [{ path: socket, db, username, password }, {}];
  if (!port) throw new Refusal('a request needs "port", "socket" or "url"');
  return [{ host, port, db, username, password }, {}];
}

export function connection(request) {
  const [where] = address(request);
  const key = JSON.stringify(where);
  if (!connections.has(key)) {
    const options = { maxRetriesPerRequest: null, connectTimeout: 5000 };
    const client = typeof where === 'string' ? new Redis(where, options) : new Redis({ ...where, ...options });
    client.on('error', error => console.error(`redis ${key}: ${error.message}`));
    connections.set(key, client);
  }
  return connections.get(key);
}

export function library(major = 6) {
  if (![4, 5, 6].includes(major)) throw new Refusal(`"major" is 4, 5 or 6, not ${major}`);
  return require(`bullmq${major}`);
}

// A worker of its own connections, so that closing it disturbs nothing else. It looks for stalled jobs every second: the
// trace that leaves is gone soon after the worker.
export function newWorker(request, processor, options = {}) {
  const { Worker } = library(request.major);
  const worker = new Worker(request.queue, processor, {
    connection: connection(request), prefix: request.prefix ?? 'bull', autorun: false, stalledInterval: 1000, ...options,
  });
  worker.on('error', error => worker.closing || console.error(`worker of ${request.queue}: ${error.message}`));
  return worker;
}

export function open(request) {
  need(request, 'queue');
  const { major = 6, prefix = 'bull', queue: name } = request;
  const client = connection(request);
  const key = JSON.stringify([address(request)[0], major, prefix, name]);
  if (!queues.has(key)) {
    const queue = new (library(major).Queue)(name, { connection: client, prefix });
    queue.on('error', error => console.error(`queue ${name}: ${error.message}`));
    queues.set(key, queue);
  }
  return { client, queue: queues.get(key), key: suffix => `${prefix}:${name}:${suffix}` };
}

// Waits until every opened queue has written its meta, which BullMQ does some time after the queue is opened.
export const allReady = () => Promise.all([...queues.values()].map(queue => queue.waitUntilReady()));

export async function existing(request) {
  need(request, 'jobId');
  const { queue } = open(request);
  const job = await queue.getJob(request.jobId);
  if (!job) throw new Refusal(`no job ${request.jobId} in ${request.queue}`);
  return job;
}

export async function closeAll() {
  await Promise.allSettled([...queues.values()].map(queue => queue.close()));
  queues.clear();
  for (const client of connections.values()) client.disconnect();
  connections.clear();
}

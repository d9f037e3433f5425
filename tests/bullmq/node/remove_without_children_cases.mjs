// The waiting parents on which the script that removes one without its children is compared with BullMQ's own remove, and
// those that it must refuse.
import { createHash } from 'node:crypto';
import * as operations from './operations.mjs';
import { connection, open } from './library.mjs';
import { process as work } from './workers.mjs';

async function told(request, jobId) {
  const data = await connection(request).hgetBuffer(open(request).key(jobId), 'data');
  return { jobId, parameters: [data ? createHash('sha1').update(data).digest('hex') : 'none'] };
}

const flow = (children, opts, after) => async request => {
  const tree = await operations.flow({ ...request, data: { order: 1 }, opts, children });
  await after?.({ ...request, tree });
  return told(request, tree.jobId);
};
const kid = (opts = {}) => ({ queue: 'kids', opts });

export const cases = [
  { title: 'a parent that waits for its child', prepare: flow([kid()]) },
  { title: 'a parent that waits for three', prepare: flow([kid(), kid({ delay: 60_000 }), kid({ failParentOnFailure: true })]) },
  { title: 'a parent with a child in its own queue', prepare: request => flow([{ queue: request.queue }])(request) },
  { title: 'a parent in a paused queue', prepare: flow([kid()], {}, operations.pause) },
  { title: 'a parent of which one child has completed', prepare: flow([kid(), kid({ delay: 60_000 })], {}, q => work({ ...q, queue: 'kids', count: 1, timeout: 5000 })) },
  { title: 'a parent with a priority', prepare: flow([kid()], { priority: 3 }) },
  { title: 'a deduplicated parent', majors: [5], prepare: flow([kid()], { deduplication: { id: 'once' } }) },
  { title: 'a waiting parent of a waiting parent', prepare: async request => {
    const tree = await operations.flow({ ...request, queue: 'top', children: [{ queue: request.queue, children: [kid()] }] });
    return told(request, tree.children[0].jobId);
  } },
];

export const refusals = [
  { title: 'it does not wait for children', code: -3, prepare: async q => told(q, (await operations.add(q)).jobId) },
  { title: 'there is no such job', code: -1, prepare: async q => ({ ...(await flow([kid()])(q)), jobId: 'none' }) },
  { title: 'its data was changed', code: -9, prepare: async q => ({ ...(await flow([kid()])(q)), parameters: ['0'.repeat(40)] }) },
  { title: 'a worker holds it', code: -6, prepare: flow([kid()], {}, q => connection(q).set(open(q).key(`${q.tree.jobId}:lock`), 'token')) },
];

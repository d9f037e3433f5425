// The flows on which the script that removes a job with its children is compared with BullMQ's own, and those that it must refuse.
import { createHash } from 'node:crypto';
import * as operations from './operations.mjs';
import { connection, open } from './library.mjs';
import { activate, process as work } from './workers.mjs';

const digestOf = async (request, key) => {
  const data = await connection(request).hgetBuffer(key, 'data');
  return data ? createHash('sha1').update(data).digest('hex') : 'none';
};

// What the script is told of the jobs below the root of a flow. Their entries are left out of the comparison, as they are other
// than the root's.
async function told(request, tree) {
  const key = node => open({ ...request, queue: node.queue }).key(node.jobId);
  const below = node => node.children.flatMap(child => [child, ...below(child)]);
  const children = below(tree);
  const parameters = [await digestOf(request, key(tree)), String(children.length)];
  for (const child of children) {
    const prefix = key(child).slice(0, -child.jobId.length);
    const entry = ['action', 'job.remove_with_children', 'job', child.jobId];
    parameters.push(prefix, child.jobId, await digestOf(request, key(child)), `of:${child.jobId}`, 'none', '0', '4', ...entry);
  }
  return { jobId: tree.jobId, parameters, children };
}

const flow = (children, after) => async request => {
  const tree = await operations.flow({ ...request, data: { order: 1 }, children });
  await after?.({ ...request, tree });
  return told(request, tree);
};
const finish = (queue, failWhen) => q => work({ ...q, queue, count: 1, failWhen, timeout: 5000 });

// A parent that waits for its children is moved to `wait` and told so by BullMQ before it is removed: events and markers differ.
const PASSING = key => key.endsWith(':events') || key.endsWith(':marker');

export const cases = [
  { title: 'a parent that waits for its child', ignores: PASSING, prepare: flow([{ queue: 'kids' }]) },
  { title: 'a parent that waits for three', ignores: PASSING, prepare: flow([{ queue: 'kids' }, { queue: 'kids', opts: { delay: 60_000 } }, { queue: 'others', opts: { priority: 2 } }]) },
  { title: 'a grandparent', ignores: PASSING, prepare: flow([{ queue: 'kids', children: [{ queue: 'grandkids' }] }]) },
  { title: 'a parent whose child has completed', prepare: flow([{ queue: 'kids' }], finish('kids')) },
  { title: 'a parent whose child has failed', ignores: PASSING, prepare: flow([{ queue: 'kids' }], finish('kids', { always: true })) },
  { title: 'a parent whose child was ignored', majors: [5, 6], prepare: flow([{ queue: 'kids', opts: { ignoreDependencyOnFailure: true } }], finish('kids', { always: true })) },
  { title: 'a child with a child, of a parent', ignores: PASSING, prepare: async request => {
    const tree = await operations.flow({ ...request, queue: 'top', children: [{ queue: request.queue, children: [{ queue: 'kids' }] }] });
    return told(request, tree.children[0]);
  } },
  { title: 'a parent in a paused queue', ignores: PASSING, prepare: flow([{ queue: 'kids' }], operations.pause) },
  { title: 'a parent whose child is gone', prepare: async request => {
    const tree = await operations.flow({ ...request, children: [{ queue: 'kids' }] });
    await work({ ...request, queue: 'kids', count: 1, timeout: 5000 });
    const [kids, { jobId }] = [open({ ...request, queue: 'kids' }), tree.children[0]];
    await connection(request).del(kids.key(jobId));
    await connection(request).zrem(kids.key('completed'), jobId);
    return told(request, { ...tree, children: [] });
  } },
];

export const refusals = [
  { title: 'the events are not a stream', error: /WRONGTYPE/, prepare: flow([{ queue: 'kids' }], async q => {
    await connection(q).del(open({ ...q, queue: 'kids' }).key('events'));
    await connection(q).set(open({ ...q, queue: 'kids' }).key('events'), 'no stream');
  }) },
  { title: 'what the deduplication id of a child names is not a string', error: /WRONGTYPE/, prepare: flow([{ queue: 'kids' }], async q => {
    const kids = open({ ...q, queue: 'kids' });
    await connection(q).hset(kids.key(q.tree.children[0].jobId), 'deid', 'a:b');
    await connection(q).hset(kids.key('de:a:b'), 'name', 'other');
  }) },
  { title: 'Redis lets nobody unlink', error: /can't run this command|unlink/i, prepare: flow([{ queue: 'kids' }], operations.forbid('unlink')), undo: operations.allow('unlink') },
  { title: 'there is no such job', code: -1, prepare: async q => ({ ...(await flow([{ queue: 'kids' }])(q)), jobId: 'none' }) },
  { title: 'a child is active', code: -6, prepare: flow([{ queue: 'kids' }], q => connection(q).set(open({ ...q, queue: 'kids' }).key(`${q.tree.children[0].jobId}:lock`), 'token')) },
  { title: 'a child is in no state', code: -3, prepare: flow([{ queue: 'kids' }], q => connection(q).del(open({ ...q, queue: 'kids' }).key('wait'))) },
  { title: 'a child was changed', code: -9, prepare: async q => {
    const made = await flow([{ queue: 'kids', data: { n: 1 } }])(q);
    const [child] = made.children;
    await connection(q).hset(open({ ...q, queue: child.queue }).key(child.jobId), 'data', '{"n":2}');
    return made;
  } },
  { title: 'there is another child', code: -9, prepare: async q => {
    const made = await flow([{ queue: 'kids' }, { queue: 'kids' }])(q);
    // The second child is left out.
    return { ...made, parameters: [made.parameters[0], '1', ...made.parameters.slice(2, 13)] };
  } },
  { title: 'it is active', code: -6, prepare: async q => {
    const { jobId } = await activate({ ...q, jobId: undefined });
    return told(q, { jobId, queue: q.queue, children: [] });
  } },
];

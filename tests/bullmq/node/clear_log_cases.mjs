// The jobs on which the script that clears a log is compared with BullMQ's own, and those that it must refuse.
import * as operations from './operations.mjs';
import { connection, open } from './library.mjs';
import { activate, complete, fail } from './workers.mjs';

const lines = ['a', 'b', 'c', 'd'];
const logged = make => async request => {
  const { jobId } = await make(request);
  await operations.log({ ...request, jobId, lines });
  return { jobId, parameters: ['0'] };
};
const keeping = (make, keep) => async request => ({ ...(await logged(make)(request)), keep, parameters: [String(keep)] });

export const cases = [
  { title: 'a waiting job', prepare: logged(operations.add) },
  { title: 'a delayed job', stuck: true, prepare: logged(q => operations.add({ ...q, opts: { delay: 60_000 } })) },
  { title: 'a failed job', stuck: true, prepare: logged(fail) },
  { title: 'a completed job', stuck: true, prepare: logged(complete) },
  { title: 'an active job', stuck: true, prepare: logged(activate) },
  { title: 'two lines stay', prepare: keeping(operations.add, 2) },
  { title: 'a custom id', prepare: logged(q => operations.add({ ...q, opts: { jobId: 'a/b % ü <i>' } })) },
  { title: 'a prefix with a hash tag', prefix: '{bull}', prepare: logged(operations.add) },
];

export const refusals = [
  { title: 'there is no such job', code: -1, prepare: async q => { await logged(operations.add)(q); return { jobId: 'none', parameters: ['0'] }; } },
  { title: 'the log is not a list', error: /WRONGTYPE/, prepare: async q => {
    const { jobId } = await operations.add(q);
    await connection(q).set(open(q).key(`${jobId}:logs`), 'not BullMQ');
    return { jobId, parameters: ['0'] };
  } },
];

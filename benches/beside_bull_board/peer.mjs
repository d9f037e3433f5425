// The peer: bull-board on Express over every queue of a Redis, set up as its documentation shows.
//
//   node peer.mjs REDIS_PORT HTTP_PORT
import { createBullBoard } from '@bull-board/api';
import { BullMQAdapter } from '@bull-board/api/bullMQAdapter';
import { ExpressAdapter } from '@bull-board/express';
import { Queue } from 'bullmq';
import express from 'express';
import Redis from 'ioredis';

// Whoever started it ends it; should they be gone, it does so itself.
const LONGEST_LIFE_MS = 15 * 60 * 1000;
setTimeout(() => process.exit(0), LONGEST_LIFE_MS).unref();

const [redisPort, httpPort] = process.argv.slice(2).map(Number);
const connection = new Redis({ host: '127.0.0.1', port: redisPort, maxRetriesPerRequest: null });
// Every queue listens for the one connection's errors.
connection.setMaxListeners(0);

const names = new Set();
for await (const keys of connection.scanStream({ match: 'bull:*:meta', count: 1000 })) {
  for (const key of keys) names.add(key.slice('bull:'.length, -':meta'.length));
}
const queues = [...names].sort().map((name) => new BullMQAdapter(new Queue(name, { connection })));

const serverAdapter = new ExpressAdapter();
serverAdapter.setBasePath('/');
createBullBoard({ queues, serverAdapter });
const app = express();
app.use('/', serverAdapter.getRouter());
app.listen(httpPort, '127.0.0.1');

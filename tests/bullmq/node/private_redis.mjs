// A Redis of one's own for the checks that run in Node: no port, nothing saved, gone afterwards.
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import Redis from 'ioredis';

async function launch(folder, socket) {
  const options = ['--port', '0', '--unixsocket', socket, '--save', '', '--appendonly', 'no', '--dir', folder];
  for (const program of ['redis-server', 'valkey-server']) {
    const server = spawn(program, options, { stdio: 'ignore' });
    if (await new Promise(resolve => server.once('spawn', () => resolve(true)).once('error', () => resolve(false)))) return server;
  }
  throw new Error('neither redis-server nor valkey-server is installed');
}

async function answers(socket) {
  const client = new Redis({ path: socket, retryStrategy: () => 50, maxRetriesPerRequest: null });
  client.on('error', () => {});
  try {
    const late = sleep(5000, null, { ref: false }).then(() => { throw new Error('the Redis did not start within 5 s'); });
    await Promise.race([client.ping(), late]);
  } finally {
    client.disconnect();
  }
}

// Calls `use(socket)` while the server runs; ends it whatever happens.
export async function withRedis(use) {
  const folder = await mkdtemp(join(tmpdir(), 'bullkeeper-'));
  const socket = join(folder, 'redis.sock');
  const server = await launch(folder, socket);
  try {
    await answers(socket);
    return await use(socket);
  } finally {
    const gone = new Promise(resolve => server.once('exit', resolve));
    server.kill();
    await gone;
    await rm(folder, { recursive: true, force: true });
  }
}

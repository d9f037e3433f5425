//! A queue with so many failed jobs, each with data of a size, as BullMQ 6 leaves them.

use redis::aio::MultiplexedConnection;

use super::lab::Result;

/// What the keys of the queue begin with.
pub(crate) const BASE: &str = "bull:bench/v1:";

/// How many jobs a script writes.
const BATCH: usize = 1000;

const SCRIPT: &str = "
local base, pad = ARGV[1], ARGV[2]
for i = tonumber(ARGV[3]), tonumber(ARGV[4]) do
  local data = '{\"user\":{\"id\":' .. i % 1000 .. ',\"name\":\"Ann\"},\"total\":' .. i .. '.5,\"note\":\"' .. pad .. '\"}'
  redis.call('HSET', base .. i, 'name', 'send', 'data', data, 'opts', '{\"attempts\":3}', 'timestamp', '1700000000000', 'delay', 0,
    'priority', 0, 'atm', 3, 'ats', 3, 'processedOn', '1700000000100', 'finishedOn', '1700000000200',
    'failedReason', 'no such address', 'stacktrace', '[\"Error: no such address\"]')
  redis.call('ZADD', base .. 'failed', 1700000000200 + i, i)
end";

/// Empties Redis but for the users, and writes so many jobs of about so many bytes.
pub(crate) async fn seed(
    redis: &mut MultiplexedConnection,
    jobs: usize,
    bytes: usize,
) -> Result<()> {
    redis::cmd("DEL")
        .arg(format!("{BASE}failed"))
        .exec_async(redis)
        .await?;
    redis::cmd("HSET")
        .arg(format!("{BASE}meta"))
        .arg(&["opts.maxLenEvents", "10000", "version", "bullmq:6.7.0"])
        .exec_async(redis)
        .await?;
    let pad = "x".repeat(bytes.saturating_sub(60));
    for first in (1..=jobs).step_by(BATCH) {
        redis::cmd("EVAL")
            .arg(SCRIPT)
            .arg(0)
            .arg(BASE)
            .arg(&pad)
            .arg(first)
            .arg(jobs.min(first + BATCH - 1))
            .exec_async(redis)
            .await?;
    }
    Ok(())
}

/// Deletes the hashes of so many jobs.
pub(crate) async fn delete(redis: &mut MultiplexedConnection, jobs: usize) -> Result<()> {
    for first in (1..=jobs).step_by(BATCH) {
        let last = jobs.min(first + BATCH - 1);
        let keys: Vec<String> = (first..=last).map(|id| format!("{BASE}{id}")).collect();
        redis::cmd("UNLINK").arg(keys).exec_async(redis).await?;
    }
    Ok(())
}

//! A queue with so many jobs in one state, as BullMQ 6 leaves them.

use redis::aio::MultiplexedConnection;

use super::lab::Result;

/// What the keys of the queue begin with.
pub(crate) const BASE: &str = "bull:bench/v1:";

/// How many jobs a script writes.
const BATCH: usize = 1000;

const SCRIPT: &str = "
local base, state, data = ARGV[1], ARGV[2], ARGV[3]
for i = tonumber(ARGV[4]), tonumber(ARGV[5]) do
  redis.call('HSET', base .. i, 'name', 'send', 'data', data, 'opts', '{\"attempts\":3}', 'timestamp', '1700000000000', 'delay', 0, 'priority', 0)
  if state == 'wait' then
    redis.call('LPUSH', base .. 'wait', i)
  else
    redis.call('HSET', base .. i, 'atm', 3, 'ats', 3, 'processedOn', '1700000000100', 'finishedOn', '1700000000200', 'failedReason', 'no such address', 'stacktrace', '[\"Error: no such address\"]')
    redis.call('ZADD', base .. state, 1700000000200 + i, i)
  end
end";

/// Deletes the queue, the audit log and the runs, and writes so many jobs into `state`.
pub(crate) async fn seed(
    redis: &mut MultiplexedConnection,
    state: &str,
    jobs: usize,
) -> Result<()> {
    delete(redis, &format!("{BASE}*")).await?;
    delete(redis, "bullkeeper:audit*").await?;
    delete(redis, "bullkeeper:run*").await?;
    redis::cmd("HSET")
        .arg(format!("{BASE}meta"))
        .arg(&["opts.maxLenEvents", "10000", "version", "bullmq:6.7.0"])
        .exec_async(redis)
        .await?;
    let data = format!(r#"{{"to":"ann@example.com","text":"{}"}}"#, "x".repeat(250));
    for first in (1..=jobs).step_by(BATCH) {
        redis::cmd("EVAL")
            .arg(SCRIPT)
            .arg(0)
            .arg(BASE)
            .arg(state)
            .arg(&data)
            .arg(first)
            .arg(jobs.min(first + BATCH - 1))
            .exec_async(redis)
            .await?;
    }
    redis::cmd("SET")
        .arg(format!("{BASE}id"))
        .arg(jobs)
        .exec_async(redis)
        .await?;
    Ok(())
}

async fn delete(redis: &mut MultiplexedConnection, pattern: &str) -> Result<()> {
    let keys: Vec<String> = redis::cmd("KEYS").arg(pattern).query_async(redis).await?;
    for keys in keys.chunks(BATCH) {
        redis::cmd("UNLINK").arg(keys).exec_async(redis).await?;
    }
    Ok(())
}

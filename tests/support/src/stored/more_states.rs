//! Jobs in states that tests of moves are about, and what a move leaves.

use std::collections::BTreeMap;

use crate::stored::bullmq_keys::Jobs;
use crate::wait::now;

impl Jobs {
    /// A job that waits for its time.
    pub async fn delayed(&mut self, queue: &str, id: &str, due: u64) {
        self.queue(queue, "bullmq:6.7.0").await;
        self.hash(queue, id, b"{}").await;
        let (key, score) = (format!("bull:{queue}:delayed"), (due * 4096).to_string());
        self.run::<u64>(&["ZADD", &key, &score, id]).await;
    }

    /// A job that waits by priority.
    pub async fn prioritized(&mut self, queue: &str, id: &str, priority: u64) {
        self.queue(queue, "bullmq:6.7.0").await;
        self.hash(queue, id, b"{}").await;
        let hash = format!("bull:{queue}:{id}");
        let text = priority.to_string();
        self.run::<u64>(&["HSET", &hash, "priority", &text]).await;
        let score = (priority << 32) + now() % 1000;
        let key = format!("bull:{queue}:prioritized");
        self.run::<u64>(&["ZADD", &key, &score.to_string(), id])
            .await;
    }

    /// So many waiting jobs, oldest first from 1.
    pub async fn many(&mut self, queue: &str, count: u64) {
        self.queue(queue, "bullmq:6.7.0").await;
        let script = "
for i = 1, tonumber(ARGV[2]) do
  redis.call('HSET', 'bull:' .. ARGV[1] .. ':' .. i, 'name', 'send', 'data', '{}', 'opts', '{}', 'timestamp', i, 'delay', 0, 'priority', 0)
  redis.call('LPUSH', 'bull:' .. ARGV[1] .. ':wait', i)
end
redis.call('SET', 'bull:' .. ARGV[1] .. ':id', ARGV[2])";
        self.run::<()>(&["EVAL", script, "0", queue, &count.to_string()])
            .await;
    }

    /// Ends every draft of an edit, as their time does.
    pub async fn end_drafts(&mut self) {
        let script = "
for _, key in ipairs(redis.call('KEYS', 'bullkeeper:draft*')) do redis.call('DEL', key) end";
        self.run::<()>(&["EVAL", script, "0"]).await;
    }

    /// All fields of a job.
    pub async fn job_hash(&mut self, queue: &str, id: &str) -> BTreeMap<String, Vec<u8>> {
        let key = format!("bull:{queue}:{id}");
        self.run(&["HGETALL", &key]).await
    }

    /// The ids and scores in one of the sorted sets of a queue.
    pub async fn sorted(&mut self, queue: &str, state: &str) -> Vec<(String, f64)> {
        let key = format!("bull:{queue}:{state}");
        self.run(&["ZRANGE", &key, "0", "-1", "WITHSCORES"]).await
    }

    /// How many jobs are in one of the lists of a queue.
    pub async fn length(&mut self, queue: &str, state: &str) -> u64 {
        self.run(&["LLEN", &format!("bull:{queue}:{state}")]).await
    }
}

//! Jobs as BullMQ keeps them, written with plain commands, and what is stored of them.

use redis::aio::MultiplexedConnection;
use redis::{AsyncCommands, FromRedisValue};

use crate::wait::now;

/// Jobs as BullMQ keeps them, written with plain commands.
#[derive(Clone)]
pub struct Jobs(pub MultiplexedConnection);

impl Jobs {
    /// Makes a queue as BullMQ's Node library of this version does.
    pub async fn queue(&mut self, queue: &str, version: &str) {
        let meta = [
            ("opts.maxLenEvents", "10000"),
            ("version", version),
            ("library", "bullmq"),
        ];
        self.0
            .hset_multiple::<_, _, _, ()>(format!("bull:{queue}:meta"), &meta)
            .await
            .unwrap();
    }

    /// Makes a queue whose workers counted so many completed and failed jobs in each minute before `end` (Unix milliseconds), the
    /// newest minute first.
    pub async fn counted_by_workers(
        &mut self,
        queue: &str,
        end: u64,
        completed: &[u64],
        failed: &[u64],
    ) {
        const STORE: &str = "
local counted = cjson.decode(ARGV[3])
for what, minutes in pairs(counted) do
  local key, total = ARGV[1] .. 'metrics:' .. what, 0
  for _, jobs in ipairs(minutes) do
    total = total + jobs
    redis.call('RPUSH', key .. ':data', jobs)
  end
  redis.call('HSET', key, 'count', total, 'prevTS', ARGV[2], 'prevCount', total)
end
redis.call('HSET', ARGV[1] .. 'meta', 'version', 'bullmq:6.7.0', 'library', 'bullmq')";
        let (key, end) = (format!("bull:{queue}:"), end.to_string());
        let counted = format!(r#"{{"completed":{completed:?},"failed":{failed:?}}}"#);
        self.run::<()>(&["EVAL", STORE, "0", &key, &end, &counted])
            .await;
    }

    /// Adds a job's hash alone.
    pub async fn hash(&mut self, queue: &str, id: &str, data: &[u8]) {
        let now = now().to_string();
        let fields: [(&str, &[u8]); 7] = [
            ("name", b"send"),
            ("data", data),
            ("opts", br#"{"attempts":3}"#),
            ("timestamp", now.as_bytes()),
            ("delay", b"0"),
            ("priority", b"0"),
            ("atm", b"3"),
        ];
        self.0
            .hset_multiple::<_, _, _, ()>(format!("bull:{queue}:{id}"), &fields)
            .await
            .unwrap();
    }

    /// A job that failed for good in a queue of BullMQ 6.
    pub async fn failed(&mut self, queue: &str, id: &str, data: impl AsRef<[u8]>) {
        self.queue(queue, "bullmq:6.7.0").await;
        self.hash(queue, id, data.as_ref()).await;
        let key = format!("bull:{queue}:{id}");
        let fields = [
            ("failedReason", "no such address\nat mailer.js:12"),
            (
                "stacktrace",
                r#"["Error: no such address\n    at mailer.js:12"]"#,
            ),
            ("finishedOn", &now().to_string()),
            ("processedOn", &now().to_string()),
        ];
        self.0
            .hset_multiple::<_, _, _, ()>(key, &fields)
            .await
            .unwrap();
        self.0
            .zadd::<_, _, _, ()>(format!("bull:{queue}:failed"), id, now())
            .await
            .unwrap();
    }

    /// A waiting job in a queue of BullMQ 6.
    pub async fn waiting(&mut self, queue: &str, id: &str, data: impl AsRef<[u8]>) {
        self.queue(queue, "bullmq:6.7.0").await;
        self.hash(queue, id, data.as_ref()).await;
        self.0
            .lpush::<_, _, ()>(format!("bull:{queue}:wait"), id)
            .await
            .unwrap();
    }

    /// A job that a worker holds.
    pub async fn active(&mut self, queue: &str, id: &str, data: impl AsRef<[u8]>) {
        self.queue(queue, "bullmq:6.7.0").await;
        self.hash(queue, id, data.as_ref()).await;
        self.0
            .lpush::<_, _, ()>(format!("bull:{queue}:active"), id)
            .await
            .unwrap();
        self.0
            .set::<_, _, ()>(format!("bull:{queue}:{id}:lock"), "token")
            .await
            .unwrap();
    }

    /// Moves a job from one list to another and announces it, in one step, as BullMQ's scripts do.
    pub async fn moves(&mut self, queue: &str, id: &str, from: &str, to: &str) {
        let script = "
local prefix = 'bull:' .. ARGV[1] .. ':'
local id, from, to = ARGV[2], ARGV[3], ARGV[4]
redis.call('LREM', prefix .. from, 1, id)
if to == 'completed' then
  redis.call('ZADD', prefix .. to, 1, id)
  redis.call('HSET', prefix .. id, 'finishedOn', '1', 'returnvalue', '7')
else
  redis.call('LPUSH', prefix .. to, id)
end
redis.call('XADD', prefix .. 'events', '*', 'event', to == 'wait' and 'waiting' or to, 'jobId', id)";
        self.run::<()>(&["EVAL", script, "0", queue, id, from, to])
            .await;
    }

    /// Adds an event to the queue's stream that says a job waits, whether it does or not.
    pub async fn announce(&mut self, queue: &str, id: &str) {
        let stream = format!("bull:{queue}:events");
        let event = ["XADD", &stream, "*", "event", "waiting", "jobId", id];
        self.run::<String>(&event).await;
    }

    /// Deletes all keys of a queue.
    pub async fn forget(&mut self, queue: &str) {
        let keys: Vec<String> = self.run(&["KEYS", &format!("bull:{queue}:*")]).await;
        for key in keys {
            self.run::<u64>(&["DEL", &key]).await;
        }
    }

    /// The stored bytes of a job's data.
    pub async fn data(&mut self, queue: &str, id: &str) -> Option<Vec<u8>> {
        self.0
            .hget(format!("bull:{queue}:{id}"), "data")
            .await
            .unwrap()
    }

    /// Runs any command; an error ends the test.
    pub async fn run<T: FromRedisValue>(&mut self, command: &[&str]) -> T {
        let mut words = command.iter();
        let mut command = redis::cmd(words.next().unwrap());
        for word in words {
            command.arg(word);
        }
        command.query_async(&mut self.0).await.unwrap()
    }
}

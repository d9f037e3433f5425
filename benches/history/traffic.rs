//! Workers that are connected to the busy queues, and the job a second that each of these gets.

use std::net::SocketAddr;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use redis::aio::MultiplexedConnection;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use crate::lab::Result;
use crate::seed::{add_event, add_job, finish_job};

/// How many jobs of a queue are there in the end: their ids are used again.
const JOBS: usize = 100;

/// In how many rounds all busy queues get a job, and how long one is.
const ROUNDS: usize = 10;
const ROUND: Duration = Duration::from_millis(100);

/// The busy queues and their workers.
pub(crate) struct Traffic {
    busy: Vec<String>,
    redis: MultiplexedConnection,
    round: usize,
    /// One for each queue, named as BullMQ names it; open for as long as this value.
    _workers: Vec<TcpStream>,
}

impl Traffic {
    /// Connects a worker to each busy queue.
    pub(crate) async fn new(
        busy: Vec<String>,
        redis: MultiplexedConnection,
        address: SocketAddr,
    ) -> Result<Self> {
        let mut workers = Vec::with_capacity(busy.len());
        for queue in &busy {
            let mut worker = TcpStream::connect(address).await?;
            let name = format!("CLIENT SETNAME bull:{}\r\n", STANDARD.encode(queue));
            worker.write_all(name.as_bytes()).await?;
            workers.push(worker);
        }
        Ok(Self {
            busy,
            redis,
            round: 0,
            _workers: workers,
        })
    }

    /// Does for so long what workers do.
    pub(crate) async fn go_on(&mut self, time: Duration) -> Result<()> {
        let began = Instant::now();
        let mut tick = tokio::time::interval(ROUND);
        while began.elapsed() < time {
            tick.tick().await;
            self.one_round().await?;
        }
        Ok(())
    }

    /// A tenth of the queues get a job, a tenth begin theirs, and a tenth complete it.
    async fn one_round(&mut self) -> Result<()> {
        let now = u64::try_from(SystemTime::now().duration_since(UNIX_EPOCH)?.as_millis())?;
        let mut pipeline = redis::pipe();
        for (at, queue) in self.busy.iter().enumerate() {
            let base = format!("bull:{queue}");
            let rounds = self.round + ROUNDS - at % ROUNDS;
            let (since, id) = (rounds % ROUNDS, 1 + rounds / ROUNDS % JOBS);
            let (wait, active) = (format!("{base}:wait"), format!("{base}:active"));
            match since {
                0 => {
                    pipeline.cmd("INCR").arg(format!("{base}:id")).ignore();
                    add_job(&mut pipeline, &base, id, now);
                    pipeline.zrem(format!("{base}:completed"), id).ignore();
                    pipeline.lpush(&wait, id).ignore();
                    add_event(&mut pipeline, &base, "added", id);
                    add_event(&mut pipeline, &base, "waiting", id);
                }
                1 => {
                    pipeline.rpoplpush(&wait, &active).ignore();
                    add_event(&mut pipeline, &base, "active", id);
                }
                4 => {
                    pipeline.lrem(&active, -1, id).ignore();
                    finish_job(&mut pipeline, &base, id, now);
                    add_event(&mut pipeline, &base, "completed", id);
                }
                _ => {}
            }
        }
        self.round += 1;
        pipeline.query_async::<()>(&mut self.redis).await?;
        Ok(())
    }
}

//! Open pages while real workers run: how soon each viewer sees an event, what that costs Redis, and the memory.

use std::ops::Range;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bullmq::options::RedisConnectionOptions;
use bullmq::redis_connection::RedisConnection;
use bullmq::{Queue, QueueOptions};
use serde_json::{Value, json};

use crate::clock::{Clock, QUEUE, Shown};
use crate::crowd::Crowd;
use crate::ground::Ground;
use crate::lab::Result;
use crate::lab::client::Connection;
use crate::lab::machine::{Cpu, Process};
use crate::lab::work::Target;

/// How many jobs a second are added and worked.
pub(crate) const JOBS_A_SECOND: usize = 500;

/// How many viewers keep the page open, one number after the other.
const VIEWERS: [usize; 5] = [0, 1, 16, 256, 1000];

/// How long to wait before each measurement.
const SETTLES: Duration = Duration::from_secs(3);

/// How long each measurement takes.
const MEASURED: Duration = Duration::from_secs(10);

/// How often a timed job is added, in ms: at irregular times, so as not to follow the rhythm of a dashboard.
const A_JOB_EVERY: Range<u64> = 800..1_200;

/// How long is waited for Bullkeeper's viewers to be shown one before the next.
const SHOWN_WITHIN: Duration = Duration::from_secs(3);

/// After this time a number of viewers is given up, and so are higher ones.
const GIVEN_UP_AFTER: Duration = Duration::from_secs(40);

/// What was measured with so many viewers.
pub(crate) struct Taken {
    pub(crate) viewers: usize,
    pub(crate) shown: Shown,
    /// Commands that Redis ran a second for the dashboard: all, less those of as many jobs without a dashboard.
    pub(crate) commands: f64,
    /// Commands that Redis ran a second, all of them.
    pub(crate) all_commands: f64,
    /// Jobs that were worked a second.
    pub(crate) jobs: f64,
    /// The dashboard's resident memory, in MB, and what it took of a core.
    pub(crate) memory: f64,
    pub(crate) cores: f64,
    /// How long it was measured, in s.
    pub(crate) seconds: f64,
}

/// What was measured of both.
pub(crate) struct Live {
    /// Commands that Redis runs for a job, without a dashboard.
    pub(crate) commands_a_job: f64,
    pub(crate) bullkeeper: Side,
    pub(crate) bull_board: Side,
}

/// What was measured of one of them.
#[derive(Default)]
pub(crate) struct Side {
    pub(crate) taken: Vec<Taken>,
    /// Why there is no more.
    pub(crate) fault: Option<String>,
}

impl Side {
    /// Takes a result in; whether to go on.
    fn add(&mut self, viewers: usize, taken: Result<Taken>) -> bool {
        match taken {
            Ok(taken) => self.taken.push(taken),
            Err(error) => self.fault = Some(format!("broke off with {viewers} viewers: {error}")),
        }
        self.fault.is_none()
    }
}

/// Starts the workers, and what gives them work.
pub(crate) async fn traffic(ground: &mut Ground<'_>) -> Result<Process> {
    ground.busy = true;
    ground.traffic(JOBS_A_SECOND).await
}

/// Measures both, one after the other.
pub(crate) async fn measure(ground: &mut Ground<'_>) -> Result<Live> {
    let mut stage = Stage::set(ground).await?;
    tokio::time::sleep(SETTLES).await;
    let none = stage.span(0, true).await?;
    stage.commands_a_job = none.commands / none.jobs;
    Ok(Live {
        commands_a_job: stage.commands_a_job,
        bullkeeper: stage.bullkeeper().await?,
        bull_board: stage.bull_board().await?,
    })
}

/// Where it takes place.
struct Stage<'a, 'b> {
    ground: &'a mut Ground<'b>,
    traffic: Process,
    stopwatch: Queue,
    clock: Arc<Clock>,
    commands_a_job: f64,
}

/// What is counted in the course of a span.
struct Span {
    commands: f64,
    jobs: f64,
    seconds: f64,
}

impl<'a, 'b> Stage<'a, 'b> {
    async fn set(ground: &'a mut Ground<'b>) -> Result<Self> {
        let options = RedisConnectionOptions::new().url(ground.url());
        let connection = RedisConnection::new_managed_only(&options).await?;
        let stopwatch = Queue::with_connection(QUEUE, connection, QueueOptions::new()).await?;
        stopwatch.add("tick", json!({})).await?;
        let clock = Arc::new(Clock::default());
        clock.begin(1);
        Ok(Self {
            traffic: traffic(ground).await?,
            ground,
            stopwatch,
            clock,
            commands_a_job: 0.0,
        })
    }

    async fn bullkeeper(&mut self) -> Result<Side> {
        eprintln!("Bullkeeper, the overview kept open");
        let (process, people) = self.ground.bullkeeper(QUEUE).await?;
        let mut crowd = Crowd::of(process.address, &self.clock);
        let mut side = Side::default();
        for viewers in VIEWERS {
            let comes = crowd.listen(&people, viewers);
            let taken = self.take(&process, viewers, true, comes).await;
            if !side.add(viewers, taken) {
                break;
            }
        }
        Ok(side)
    }

    async fn bull_board(&mut self) -> Result<Side> {
        eprintln!("bull-board, the overview kept open");
        let process = self.ground.bull_board().await?;
        let target = Target::open(&process);
        let mut crowd = Crowd::of(process.address, &self.clock);
        let mut side = Side::default();
        for viewers in VIEWERS {
            let comes = crowd.poll(&target, viewers);
            let taken = self.take(&process, viewers, false, comes).await;
            if !side.add(viewers, taken) {
                break;
            }
        }
        Ok(side)
    }

    /// Measures so many viewers once they have come; in time, or not at all.
    async fn take(
        &mut self,
        process: &Process,
        viewers: usize,
        in_turn: bool,
        comes: impl Future<Output = Result<()>>,
    ) -> Result<Taken> {
        eprintln!("  {viewers} viewers");
        let taking = async {
            comes.await?;
            self.take_slowly(process, viewers, in_turn).await
        };
        match tokio::time::timeout(GIVEN_UP_AFTER, taking).await {
            Ok(taken) => taken,
            Err(_) => Err(format!("not measured in {} s", GIVEN_UP_AFTER.as_secs()).into()),
        }
    }

    async fn take_slowly(
        &mut self,
        process: &Process,
        viewers: usize,
        in_turn: bool,
    ) -> Result<Taken> {
        tokio::time::sleep(SETTLES).await;
        let cpu = process.cpu()?;
        let span = self.span(viewers, in_turn).await?;
        let a_second = |count: f64| count / span.seconds;
        Ok(Taken {
            viewers,
            shown: self.clock.shown(viewers),
            commands: a_second(span.commands - span.jobs * self.commands_a_job),
            all_commands: a_second(span.commands),
            jobs: a_second(span.jobs),
            memory: process.megabytes("VmRSS")?,
            cores: a_second(Cpu::since(process.cpu()?, cpu)),
            seconds: span.seconds,
        })
    }

    /// Adds a job a second for a while; `in_turn`, each once everyone was shown the last.
    async fn span(&mut self, viewers: usize, in_turn: bool) -> Result<Span> {
        self.clock.begin(self.clock.jobs());
        let (began, jobs) = (Instant::now(), self.jobs().await?);
        let commands = self.ground.commands().await?;
        while began.elapsed() < MEASURED {
            let added = Instant::now();
            self.clock.job();
            self.stopwatch.add("tick", json!({})).await?;
            tokio::time::sleep(Duration::from_millis(rand::random_range(A_JOB_EVERY))).await;
            while in_turn && !self.clock.all_shown(viewers) && added.elapsed() < SHOWN_WITHIN {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        }
        Ok(Span {
            commands: self.ground.commands().await? - commands,
            jobs: self.jobs().await? - jobs,
            seconds: began.elapsed().as_secs_f64(),
        })
    }

    /// How many jobs were worked so far.
    async fn jobs(&self) -> Result<f64> {
        let mut connection = Connection::open(self.traffic.address).await?;
        let answer = connection
            .exchange(b"GET / HTTP/1.1\r\nhost: traffic\r\n\r\n")
            .await?;
        let did: Value = serde_json::from_slice(answer.body)?;
        let count = |what: &str| did[what].as_f64().unwrap_or(0.0);
        Ok(count("completed") + count("failed"))
    }
}

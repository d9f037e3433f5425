//! What the history, marks, metrics and alerts cost with ten thousand queues that are recorded for thirty days: bytes in Redis,
//! memory, processor time a minute, beside a Bullkeeper that records nothing and beside none; the longest command; and how long
//! a scrape and the history's pages take.
//!
//! `cargo bench --bench history` runs it; with `-- minutes=10 busy=1000 queues=2000`, for so long, with so many busy queues and
//! queues. It needs `redis-server`, takes about a quarter of an hour, and touches nothing but this machine's own loopback
//! address: a Redis and a Bullkeeper of its own, ended with it.

mod bytes;
mod pages;
mod past;
mod report;
mod seed;
mod traffic;

// This benchmark does not use the load.
#[allow(dead_code)]
#[path = "../lab/mod.rs"]
mod lab;

use std::path::Path;
use std::time::{Duration, Instant};

use lab::Result;
use lab::machine::{self, Cpu, Process};
use lab::run::{given, run};
use lab::slow_commands;
use lab::work::Target;
use pages::Asking;
use past::{Fields, HOUR, Kind};
use redis::AsyncCommands;
use redis::aio::MultiplexedConnection;
use report::{Month, Used};
use seed::{Queues, VERSIONS};
use traffic::Traffic;

/// How many queues there are, and how many of them are busy with a job a second, unless other numbers are given.
const QUEUES: usize = 10_000;
const BUSY: usize = 200;

/// For how many whole minutes each is measured, unless another number is given.
const MINUTES: usize = 3;

/// How long a Bullkeeper that records nothing has to find and count all queues, and one that records, to record and to put the
/// last hour together too.
const FINDS_WITHIN: Duration = Duration::from_secs(40);
const SETTLES_WITHIN: Duration = Duration::from_secs(300);

/// The whole ends after this time at the latest.
const ENDS_WITHIN: Duration = Duration::from_secs(60 * 60);

const PASSWORD: &str = "ten thousand histories";
const TOKEN: &str = "the-token-of-a-scrape";

/// The rules that the README begins with.
const ALERTS: [&str; 10] = [
    "stranded on * for 5m clears after 1m critical",
    "backlog over 10000 on * for 10m clears at 5000",
    "backlog growing for 30m on *",
    "failure rate over 10% with at least 50 jobs on * for 5m clears at 5% critical",
    "oldest wait over 30m on * for 5m clears at 5m",
    "late schedulers on * for 2m",
    "stalled on *",
    "redis memory over 80% for 5m clears at 75%",
    "redis eviction policy critical",
    "audit gap for 1m critical",
];

fn main() -> Result<()> {
    run("history", ENDS_WITHIN, bench())
}

/// What is measured on.
struct Ground<'a> {
    redis: MultiplexedConnection,
    server: &'a Process,
    url: &'a str,
    folder: &'a Path,
    traffic: Traffic,
    minutes: usize,
}

async fn bench() -> Result<()> {
    let queues = Queues {
        all: given("queues").unwrap_or(QUEUES).max(VERSIONS),
        busy: given("busy").unwrap_or(BUSY),
    };
    let folder = tempfile::tempdir()?;
    let server = Process::redis(folder.path()).await?;
    let url = format!("redis://{}", server.address);
    let client = redis::Client::open(url.as_str())?;
    let mut redis = client.get_multiplexed_async_connection().await?;
    redis.set_response_timeout(Duration::from_secs(60));
    println!("{}", machine::description(&mut redis).await?);
    machine::add_user(&url, "admin", "admin", PASSWORD)?;
    queues.seed(&mut redis).await?;
    let end = past::minute(&mut redis).await? / HOUR * HOUR;
    let months = [Kind::Busy, Kind::Quiet].map(|kind| kind.month(end));
    past::store(&mut redis, queues, (&months[0], &months[1])).await?;
    let busy = queues.busy_names();
    println!(
        "{} queues of {} families, {} of them with a worker and a job a second\n",
        queues.all,
        queues.all.div_ceil(VERSIONS),
        busy.len()
    );
    println!("{}\n", bytes_of_a_month(&mut redis, queues, &months).await?);
    let mut traffic_on = client.get_multiplexed_async_connection().await?;
    traffic_on.set_response_timeout(Duration::from_secs(60));
    let mut ground = Ground {
        redis,
        server: &server,
        url: &url,
        folder: folder.path(),
        traffic: Traffic::new(busy.clone(), traffic_on, server.address).await?,
        minutes: given("minutes").unwrap_or(MINUTES).max(1),
    };
    let mut rows = vec![ground.measure("nobody", None).await?];
    let idle = ground.start(&["--read-only"]).await?;
    ground.traffic.go_on(FINDS_WITHIN).await?;
    rows.push(ground.measure("nothing recorded", Some(&idle)).await?);
    drop(idle);
    let (bullkeeper, started) = ground.start_recording(&busy).await?;
    rows.push(ground.measure("recorded", Some(&bullkeeper)).await?);
    println!("{}\n\n{started}\n", report::used(&rows, ground.minutes));
    println!("{}", ground.ask(&bullkeeper, &busy).await?);
    Ok(())
}

/// How many bytes one busy and one quiet queue take for thirty days.
async fn bytes_of_a_month(
    redis: &mut MultiplexedConnection,
    queues: Queues,
    months: &[Fields; 2],
) -> Result<String> {
    let is_busy = |queue: &usize| queues.is_busy(*queue);
    let mut rows = Vec::new();
    for (name, queue, fields) in [
        (
            "1,000 jobs a minute",
            (0..queues.all).find(is_busy),
            &months[0],
        ),
        ("a job an hour", Some(0), &months[1]),
    ] {
        let queue = Queues::name(queue.ok_or("no queue is busy")?);
        rows.push(Month {
            name,
            fields: fields.len(),
            values: fields.iter().map(|(_, value)| value.len()).sum(),
            bytes: bytes::of(redis, &format!("bullkeeper:history:bull:{queue}")).await?,
        });
    }
    Ok(report::months(&rows))
}

impl Ground<'_> {
    async fn start(&self, more: &[&str]) -> Result<Process> {
        let mut flags = vec!["--metrics-token", TOKEN];
        flags.extend(ALERTS.iter().flat_map(|rule| ["--alerts", rule]));
        flags.extend(more);
        Process::bullkeeper(self.url, self.folder, &flags).await
    }

    /// Starts a Bullkeeper that records, and waits until it has recorded all queues and put the last hour together.
    async fn start_recording(&mut self, busy: &[String]) -> Result<(Process, String)> {
        let began = Instant::now();
        let first = past::minute(&mut self.redis).await?;
        // As if the process before had ended just now.
        let _: () = self
            .redis
            .set("bullkeeper:history-recorded", first - 2)
            .await?;
        let before = self.server.cpu()?;
        let bullkeeper = self.start(&[]).await?;
        slow_commands::watch(&mut self.redis).await?;
        loop {
            self.traffic.go_on(Duration::from_secs(1)).await?;
            let recorded: u64 = self.redis.get("bullkeeper:history-recorded").await?;
            if recorded >= first && self.is_put_together(busy, first).await? {
                break;
            }
            if began.elapsed() > SETTLES_WITHIN {
                return Err("the last hour was not put together".into());
            }
        }
        let said = format!(
            "The first {:.0} s, in which all queues were found, recorded and the hour before was put together: {:.1} s of \
             Bullkeeper, {:.1} s of Redis, longest command {}",
            began.elapsed().as_secs_f64(),
            bullkeeper.cpu()?.since(Cpu::default()),
            self.server.cpu()?.since(before),
            report::longest(&slow_commands::seen(&mut self.redis).await?),
        );
        Ok((bullkeeper, said))
    }

    /// Whether the busy queues have no minutes by themselves of hours that are over.
    async fn is_put_together(&mut self, busy: &[String], now: u64) -> Result<bool> {
        for queue in busy.iter().step_by(20) {
            let key = format!("bullkeeper:history:bull:{queue}");
            let fields: Vec<String> = self.redis.hkeys(&key).await?;
            let minutes = fields
                .iter()
                .filter_map(|field| field.strip_prefix('o')?.parse().ok());
            if minutes
                .into_iter()
                .any(|minute: u64| minute / HOUR < now / HOUR)
            {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// What is used in some whole minutes.
    async fn measure(&mut self, name: &'static str, process: Option<&Process>) -> Result<Used> {
        slow_commands::watch(&mut self.redis).await?;
        let mut minutes = Vec::with_capacity(self.minutes);
        for _ in 0..self.minutes {
            let before = (self.server.cpu()?, process.map(Process::cpu).transpose()?);
            self.traffic.go_on(Duration::from_secs(60)).await?;
            let own = match (process, before.1) {
                (Some(process), Some(before)) => Some(process.cpu()?.since(before)),
                _ => None,
            };
            minutes.push((self.server.cpu()?.since(before.0), own));
        }
        let memory = process.map(|process| -> Result<(f64, f64)> {
            Ok((process.megabytes("VmRSS")?, process.megabytes("VmHWM")?))
        });
        Ok(Used {
            name,
            minutes,
            memory: memory.transpose()?,
            slow: slow_commands::seen(&mut self.redis).await?,
        })
    }

    /// A scrape, pages, and the bytes in Redis; what the page says of them, too.
    async fn ask(&mut self, bullkeeper: &Process, busy: &[String]) -> Result<String> {
        let admin = Target::sign_in(bullkeeper, "admin", PASSWORD).await?;
        let asking = Asking {
            bullkeeper,
            admin: &admin,
            token: TOKEN,
            now: past::minute(&mut self.redis).await?,
        };
        slow_commands::watch(&mut self.redis).await?;
        let queue = busy.first().map_or("", String::as_str);
        let (asked, shown) = tokio::select! {
            asked = asking.all(queue) => asked?,
            ended = self.traffic.go_on(ENDS_WITHIN) => return Err(format!("{ended:?}").into()),
        };
        let slow = slow_commands::seen(&mut self.redis).await?;
        let kept = bytes::all(&mut self.redis).await?;
        Ok(report::asked(&asked, &slow, &kept, &shown))
    }
}

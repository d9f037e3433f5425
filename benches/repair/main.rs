//! Repairing a hundred thousand failed jobs whose amount is a text: by Bullkeeper, which finds, judges and records each, and by the
//! bare script that it uses, in pipelines, with the arguments made beforehand as well as they can be. Rounds of both take turns.
//!
//! `cargo bench --bench repair` runs it; with `-- jobs=10000 rounds=1`, with so many jobs and rounds. It needs `redis-server`, takes a
//! few minutes, and touches nothing but this machine's own loopback address: a Redis and a Bullkeeper of its own, ended with it.

mod bare;

// This benchmark does not use the load.
#[allow(dead_code)]
#[path = "../lab/mod.rs"]
mod lab;

use std::time::{Duration, Instant};

use lab::Result;
use lab::client::Connection;
use lab::machine::{self, Process};
use lab::run::{bullkeeper_run_ends, given, median, run};
use lab::slow_commands;
use lab::table::table;
use lab::work::{Target, form};
use redis::AsyncCommands;
use redis::aio::MultiplexedConnection;

/// How many jobs a round repairs, unless another number is given.
const JOBS: usize = 100_000;

/// How many rounds each way has, unless another number is given.
const ROUNDS: usize = 3;

/// The whole ends after this time at the latest.
const ENDS_WITHIN: Duration = Duration::from_secs(14 * 60);

/// No command may hold Redis up longer, in milliseconds.
const LONG: f64 = 50.0;

const PASSWORD: &str = "a hundred thousand amounts";

/// What the keys of the queue begin with.
const BASE: &str = "bull:bench:";

/// What one way took, a value for each round.
#[derive(Default)]
struct Taken {
    rates: Vec<f64>,
    /// The longest command, in milliseconds, and how many took more than [`LONG`].
    longest: f64,
    long: usize,
}

fn main() -> Result<()> {
    run("repair", ENDS_WITHIN, bench())
}

async fn bench() -> Result<()> {
    let jobs = given("jobs").unwrap_or(JOBS).max(1);
    let rounds = given("rounds").unwrap_or(ROUNDS).max(1);
    let folder = tempfile::tempdir()?;
    let server = Process::redis(folder.path()).await?;
    let url = format!("redis://{}", server.address);
    let client = redis::Client::open(url.as_str())?;
    let mut redis = client.get_multiplexed_async_connection().await?;
    redis.set_response_timeout(Duration::from_secs(120));
    println!("{}", machine::description(&mut redis).await?);
    println!("{jobs} failed jobs of about 300 bytes, {rounds} rounds each in turns\n");
    machine::add_user(&url, "admin", "admin", PASSWORD)?;
    seed(&mut redis, 1).await?;
    let bullkeeper = Process::bullkeeper(&url, folder.path(), &[]).await?;
    let admin = Target::sign_in(&bullkeeper, "admin", PASSWORD).await?;
    let (mut repaired, mut bare) = (Taken::default(), Taken::default());
    for _ in 0..rounds {
        let began = begin_round(&mut redis, jobs).await?;
        by_bullkeeper(&mut redis, &bullkeeper, &admin, jobs).await?;
        repaired.add(began, jobs, &mut redis).await?;

        let began = begin_round(&mut redis, jobs).await?;
        bare::repair(&mut redis, jobs).await?;
        bare.add(began, jobs, &mut redis).await?;
    }
    let share = repaired.rate() / bare.rate();
    let rows = vec![
        repaired.row("Bullkeeper", share),
        bare.row("the bare script", 1.0),
    ];
    let headings = [
        "by whom",
        "jobs/s",
        "of the bare script",
        "longest command, ms",
        "over 50 ms",
    ];
    println!("{}", table(&headings, rows));
    Ok(())
}

async fn begin_round(redis: &mut MultiplexedConnection, jobs: usize) -> Result<Instant> {
    seed(redis, jobs).await?;
    slow_commands::watch(redis).await?;
    Ok(Instant::now())
}

/// Deletes the queue, the audit log and the runs, and writes so many failed jobs.
async fn seed(redis: &mut MultiplexedConnection, jobs: usize) -> Result<()> {
    for pattern in [&format!("{BASE}*"), "bullkeeper:audit*", "bullkeeper:run*"] {
        let keys: Vec<String> = redis::cmd("KEYS").arg(pattern).query_async(redis).await?;
        for keys in keys.chunks(1_000) {
            redis::cmd("UNLINK").arg(keys).exec_async(redis).await?;
        }
    }
    let mut meta = redis::cmd("HSET");
    meta.arg(format!("{BASE}meta"))
        .arg(&["version", "bullmq:6.7.0"]);
    meta.exec_async(redis).await?;
    for first in (1..=jobs).step_by(1_000) {
        let mut pipeline = redis::pipe();
        for id in first..=jobs.min(first + 999) {
            let fields = [
                ("name", "charge".to_owned()),
                ("data", bare::data(id, true)),
                ("opts", "{}".to_owned()),
                ("timestamp", "1700000000000".to_owned()),
                ("failedReason", "amount must be a number".to_owned()),
            ];
            pipeline
                .hset_multiple(format!("{BASE}{id}"), &fields)
                .ignore();
            pipeline.zadd(format!("{BASE}failed"), id, id).ignore();
        }
        pipeline.query_async::<()>(redis).await?;
    }
    Ok(())
}

/// The dry run and the run, as the pages send them.
async fn by_bullkeeper(
    redis: &mut MultiplexedConnection,
    bullkeeper: &Process,
    admin: &Target,
    jobs: usize,
) -> Result<()> {
    let asked = [
        ("queue", "bench"),
        ("state", "failed"),
        ("kind", "steps"),
        ("what", "convert"),
        ("at", "/amount"),
        ("to", "number"),
    ];
    let mut connection = Connection::open(bullkeeper.address).await?;
    let review = admin.post("/repair/review", &form(&asked));
    let page = connection.exchange(&review).await?;
    let page = String::from_utf8_lossy(page.body).into_owned();
    let field = |name: &str| {
        let (_, rest) = page.split_once(&format!("name=\"{name}\" value=\""))?;
        let (value, _) = rest.split_once('"')?;
        Some(
            value
                .replace("&#34;", "\"")
                .replace("&#39;", "'")
                .replace("&amp;", "&"),
        )
    };
    let named = |name: &str| field(name).ok_or_else(|| format!("the dry run has no field {name}"));
    let (reviewed, rules, count) = (named("reviewed")?, named("rules")?, jobs.to_string());
    let mut fields = asked.to_vec();
    fields.extend([
        ("reviewed", reviewed.as_str()),
        ("rules", rules.as_str()),
        ("count", count.as_str()),
        ("typed_count", count.as_str()),
        ("reason", "a benchmark"),
        ("confirm", "1"),
    ]);
    let begin = admin.post("/repair/run", &form(&fields));
    let answer = connection.exchange(&begin).await?;
    bullkeeper_run_ends(redis, &answer).await
}

impl Taken {
    /// Adds a round, after checking that it repaired all jobs.
    async fn add(
        &mut self,
        began: Instant,
        jobs: usize,
        redis: &mut MultiplexedConnection,
    ) -> Result<()> {
        self.rates.push(jobs as f64 / began.elapsed().as_secs_f64());
        for id in [1, jobs] {
            let stored: String = redis.hget(format!("{BASE}{id}"), "data").await?;
            if stored != bare::data(id, false) {
                return Err(format!("job {id} was not repaired: {stored}").into());
            }
        }
        let entries: usize = redis.xlen("bullkeeper:audit").await?;
        if entries < jobs {
            return Err(format!("{entries} entries for {jobs} jobs").into());
        }
        for slow in slow_commands::seen(redis).await? {
            self.longest = self.longest.max(slow.took);
            self.long += usize::from(slow.took > LONG);
        }
        Ok(())
    }

    /// Jobs a second in the middle round.
    fn rate(&self) -> f64 {
        median(&self.rates)
    }

    fn row(&self, who: &str, share: f64) -> Vec<String> {
        vec![
            who.to_owned(),
            format!("{:.0}", self.rate()),
            format!("{share:.3}"),
            format!("{:.1}", self.longest),
            self.long.to_string(),
        ]
    }
}

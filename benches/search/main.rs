//! Searching in the data of all jobs of a state, as the search's page does it, beside a bare loop of pipelined HGET that reads the
//! same data and looks at nothing. Rounds of both take turns.
//!
//! `cargo bench --bench search` runs it; with `-- jobs=100000 rounds=1`, with so many jobs of 300 bytes and rounds. It needs
//! `redis-server` and 2 GB of memory, takes some minutes, and touches nothing but this machine's own loopback address: a Redis and
//! a Bullkeeper of its own, ended with it.

mod bare;
mod seed;

// This benchmark uses neither the load nor the pages.
#[allow(dead_code)]
#[path = "../lab/mod.rs"]
mod lab;
#[allow(dead_code)]
#[path = "../beside_bull_board/sse.rs"]
mod sse;

use std::time::{Duration, Instant};

use lab::Result;
use lab::machine::{self, Process};
use lab::run::{given, median, run};
use lab::slow_commands;
use lab::table::table;
use lab::work::Target;
use redis::aio::MultiplexedConnection;
use sse::Stream;

/// How many jobs of 300 bytes there are, unless another number is given. Of larger ones there are fewer.
const JOBS: usize = 1_000_000;

/// How many rounds there are, unless another number is given.
const ROUNDS: usize = 3;

/// The whole ends after this time at the latest.
const ENDS_WITHIN: Duration = Duration::from_secs(14 * 60);

/// A query that looks at all jobs and finds none, and one that one job in a thousand matches.
const NONE: &str = "data.user.id+%3D+-1";
const SOME: &str = "data.user.id+%3D+42";

const PASSWORD: &str = "where is that job again";

fn main() -> Result<()> {
    run("search", ENDS_WITHIN, bench())
}

/// What the rounds are done with.
struct Ground<'a> {
    redis: MultiplexedConnection,
    server: &'a Process,
    bullkeeper: &'a Process,
    viewer: Target,
}

/// What the rounds with jobs of one size came to.
#[derive(Default)]
struct Measured {
    /// Jobs a second by the bare loop, and by the search.
    bare: Vec<f64>,
    search: Vec<f64>,
    /// Milliseconds up to the first row.
    first: Vec<f64>,
    /// Processor seconds of a search: of Redis, and of Bullkeeper.
    cpu: [f64; 2],
    /// The longest command of a search, in milliseconds.
    longest: f64,
}

async fn bench() -> Result<()> {
    let jobs = given("jobs").unwrap_or(JOBS).max(1);
    let rounds = given("rounds").unwrap_or(ROUNDS).max(1);
    let folder = tempfile::tempdir()?;
    let server = Process::redis(folder.path()).await?;
    let url = format!("redis://{}", server.address);
    let client = redis::Client::open(url.as_str())?;
    let mut redis = client.get_multiplexed_async_connection().await?;
    redis.set_response_timeout(Duration::from_secs(60));
    println!("{}", machine::description(&mut redis).await?);
    machine::add_user(&url, "viewer", "viewer", PASSWORD)?;
    seed::seed(&mut redis, 1, 300).await?;
    let bullkeeper = Process::bullkeeper(&url, folder.path(), &[]).await?;
    let mut ground = Ground {
        redis,
        server: &server,
        viewer: Target::sign_in(&bullkeeper, "viewer", PASSWORD).await?,
        bullkeeper: &bullkeeper,
    };
    let mut rows = Vec::new();
    for (jobs, bytes) in [(jobs, 300), (jobs / 5, 1_000), (jobs / 50, 10_000)] {
        let jobs = jobs.max(1);
        seed::seed(&mut ground.redis, jobs, bytes).await?;
        let mut measured = Measured::default();
        for _ in 0..rounds {
            ground.round(jobs, &mut measured).await?;
        }
        rows.push(measured.row(jobs, bytes));
        seed::delete(&mut ground.redis, jobs).await?;
    }
    println!("{}", report(rows));
    Ok(())
}

impl Ground<'_> {
    async fn round(&mut self, jobs: usize, measured: &mut Measured) -> Result<()> {
        let address = self.server.address;
        let began = Instant::now();
        let read = tokio::task::spawn_blocking(move || {
            bare::read(address, jobs).map_err(|error| error.to_string())
        });
        read.await??;
        measured
            .bare
            .push(jobs as f64 / began.elapsed().as_secs_f64());

        slow_commands::watch(&mut self.redis).await?;
        let before = [self.server.cpu()?, self.bullkeeper.cpu()?];
        let began = Instant::now();
        let last = self.search(NONE, |_| false).await?;
        let took = began.elapsed().as_secs_f64();
        measured.search.push(jobs as f64 / took);
        let after = [self.server.cpu()?, self.bullkeeper.cpu()?];
        for (used, (after, before)) in measured.cpu.iter_mut().zip(after.into_iter().zip(before)) {
            *used += after.since(before);
        }
        if !last.contains("search-stream") {
            return Err(format!("the search did not end: {last}").into());
        }
        for slow in slow_commands::seen(&mut self.redis).await? {
            measured.longest = measured.longest.max(slow.took);
        }

        let began = Instant::now();
        self.search(SOME, |message| message.contains("search-rows"))
            .await?;
        measured.first.push(began.elapsed().as_secs_f64() * 1000.0);
        Ok(())
    }

    /// Follows a search up to a message that is wanted, or to its end; the last message.
    async fn search(&self, query: &str, wanted: impl Fn(&str) -> bool) -> Result<String> {
        let path = format!("/events/search?q={query}&queue=bench/v1");
        let request = self.viewer.get(&path, false);
        let mut stream = Stream::open(self.bullkeeper.address, &request).await?;
        let mut last = String::new();
        while let Some(message) = stream.next().await? {
            if message.is_named() || !message.has_data() {
                continue;
            }
            last = message.text().to_owned();
            if wanted(&last) || last.contains("search-stream") {
                break;
            }
        }
        Ok(last)
    }
}

impl Measured {
    fn row(&self, jobs: usize, bytes: usize) -> Vec<String> {
        let (bare, search) = (median(&self.bare), median(&self.search));
        let rounds = self.search.len() as f64;
        let [redis, bullkeeper] = self.cpu.map(|seconds| seconds / rounds);
        vec![
            format!("{jobs} of {bytes} B"),
            format!("{search:.0}"),
            format!("{bare:.0}"),
            format!("{:.2}", search / bare),
            format!("{:.0}", median(&self.first)),
            format!("{:.1}", self.longest),
            format!("{redis:.2} + {bullkeeper:.2}"),
        ]
    }
}

fn report(rows: Vec<Vec<String>>) -> String {
    let headings = [
        "jobs",
        "searched, jobs/s",
        "bare HGET, jobs/s",
        "ratio",
        "first row, ms",
        "longest command, ms",
        "CPU s, Redis + Bullkeeper",
    ];
    format!(
        "{}\n\nThe middle round of each; the longest command of all rounds, 0 where none took a millisecond. The search compares a \
         number two levels deep in each job's data, and measures each job before it reads it.",
        table(&headings, rows)
    )
}

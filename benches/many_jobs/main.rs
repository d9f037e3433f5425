//! Retrying, cleaning and removing a hundred thousand jobs of one state: by Bullkeeper's buttons, by bull-board's, and by the
//! bare commands in pipelines, without a check, an audit entry or anyone who may stop them. Rounds of the three take turns.
//!
//! `cargo bench --bench many_jobs` runs it; with `-- jobs=1000000 rounds=1`, with so many jobs and rounds. It needs `redis-server`, Node and npm, takes about ten minutes, and touches nothing
//! but this machine's own loopback address: a Redis, a Bullkeeper and a bull-board of its own, ended with it.

mod bare;
mod buttons;
mod seed;

// This benchmark does not use the load.
#[allow(dead_code)]
#[path = "../lab/mod.rs"]
mod lab;
#[path = "../lab/node.rs"]
mod node;

use std::time::{Duration, Instant};

use lab::Result;
use lab::machine::{self, Process};
use lab::run::{given, median, run};
use lab::slow_commands::{self, Slow};
use lab::table::table;
use lab::work::Target;
use redis::AsyncCommands;
use redis::aio::MultiplexedConnection;

/// How many jobs a round is about, unless another number is given.
const JOBS: usize = 100_000;

/// How many rounds each way has, unless another number is given.
const ROUNDS: usize = 3;

/// The whole ends after this time at the latest.
const ENDS_WITHIN: Duration = Duration::from_secs(14 * 60);

/// A round ends after this time at the latest, whatever is left.
const ROUND_WITHIN: Duration = Duration::from_secs(120);

/// No command may hold Redis up longer, in milliseconds.
const LONG: f64 = 50.0;

const PASSWORD: &str = "a hundred thousand jobs";

/// What is done to all jobs of a state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Deed {
    /// Failed jobs wait again.
    Retry,
    /// Failed jobs are deleted, without entries of their own.
    Clean,
    /// Waiting jobs are removed, each with its entry and data; bull-board's button is "Empty".
    Remove,
}

/// Who does it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Bullkeeper,
    BullBoard,
    Bare,
}

impl Deed {
    const ALL: [Self; 3] = [Self::Retry, Self::Clean, Self::Remove];

    fn name(self) -> &'static str {
        match self {
            Self::Retry => "retry all failed",
            Self::Clean => "clean failed",
            Self::Remove => "remove all waiting",
        }
    }

    /// The key of the state that is empty in the end.
    fn state(self) -> &'static str {
        match self {
            Self::Retry | Self::Clean => "failed",
            Self::Remove => "wait",
        }
    }
}

impl Way {
    const ALL: [Self; 3] = [Self::Bullkeeper, Self::BullBoard, Self::Bare];

    fn name(self) -> &'static str {
        match self {
            Self::Bullkeeper => "Bullkeeper",
            Self::BullBoard => "bull-board",
            Self::Bare => "bare commands",
        }
    }
}

/// What one way of one deed took, a value for each round.
#[derive(Default)]
struct Taken {
    rates: Vec<f64>,
    /// The longest command.
    longest: Slow,
    /// How many commands took more than [`LONG`].
    long: usize,
    /// The most jobs that were left.
    left: usize,
}

fn main() -> Result<()> {
    run("many_jobs", ENDS_WITHIN, bench())
}

/// What the rounds are done with.
struct Ground<'a> {
    jobs: usize,
    redis: MultiplexedConnection,
    bullkeeper: &'a Process,
    admin: Target,
    peer: &'a Process,
}

async fn bench() -> Result<()> {
    node::install()?;
    let jobs = given("jobs").unwrap_or(JOBS).max(1);
    let rounds = given("rounds").unwrap_or(ROUNDS).max(1);
    let folder = tempfile::tempdir()?;
    let server = Process::redis(folder.path()).await?;
    let url = format!("redis://{}", server.address);
    let client = redis::Client::open(url.as_str())?;
    let mut redis = client.get_multiplexed_async_connection().await?;
    redis.set_response_timeout(ROUND_WITHIN);
    println!("{}", machine::description(&mut redis).await?);
    println!("{}", node::description()?);
    println!(
        "{jobs} jobs of about 300 bytes in one state of one queue, {rounds} rounds each in turns\n"
    );
    machine::add_user(&url, "admin", "admin", PASSWORD)?;
    seed::seed(&mut redis, "wait", 1).await?;
    let bullkeeper = Process::bullkeeper(&url, folder.path(), &[]).await?;
    let peer = node::start("peer.mjs", server.address.port(), &[], folder.path()).await?;
    let mut ground = Ground {
        jobs,
        redis,
        admin: Target::sign_in(&bullkeeper, "admin", PASSWORD).await?,
        bullkeeper: &bullkeeper,
        peer: &peer,
    };
    let mut rows = Vec::new();
    for deed in Deed::ALL {
        let mut taken = Way::ALL.map(|_| Taken::default());
        for _ in 0..rounds {
            for (way, taken) in Way::ALL.into_iter().zip(&mut taken) {
                ground.round(deed, way, taken).await?;
                println!(
                    "{}, {}: longest {:?}",
                    deed.name(),
                    way.name(),
                    taken.longest
                );
            }
        }
        let bare = taken[2].rate();
        rows.extend(
            Way::ALL
                .into_iter()
                .zip(&taken)
                .map(|(way, taken)| taken.row(deed, way, bare)),
        );
    }
    println!("{}", report(rows));
    Ok(())
}

impl Ground<'_> {
    async fn round(&mut self, deed: Deed, way: Way, taken: &mut Taken) -> Result<()> {
        seed::seed(&mut self.redis, deed.state(), self.jobs).await?;
        slow_commands::watch(&mut self.redis).await?;
        let began = Instant::now();
        let doing = async {
            match way {
                Way::Bullkeeper => self.by_bullkeeper(deed).await,
                Way::BullBoard => self.by_bull_board(deed).await,
                Way::Bare => bare::act(&mut self.redis, deed, self.jobs).await,
            }
        };
        // Where the time is over, the jobs that are left say so.
        if let Ok(done) = tokio::time::timeout(ROUND_WITHIN, doing).await {
            done?;
        }
        let seconds = began.elapsed().as_secs_f64();
        let left = self.left(deed).await?;
        taken.rates.push((self.jobs - left) as f64 / seconds);
        taken.left = taken.left.max(left);
        for slow in slow_commands::seen(&mut self.redis).await? {
            taken.long += usize::from(slow.took > LONG);
            if slow > taken.longest {
                taken.longest = slow;
            }
        }
        Ok(())
    }

    async fn left(&mut self, deed: Deed) -> Result<usize> {
        let key = format!("{}{}", seed::BASE, deed.state());
        Ok(match deed.state() {
            "wait" => self.redis.llen(key).await?,
            _ => self.redis.zcard(key).await?,
        })
    }
}

impl Taken {
    /// Jobs a second in the middle round.
    fn rate(&self) -> f64 {
        median(&self.rates)
    }

    fn row(&self, deed: Deed, way: Way, bare: f64) -> Vec<String> {
        vec![
            format!("{}: {}", deed.name(), way.name()),
            format!("{:.0}", self.rate()),
            format!("{:.3}", self.rate() / bare),
            format!("{:.1}", self.longest.took),
            self.long.to_string(),
            self.left.to_string(),
        ]
    }
}

fn report(rows: Vec<Vec<String>>) -> String {
    let headings = [
        "what, and by whom",
        "jobs/s",
        "of the bare commands",
        "longest command, ms",
        "over 50 ms",
        "left",
    ];
    format!(
        "{}\n\njobs/s of the middle round; the longest command of all rounds. Bullkeeper checks jobs one by one; of retried and \
         removed jobs each has its audit entry, and of removed ones its data. A round ends after {} s: then jobs are left.",
        table(&headings, rows),
        ROUND_WITHIN.as_secs()
    )
}

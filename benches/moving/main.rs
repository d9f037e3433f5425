//! Moving ten thousand waiting jobs from one version to another, and beside it the commands that move them sent bare: in
//! pipelines, without a check, an audit entry or anyone who may stop it. Rounds of both take turns.
//!
//! `cargo bench --bench moving` runs it. It needs `redis-server`, takes about a minute, and touches nothing but this
//! machine's own loopback address: a Redis and a Bullkeeper of its own, ended with it.

// This benchmark does not use the load.
#[allow(dead_code)]
#[path = "../lab/mod.rs"]
mod lab;

use std::time::{Duration, Instant};

use lab::Result;
use lab::client::Connection;
use lab::load::commands_run;
use lab::machine::{self, Process};
use lab::run::{bullkeeper_run_ends, run};
use lab::table::table;
use lab::work::{Target, form};
use redis::aio::MultiplexedConnection;

/// How many jobs move in a round.
const JOBS: usize = 10_000;

/// How many rounds each has.
const ROUNDS: usize = 5;

/// How many jobs a pipeline or a script moves.
const BATCH: usize = 100;

/// The whole ends after this time at the latest.
const ENDS_WITHIN: Duration = Duration::from_secs(170);

const PASSWORD: &str = "ten thousand jobs to move";

/// What one way of moving took.
#[derive(Default)]
struct Taken {
    seconds: Vec<f64>,
    commands: f64,
    redis: f64,
}

fn main() -> Result<()> {
    run("moving", ENDS_WITHIN, bench())
}

async fn bench() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let server = Process::redis(folder.path()).await?;
    let url = format!("redis://{}", server.address);
    let client = redis::Client::open(url.as_str())?;
    let mut redis = client.get_multiplexed_async_connection().await?;
    redis.set_response_timeout(Duration::from_secs(20));
    println!("{}", machine::description(&mut redis).await?);
    println!("{JOBS} waiting jobs of about 300 bytes, {BATCH} at a time\n");
    machine::add_user(&url, "admin", "admin", PASSWORD)?;
    seed(&mut redis).await?;
    let bullkeeper = Process::bullkeeper(&url, folder.path(), &[]).await?;
    let admin = Target::sign_in(&bullkeeper, "admin", PASSWORD).await?;
    let (mut moved, mut bare) = (Taken::default(), Taken::default());
    for _ in 0..ROUNDS {
        seed(&mut redis).await?;
        let before = (commands_run(&mut redis).await?, server.cpu()?);
        let began = Instant::now();
        move_by_bullkeeper(&mut redis, &bullkeeper, &admin).await?;
        moved.add(began, before, &mut redis, &server).await?;
        check(&mut redis).await?;

        seed(&mut redis).await?;
        let before = (commands_run(&mut redis).await?, server.cpu()?);
        let began = Instant::now();
        move_bare(&mut redis).await?;
        bare.add(began, before, &mut redis, &server).await?;
        check(&mut redis).await?;
    }
    println!("{}", report(&moved, &bare));
    Ok(())
}

impl Taken {
    async fn add(
        &mut self,
        began: Instant,
        before: (f64, machine::Cpu),
        redis: &mut MultiplexedConnection,
        server: &Process,
    ) -> Result<()> {
        self.seconds.push(began.elapsed().as_secs_f64());
        self.redis += server.cpu()?.since(before.1);
        self.commands += commands_run(redis).await? - before.0;
        Ok(())
    }

    /// Jobs a second in the middle round.
    fn rate(&self) -> f64 {
        let mut seconds = self.seconds.clone();
        seconds.sort_by(f64::total_cmp);
        JOBS as f64 / seconds[seconds.len() / 2]
    }

    fn row(&self, name: &str) -> Vec<String> {
        let jobs = (JOBS * self.seconds.len()) as f64;
        let rates = self.seconds.iter().map(|seconds| JOBS as f64 / seconds);
        vec![
            name.to_owned(),
            format!("{:.0}", self.rate()),
            format!("{:.0}", rates.clone().fold(f64::INFINITY, f64::min)),
            format!("{:.0}", rates.fold(0.0, f64::max)),
            format!("{:.1}", self.commands / jobs),
            format!("{:.0}", self.redis / jobs * 1e6),
        ]
    }
}

fn report(moved: &Taken, bare: &Taken) -> String {
    let headings = [
        "moved by",
        "jobs/s",
        "least",
        "most",
        "commands a job",
        "µs of Redis a job",
    ];
    let rows = vec![moved.row("Bullkeeper"), bare.row("bare commands")];
    format!(
        "{}\n\nBullkeeper moves {:.2} of what the bare commands move in the same time ({ROUNDS} rounds each, in turns; \
         jobs/s of the middle one). Its jobs are checked one by one, and each has its audit entry.",
        table(&headings, rows),
        moved.rate() / bare.rate()
    )
}

/// An empty v2, and so many waiting jobs in v1, as BullMQ 6 leaves them.
async fn seed(redis: &mut MultiplexedConnection) -> Result<()> {
    let script = "
for _, key in ipairs(redis.call('KEYS', 'bull:bench/*')) do redis.call('DEL', key) end
for _, queue in ipairs({'bull:bench/v1:', 'bull:bench/v2:'}) do
  redis.call('HSET', queue .. 'meta', 'opts.maxLenEvents', 10000, 'version', 'bullmq:6.7.0', 'library', 'bullmq')
end
for i = 1, tonumber(ARGV[1]) do
  redis.call('HSET', 'bull:bench/v1:' .. i, 'name', 'send', 'data', ARGV[2], 'opts', '{\"attempts\":3}', 'timestamp', '1700000000000', 'delay', 0, 'priority', 0)
  redis.call('LPUSH', 'bull:bench/v1:wait', i)
end
redis.call('SET', 'bull:bench/v1:id', ARGV[1])";
    let data = format!(r#"{{"to":"ann@example.com","text":"{}"}}"#, "x".repeat(250));
    let seeded = redis::cmd("EVAL")
        .arg(script)
        .arg(0)
        .arg(JOBS)
        .arg(data)
        .query_async(redis)
        .await;
    Ok(seeded?)
}

async fn check(redis: &mut MultiplexedConnection) -> Result<()> {
    let (here, there): (usize, usize) = redis::pipe()
        .llen("bull:bench/v1:wait")
        .llen("bull:bench/v2:wait")
        .query_async(redis)
        .await?;
    match (here, there) {
        (0, JOBS) => Ok(()),
        _ => Err(format!("{here} jobs are left and {there} arrived").into()),
    }
}

async fn move_by_bullkeeper(
    redis: &mut MultiplexedConnection,
    bullkeeper: &Process,
    admin: &Target,
) -> Result<()> {
    let fields = [
        ("name", "bench"),
        ("from", "bench/v1"),
        ("to", "bench/v2"),
        ("waiting", "1"),
        ("reason", "a benchmark"),
        ("confirm", "1"),
    ];
    let mut connection = Connection::open(bullkeeper.address).await?;
    let request = admin.post("/family/move", &form(&fields));
    let answer = connection.exchange(&request).await?;
    bullkeeper_run_ends(redis, &answer).await
}

/// What the move's script changes for a job of BullMQ, and nothing else.
async fn move_bare(redis: &mut MultiplexedConnection) -> Result<()> {
    let (from, to) = ("bull:bench/v1:", "bull:bench/v2:");
    for batch in 0..JOBS / BATCH {
        let mut pipeline = redis::pipe();
        for id in batch * BATCH + 1..=(batch + 1) * BATCH {
            pipeline.cmd("INCR").arg(format!("{to}id")).ignore();
            pipeline
                .cmd("RENAME")
                .arg(format!("{from}{id}"))
                .arg(format!("{to}{id}"))
                .ignore();
            let (wait, there) = (format!("{from}wait"), format!("{to}wait"));
            pipeline.cmd("LREM").arg(wait).arg(-1).arg(id).ignore();
            pipeline.cmd("LPUSH").arg(there).arg(id).ignore();
            add_event(&mut pipeline, to, "added", id);
            add_event(&mut pipeline, to, "waiting", id);
            add_event(&mut pipeline, from, "removed", id);
        }
        let marker = format!("{to}marker");
        pipeline.cmd("ZADD").arg(marker).arg(0).arg("0").ignore();
        pipeline.query_async::<()>(redis).await?;
    }
    Ok(())
}

fn add_event(pipeline: &mut redis::Pipeline, queue: &str, event: &str, id: usize) {
    pipeline
        .cmd("XADD")
        .arg(format!("{queue}events"))
        .arg(&["MAXLEN", "~", "10000", "*", "event", event, "jobId"])
        .arg(id)
        .ignore();
}

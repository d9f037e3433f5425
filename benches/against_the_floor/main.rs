//! Bullkeeper against the floor: load on the real program and, beside it in the same run, on the least that could do
//! the same work in Redis. The figures are ratios: they compare two programs on one machine at one time.
//!
//! `cargo bench` runs it, `cargo bench -- job edit` only the cases with one of these words in their names. It needs
//! `redis-server`, takes about two minutes, and touches nothing but this machine's own loopback address: a Redis, a
//! Bullkeeper and a floor of its own, ended with it.

mod cases;
mod floor;
mod jobs;
#[path = "../lab/mod.rs"]
mod lab;
mod quiet;
mod record;
mod report;

use std::path::Path;
use std::time::Duration;

use cases::Both;
use lab::machine::{self, Process};
use lab::work::Target;
use lab::{Result, seed};

/// The argument with which this program is the floor.
pub(crate) const FLOOR: &str = "be-the-floor";

/// How many viewers there are at once, each with a connection and a session.
const VIEWERS: usize = 16;

/// The longest time that the benchmark runs.
const ENDS_WITHIN: Duration = Duration::from_secs(170);

/// The password of every viewer.
const PASSWORD: &str = "sixteen viewers look on";

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        [FLOOR, redis, address, recorded] => tokio::runtime::Runtime::new()?
            .block_on(floor::serve(redis, address.parse()?, Path::new(recorded))),
        arguments if arguments.contains(&"--bench") => {
            // One thread, which leaves the machine to the servers.
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()?;
            let words: Vec<&str> = arguments
                .iter()
                .copied()
                .filter(|word| !word.starts_with('-'))
                .collect();
            runtime.block_on(async { tokio::time::timeout(ENDS_WITHIN, bench(&words)).await? })
        }
        _ => {
            println!("this is a benchmark: run it by `cargo bench`");
            Ok(())
        }
    }
}

async fn bench(words: &[&str]) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let redis_server = Process::redis(folder.path()).await?;
    let url = format!("redis://{}", redis_server.address);
    let client = redis::Client::open(url.as_str())?;
    let mut redis = client.get_multiplexed_async_connection().await?;
    println!("{}", machine::description(&mut redis).await?);
    let (queues, jobs) = (jobs::QUEUES, jobs::JOBS);
    println!("{queues} queues of {jobs} jobs, {VIEWERS} connections\n");
    seed::seed(&mut redis, queues, jobs).await?;
    for viewer in 0..VIEWERS {
        machine::add_user(&url, &user(viewer), "operator", PASSWORD)?;
    }
    let (recordings, counted) = quiet::find_out(&url, folder.path(), client, redis).await?;
    let floor = floor::start(&url, &recordings).await?;
    let bullkeeper = Process::bullkeeper(&url, folder.path(), &[]).await?;
    let targets = sign_in(&bullkeeper).await?;
    // Waits for some refreshes without viewers.
    tokio::time::sleep(Duration::from_secs(5)).await;
    let idle = bullkeeper.megabytes("VmRSS")?;
    let both = Both {
        bullkeeper,
        floor,
        targets,
        words,
    };
    let measured = both.measure(&counted).await?;
    tokio::time::sleep(Duration::from_secs(3)).await;
    let after = both.bullkeeper.megabytes("VmRSS")?;
    println!(
        "{}\n\n{}\n",
        report::speed(&measured),
        report::cost(&measured)
    );
    println!(
        "The floor sends Redis what Bullkeeper was recorded to send, without what is for the session; its overview is as many \
         bytes out of memory. All share the machine: of each second's {} the load generator took what the table says.\n\
         The overview cost Redis {:.2} commands a view under load and {:.2} with a view a second by each of {VIEWERS} viewers \
         (aim: at most 1).\n\
         Bullkeeper's resident memory with {queues} queues: {idle:.1} MB with nobody looking, {after:.1} MB after the load \
         (aim: below 40 MB).",
        machine::cores()?,
        counted.overview,
        counted.overview_slowly
    );
    Ok(())
}

fn user(viewer: usize) -> String {
    format!("viewer-{viewer}")
}

/// A session for each viewer.
async fn sign_in(bullkeeper: &Process) -> Result<Vec<Target>> {
    let mut targets = Vec::with_capacity(VIEWERS);
    for viewer in 0..VIEWERS {
        targets.push(Target::sign_in(bullkeeper, &user(viewer), PASSWORD).await?);
    }
    Ok(targets)
}

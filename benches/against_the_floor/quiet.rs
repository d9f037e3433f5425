//! Measurements before the load, without the program's own refresh: the commands that it sends to Redis, and their number.

use std::path::{Path, PathBuf};
use std::time::Duration;

use redis::Client;
use redis::aio::MultiplexedConnection;

use crate::cases::{PATIENCE, ROUND, WARM_UP};
use crate::lab::Result;
use crate::lab::client::Connection;
use crate::lab::load::{Time, Viewer, commands_run, drive};
use crate::lab::machine::Process;
use crate::lab::work::{self, Edits, Target, Work};
use crate::record::{Recorder, Recording};
use crate::{VIEWERS, jobs};

/// Starts a Bullkeeper that hardly ever refreshes. Returns the file with the recordings, and the counts.
pub(crate) async fn find_out(
    url: &str,
    folder: &Path,
    client: Client,
    mut redis: MultiplexedConnection,
) -> Result<(PathBuf, Counted)> {
    let seldom = ["--refresh", "60s", "--round", "1h", "--discovery", "1h"];
    let bullkeeper = Process::bullkeeper(url, folder, &seldom).await?;
    let targets = crate::sign_in(&bullkeeper).await?;
    let recorder = Recorder::new(client, redis.clone());
    let recorded = record(&bullkeeper, &targets[0], recorder).await?;
    let recordings = folder.join("recordings.json");
    std::fs::write(&recordings, serde_json::to_vec(&recorded)?)?;
    Ok((recordings, count(&bullkeeper, &targets, &mut redis).await?))
}

/// Records what Bullkeeper sends for a job in each state.
async fn record(
    bullkeeper: &Process,
    target: &Target,
    mut recorder: Recorder,
) -> Result<Vec<Recording>> {
    let mut connection = Connection::open(bullkeeper.address).await?;
    let jobs = jobs::recorded();
    // The first overview waits for the first count, which a job's page uses.
    connection.exchange(&target.get("/", true)).await?;
    // After this Redis knows the script, and only its digest is sent.
    let other = jobs::counted();
    for edited in [false, true] {
        connection
            .exchange(&(work::BULLKEEPER.request)(target, &other[0], edited))
            .await?;
    }
    let mut recordings = Vec::new();
    for job in &jobs {
        let mut heard = Vec::new();
        for request in [
            target.get(&work::job_path(job), false),
            (work::BULLKEEPER.request)(target, job, false),
        ] {
            let monitor = recorder.listen().await?;
            connection.exchange(&request).await?;
            heard.push(recorder.heard(monitor, job).await?);
        }
        let (Some(edit), Some(page)) = (heard.pop(), heard.pop()) else {
            return Err("nothing was recorded".into());
        };
        recordings.push(Recording { page, edit });
    }
    Ok(recordings)
}

/// Redis commands per request.
pub(crate) struct Counted {
    /// For a view of the overview under load.
    pub(crate) overview: f64,
    /// For a view of the overview when each viewer looks once a second.
    pub(crate) overview_slowly: f64,
    /// For a job's page.
    pub(crate) job_page: f64,
    /// For an edit.
    pub(crate) edit: f64,
}

async fn count(
    bullkeeper: &Process,
    targets: &[Target],
    redis: &mut MultiplexedConnection,
) -> Result<Counted> {
    let (mut looking, mut reading, mut editing) = (Vec::new(), Vec::new(), Vec::new());
    for (viewer, target) in targets.iter().enumerate() {
        let jobs = || jobs::counted().into_iter().skip(viewer).step_by(VIEWERS);
        let work = Work::fetch(vec![target.get("/", true)]);
        looking.push(Viewer::of(bullkeeper, work).await?);
        let work = Work::job_pages(target, jobs(), false);
        reading.push(Viewer::of(bullkeeper, work).await?);
        let work = Work::Edit(target.clone(), Edits::of(jobs()), work::BULLKEEPER);
        editing.push(Viewer::of(bullkeeper, work).await?);
    }
    let (once_a_second, at_once) = (Duration::from_secs(1), Duration::ZERO);
    Ok(Counted {
        overview: commands_under_load(redis, &mut looking).await?,
        overview_slowly: commands(redis, &mut looking, 4, once_a_second).await?,
        job_page: commands(redis, &mut reading, 20, at_once).await?,
        edit: commands(redis, &mut editing, 20, at_once).await?,
    })
}

/// How many commands Redis runs per request, those of scripts included, if each of `crew` asks this many times with pauses.
async fn commands(
    redis: &mut MultiplexedConnection,
    crew: &mut [Viewer],
    times: u32,
    pause: Duration,
) -> Result<f64> {
    let before = commands_run(redis).await?;
    for _ in 0..times {
        tokio::time::sleep(pause).await;
        futures::future::try_join_all(crew.iter_mut().map(Viewer::ask)).await?;
    }
    let requests = f64::from(times) * crew.len() as f64;
    // The first INFO is counted by the second.
    Ok((commands_run(redis).await? - before - 1.0) / requests)
}

/// How many commands Redis runs per request while `crew` asks as fast as it can.
async fn commands_under_load(
    redis: &mut MultiplexedConnection,
    crew: &mut Vec<Viewer>,
) -> Result<f64> {
    let time = Time {
        asking: WARM_UP + ROUND,
        at_most: PATIENCE,
    };
    let before = commands_run(redis).await?;
    let figures = drive(crew, time).await?;
    Ok((commands_run(redis).await? - before - 1.0) / figures.requests())
}

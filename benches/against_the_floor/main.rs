//! Bullkeeper against the floor: load on the real program and, beside it in the same run, on the least that could do
//! the same work in Redis. The figures are ratios: they compare two programs on one machine at one time.
//!
//! `cargo bench` runs it, `cargo bench -- job edit` only the cases with one of these words in their names. It needs
//! `redis-server`, takes about two minutes, and touches nothing but this machine's own loopback address: a Redis, a
//! Bullkeeper and a floor of its own, ended with it.

mod client;
mod floor;
mod load;
mod machine;
mod record;
mod report;
mod seed;
mod work;

use std::path::Path;
use std::time::Duration;

use load::{Figures, Viewer, commands, round};
use machine::Process;
use record::{Recorder, Recording};
use redis::aio::MultiplexedConnection;
use report::Measured;
use seed::SeededJob;
use work::{Edits, Target, Work};

/// What any part of it returns.
pub(crate) type Result<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// The argument with which this program is the floor.
pub(crate) const FLOOR: &str = "be-the-floor";

/// How many people look on at once, each with a connection and a session of their own.
const VIEWERS: usize = 16;

/// How often each case is measured; between, the floor is, so that both meet the machine's moods.
const ROUNDS: usize = 2;

/// The whole ends after this time at the latest.
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
            // One thread: the load generator is to leave the machine to the servers.
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
    println!(
        "{} queues of {} jobs, {VIEWERS} connections\n",
        seed::QUEUES,
        seed::JOBS
    );
    seed::seed(&mut redis).await?;
    for viewer in 0..VIEWERS {
        machine::add_user(&url, &user(viewer), PASSWORD)?;
    }
    let recordings = folder.path().join("recordings.json");
    let counted = {
        // Its own refresh would be in the way of what is recorded and counted.
        let quiet = ["--refresh", "60s", "--discovery", "1h"];
        let quiet = Process::bullkeeper(&url, folder.path(), &quiet).await?;
        let targets = sign_in(&quiet).await?;
        let recorder = Recorder::new(client, redis.clone());
        let recorded = record(&quiet, &targets[0], recorder).await?;
        std::fs::write(&recordings, serde_json::to_vec(&recorded)?)?;
        count(&quiet, &targets, &mut redis).await?
    };
    let floor = Process::floor(&url, &recordings).await?;
    let bullkeeper = Process::bullkeeper(&url, folder.path(), &[]).await?;
    let targets = sign_in(&bullkeeper).await?;
    // Some rounds of its own refresh, with nobody looking.
    tokio::time::sleep(Duration::from_secs(5)).await;
    let idle = bullkeeper.megabytes("VmRSS")?;
    let both = Both {
        bullkeeper,
        floor,
        targets,
        words,
    };
    let mut measured = both.measure(&counted).await?;
    tokio::time::sleep(Duration::from_secs(3)).await;
    println!("{}\n", report::table(&mut measured));
    let generator = measured.iter().map(|case| {
        format!(
            "{:.2} and {:.2}",
            case.ours.generator(),
            case.floor.generator()
        )
    });
    println!(
        "The load generator itself took, in cores, beside Bullkeeper and beside the floor, case by case: {}.",
        generator.collect::<Vec<_>>().join("; ")
    );
    println!(
        "Bullkeeper's resident memory: {idle:.1} MB at {} queues with nobody looking, {:.1} MB after the load, {:.1} MB at its \
         highest (aim: below 40 MB).",
        seed::QUEUES,
        both.bullkeeper.megabytes("VmRSS")?,
        both.bullkeeper.megabytes("VmHWM")?
    );
    println!(
        "Redis ran {:.2} commands a view of the overview when each viewer looked once a second (aim: at most 1); the floor's \
         commands are Bullkeeper's own, recorded, without those for the session.",
        counted.overview
    );
    Ok(())
}

fn user(viewer: usize) -> String {
    format!("viewer-{viewer}")
}

async fn sign_in(bullkeeper: &Process) -> Result<Vec<Target>> {
    let mut targets = Vec::with_capacity(VIEWERS);
    for viewer in 0..VIEWERS {
        targets.push(Target::sign_in(bullkeeper, &user(viewer), PASSWORD).await?);
    }
    Ok(targets)
}

/// Records what Bullkeeper sends for a job in each state.
async fn record(
    bullkeeper: &Process,
    target: &Target,
    mut recorder: Recorder,
) -> Result<Vec<Recording>> {
    let mut connection = client::Connection::open(bullkeeper.address).await?;
    let jobs = SeededJob::recorded();
    // So that Redis knows the script, and is sent its digest alone from here on.
    let other = SeededJob::counted();
    for edited in [false, true] {
        connection
            .exchange(&work::edit(target, &other[0], edited))
            .await?;
    }
    let mut recordings = Vec::new();
    for job in &jobs {
        let mut heard = Vec::new();
        for request in [
            target.get(&work::job_path(job), false),
            work::edit(target, job, false),
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

/// Redis commands a request.
struct Counted {
    overview: f64,
    job_page: f64,
    edit: f64,
}

async fn count(
    quiet: &Process,
    targets: &[Target],
    redis: &mut MultiplexedConnection,
) -> Result<Counted> {
    let (mut looking, mut reading, mut editing) = (Vec::new(), Vec::new(), Vec::new());
    for (viewer, target) in targets.iter().enumerate() {
        let jobs = || {
            SeededJob::counted()
                .into_iter()
                .skip(viewer)
                .step_by(VIEWERS)
        };
        let work = Work::fetch(vec![target.get("/", true)]);
        looking.push(Viewer::of(quiet, work).await?);
        let work = Work::job_pages(target, jobs(), false);
        reading.push(Viewer::of(quiet, work).await?);
        let work = Work::Edit(target.clone(), Edits::of(jobs()));
        editing.push(Viewer::of(quiet, work).await?);
    }
    let (once_a_second, at_once) = (Duration::from_secs(1), Duration::ZERO);
    Ok(Counted {
        overview: commands(redis, &mut looking, 4, once_a_second).await?,
        job_page: commands(redis, &mut reading, 20, at_once).await?,
        edit: commands(redis, &mut editing, 20, at_once).await?,
    })
}

/// The jobs that one viewer asks for.
fn load_of(viewer: usize) -> impl Iterator<Item = SeededJob> {
    SeededJob::loaded()
        .into_iter()
        .skip(viewer)
        .step_by(VIEWERS)
}

/// The two that are compared.
struct Both<'a> {
    bullkeeper: Process,
    floor: Process,
    targets: Vec<Target>,
    /// A case is measured if its name holds one of them; every case if there are none.
    words: &'a [&'a str],
}

impl Both<'_> {
    async fn measure(&self, counted: &Counted) -> Result<Vec<Measured>> {
        let mut all = Vec::new();
        for (name, path, gzip) in [
            ("overview", "/", false),
            ("overview, gzip", "/", true),
            ("overview's refresh, gzip", "/overview/figures", true),
        ] {
            if self.wanted(name) {
                let measured = self.overview(name, path, gzip).await?;
                let commands = format!("{:.2}", counted.overview);
                all.push(Measured {
                    commands,
                    ..measured
                });
            }
        }
        for (name, gzip) in [("job page", false), ("job page, gzip", true)] {
            if self.wanted(name) {
                let measured = self.job_page(name, gzip).await?;
                let commands = format!("{:.1}", counted.job_page);
                all.push(Measured {
                    commands,
                    aim: Some(0.6),
                    ..measured
                });
            }
        }
        let name = "audited edit";
        if self.wanted(name) {
            let measured = self.edit(name).await?;
            let commands = format!("{:.1}", counted.edit);
            all.push(Measured {
                commands,
                aim: Some(0.6),
                ..measured
            });
        }
        Ok(all)
    }

    fn wanted(&self, name: &str) -> bool {
        self.words.is_empty() || self.words.iter().any(|word| name.contains(word))
    }

    /// Beside the floor's sending as many bytes.
    async fn overview(&self, name: &'static str, path: &str, gzip: bool) -> Result<Measured> {
        let mut connection = client::Connection::open(self.bullkeeper.address).await?;
        let request = self.targets[0].get(path, gzip);
        let size = connection.exchange(&request).await?.body.len();
        let bare = Target::floor(&self.floor).get(&format!("/overview?bytes={size}"), false);
        let ours = |viewer: usize| Work::fetch(vec![self.targets[viewer].get(path, gzip)]);
        self.case(name, ours, |_| Work::fetch(vec![bare.clone()]))
            .await
    }

    async fn job_page(&self, name: &'static str, gzip: bool) -> Result<Measured> {
        let floor = Target::floor(&self.floor);
        let ours = |viewer: usize| Work::job_pages(&self.targets[viewer], load_of(viewer), gzip);
        let bare = |viewer| Work::job_pages(&floor, load_of(viewer), false);
        self.case(name, ours, bare).await
    }

    async fn edit(&self, name: &'static str) -> Result<Measured> {
        let floor = Target::floor(&self.floor);
        let edits: Vec<_> = (0..VIEWERS)
            .map(|viewer| Edits::of(load_of(viewer)))
            .collect();
        let ours = |viewer: usize| Work::Edit(self.targets[viewer].clone(), edits[viewer].clone());
        let bare = |viewer: usize| Work::Edit(floor.clone(), edits[viewer].clone());
        self.case(name, ours, bare).await
    }

    async fn case(
        &self,
        name: &'static str,
        ours: impl Fn(usize) -> Work,
        bare: impl Fn(usize) -> Work,
    ) -> Result<Measured> {
        let (mut on_ours, mut on_floor) = (Vec::new(), Vec::new());
        for viewer in 0..VIEWERS {
            on_ours.push(Viewer::of(&self.bullkeeper, ours(viewer)).await?);
            on_floor.push(Viewer::of(&self.floor, bare(viewer)).await?);
        }
        let (mut ours, mut floor) = (Figures::default(), Figures::default());
        for _ in 0..ROUNDS {
            round(&mut on_ours, &self.bullkeeper, &mut ours).await?;
            round(&mut on_floor, &self.floor, &mut floor).await?;
        }
        Ok(Measured {
            name,
            ours,
            floor,
            commands: String::new(),
            aim: None,
        })
    }
}

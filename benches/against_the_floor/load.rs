//! Load: so many connections, each asking as soon as it is answered, for a time; and what that came to.

use std::time::{Duration, Instant};

use redis::aio::MultiplexedConnection;

use crate::Result;
use crate::client::Connection;
use crate::machine::{Cpu, Process};
use crate::work::Work;

/// How long a load goes on before it is measured.
const WARM_UP: Duration = Duration::from_millis(300);

/// How long a round of it is measured.
const ROUND: Duration = Duration::from_millis(2500);

/// The most requests of one connection in a round, however fast they are answered.
const MOST: u64 = 20_000;

/// A connection with what it asks for.
pub(crate) struct Viewer {
    connection: Connection,
    work: Work,
}

impl Viewer {
    /// Connects to `process`.
    pub(crate) async fn of(process: &Process, work: Work) -> Result<Self> {
        let connection = Connection::open(process.address).await?;
        Ok(Self { connection, work })
    }

    /// Asks once: how long the answer took, and the bytes of its body.
    async fn ask(&mut self) -> Result<(Duration, usize)> {
        let request = self.work.next();
        let began = Instant::now();
        let answer = self.connection.exchange(&request).await?;
        let took = began.elapsed();
        self.work.answered(&answer)?;
        Ok((took, answer.body.len()))
    }
}

/// What a load came to.
#[derive(Default)]
pub(crate) struct Figures {
    micros: Vec<u32>,
    bytes: usize,
    seconds: f64,
    server: f64,
    generator: f64,
}

impl Figures {
    fn add(&mut self, other: Self) {
        self.micros.extend(other.micros);
        self.bytes += other.bytes;
        self.seconds += other.seconds;
        self.server += other.server;
        self.generator += other.generator;
    }

    /// Requests a second.
    pub(crate) fn rate(&self) -> f64 {
        self.requests() / self.seconds
    }

    /// The time that `share` of all requests took at most, in ms.
    pub(crate) fn percentile(&mut self, share: f64) -> f64 {
        self.micros.sort_unstable();
        let at = (self.micros.len() as f64 * share) as usize;
        self.micros
            .get(at.min(self.micros.len() - 1))
            .map_or(0.0, |&micros| f64::from(micros) / 1000.0)
    }

    /// The mean size of a body, in bytes as sent.
    pub(crate) fn size(&self) -> f64 {
        self.bytes as f64 / self.requests()
    }

    /// The server's processor time for a request, in µs.
    pub(crate) fn cost(&self) -> f64 {
        self.server * 1e6 / self.requests()
    }

    /// How much of one core the load generator took.
    pub(crate) fn generator(&self) -> f64 {
        self.generator / self.seconds
    }

    fn requests(&self) -> f64 {
        (self.micros.len() as f64).max(1.0)
    }
}

/// Puts `crew`'s load on `server` for a round.
pub(crate) async fn round(
    crew: &mut Vec<Viewer>,
    server: &Process,
    into: &mut Figures,
) -> Result<()> {
    drive(crew, WARM_UP).await?;
    let (before, own_before) = (server.cpu()?, Cpu::of("self")?);
    let mut figures = drive(crew, ROUND).await?;
    figures.server = server.cpu()?.since(before);
    figures.generator = Cpu::of("self")?.since(own_before);
    into.add(figures);
    Ok(())
}

/// All of `crew` ask at once, again and again, for so long.
pub(crate) async fn drive(crew: &mut Vec<Viewer>, time: Duration) -> Result<Figures> {
    let began = Instant::now();
    let asking: Vec<_> = crew
        .drain(..)
        .map(|viewer| tokio::spawn(keep_asking(viewer, began + time)))
        .collect();
    let mut figures = Figures::default();
    for asked in asking {
        let (viewer, part) = asked.await??;
        crew.push(viewer);
        figures.add(part);
    }
    figures.seconds = began.elapsed().as_secs_f64();
    Ok(figures)
}

async fn keep_asking(mut viewer: Viewer, until: Instant) -> Result<(Viewer, Figures)> {
    let mut figures = Figures::default();
    for _ in 0..MOST {
        let (took, bytes) = viewer.ask().await?;
        figures.micros.push(u32::try_from(took.as_micros())?);
        figures.bytes += bytes;
        if Instant::now() >= until {
            break;
        }
    }
    Ok((viewer, figures))
}

/// How many commands Redis runs for a request, those of scripts included, when each of `crew` asks so many times with
/// a pause between.
pub(crate) async fn commands(
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

/// How many commands Redis runs for a request while `crew` asks as fast as it is answered.
pub(crate) async fn commands_under_load(
    redis: &mut MultiplexedConnection,
    crew: &mut Vec<Viewer>,
) -> Result<f64> {
    let before = commands_run(redis).await?;
    let figures = drive(crew, WARM_UP + ROUND).await?;
    Ok((commands_run(redis).await? - before - 1.0) / figures.requests())
}

async fn commands_run(redis: &mut MultiplexedConnection) -> Result<f64> {
    let stats: String = redis::cmd("INFO")
        .arg("commandstats")
        .query_async(redis)
        .await?;
    Ok(stats
        .lines()
        .filter_map(|line| {
            line.split_once(":calls=")?
                .1
                .split(',')
                .next()?
                .parse::<f64>()
                .ok()
        })
        .sum())
}

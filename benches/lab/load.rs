//! Load: a number of connections, each of which asks again as soon as it is answered, for a time; and its results.

use std::time::{Duration, Instant};

use redis::aio::MultiplexedConnection;

use super::Result;
use super::client::Connection;
use super::machine::{Cpu, Process};
use super::work::{Work, WrongAnswer};

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
    pub(crate) async fn ask(&mut self) -> Result<(Duration, usize)> {
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
    /// How long each answer took, and how long was waited for those that did not come.
    micros: Vec<u32>,
    /// How many did not come.
    pub(crate) given_up: usize,
    /// The answers that were not what they have to be; no other figure counts them.
    pub(crate) wrong: Vec<WrongAnswer>,
    bytes: usize,
    /// How long it went on, in s.
    pub(crate) seconds: f64,
    server: f64,
    generator: f64,
}

impl Figures {
    /// Adds what another load came to.
    pub(crate) fn add(&mut self, other: Self) {
        self.micros.extend(other.micros);
        self.given_up += other.given_up;
        self.wrong.extend(other.wrong);
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
    pub(crate) fn percentile(&self, share: f64) -> f64 {
        let mut micros = self.micros.clone();
        let at = (micros.len() as f64 * share) as usize;
        micros.sort_unstable();
        micros
            .get(at.min(micros.len().saturating_sub(1)))
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

    /// How many requests were answered; at least one, to divide by.
    pub(crate) fn requests(&self) -> f64 {
        (self.answers() as f64).max(1.0)
    }

    /// How many requests were answered.
    pub(crate) fn answers(&self) -> usize {
        self.micros.len() - self.given_up
    }
}

/// How long a load goes on.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Time {
    /// Until then each connection asks again once it is answered.
    pub(crate) asking: Duration,
    /// What is not answered until then is given up.
    pub(crate) at_most: Duration,
}

/// All of `crew` ask `server` at once, again and again, for so long; what both took meanwhile. Those who gave up are
/// not of the crew any more.
pub(crate) async fn measure(
    crew: &mut Vec<Viewer>,
    server: &Process,
    time: Time,
) -> Result<Figures> {
    let (before, own_before) = (server.cpu()?, Cpu::of("self")?);
    let mut figures = drive(crew, time).await?;
    figures.server = server.cpu()?.since(before);
    figures.generator = Cpu::of("self")?.since(own_before);
    Ok(figures)
}

/// All of `crew` ask at once, again and again, for so long.
pub(crate) async fn drive(crew: &mut Vec<Viewer>, time: Time) -> Result<Figures> {
    let began = Instant::now();
    let mut asking = tokio::task::JoinSet::new();
    for viewer in crew.drain(..) {
        asking.spawn(keep_asking(viewer, began, time));
    }
    let mut figures = Figures::default();
    while let Some(asked) = asking.join_next().await {
        let (viewer, part) = asked??;
        crew.extend(viewer);
        figures.add(part);
    }
    figures.seconds = began.elapsed().as_secs_f64();
    Ok(figures)
}

async fn keep_asking(
    mut viewer: Viewer,
    began: Instant,
    time: Time,
) -> Result<(Option<Viewer>, Figures)> {
    let mut figures = Figures::default();
    for _ in 0..MOST {
        let asked = Instant::now();
        let give_up = tokio::time::Instant::from_std(began + time.at_most);
        let Ok(answer) = tokio::time::timeout_at(give_up, viewer.ask()).await else {
            figures.given_up += 1;
            figures.micros.push(micros(asked.elapsed())?);
            return Ok((None, figures));
        };
        match answer {
            Ok((took, bytes)) => {
                figures.micros.push(micros(took)?);
                figures.bytes += bytes;
            }
            Err(error) => figures.wrong.push(*error.downcast::<WrongAnswer>()?),
        }
        if began.elapsed() >= time.asking {
            break;
        }
    }
    Ok((Some(viewer), figures))
}

fn micros(time: Duration) -> Result<u32> {
    Ok(u32::try_from(time.as_micros())?)
}

/// How many commands Redis has run, those of scripts included.
pub(crate) async fn commands_run(redis: &mut MultiplexedConnection) -> Result<f64> {
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

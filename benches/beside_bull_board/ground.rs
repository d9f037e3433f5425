//! A Redis with queues, and the two dashboards, started over it one at a time so that they do not affect each other.

use std::path::Path;
use std::time::{Duration, Instant};

use redis::aio::MultiplexedConnection;

use crate::lab::client::Connection;
use crate::lab::load::commands_run;
use crate::lab::machine::{self, Process};
use crate::lab::work::Target;
use crate::lab::{Result, seed};
use crate::node;

/// How many people are signed in. More viewers than these share a person, as with several tabs.
pub(crate) const PEOPLE: usize = 16;

/// Their password.
const PASSWORD: &str = "sixteen people look on";

/// How long Bullkeeper may take to find every queue.
const FOUND_WITHIN: Duration = Duration::from_secs(60);

/// A Redis with queues in it.
pub(crate) struct Ground<'a> {
    server: Process,
    url: String,
    /// To ask it for what it counts.
    pub(crate) redis: MultiplexedConnection,
    /// How many queues were seeded.
    pub(crate) queues: usize,
    /// How many jobs are in each.
    pub(crate) jobs: usize,
    /// Whether workers run on it.
    pub(crate) busy: bool,
    folder: &'a Path,
}

impl<'a> Ground<'a> {
    /// Starts and seeds it; logs and the like go to `folder`.
    pub(crate) async fn new(folder: &'a Path, queues: usize, jobs: usize) -> Result<Self> {
        let server = Process::redis(folder).await?;
        let url = format!("redis://{}", server.address);
        let client = redis::Client::open(url.as_str())?;
        let mut redis = client.get_multiplexed_async_connection().await?;
        seed::seed(&mut redis, queues, jobs).await?;
        for person in 0..PEOPLE {
            machine::add_user(&url, &name_of(person), "operator", PASSWORD)?;
        }
        Ok(Self {
            server,
            url,
            redis,
            queues,
            jobs,
            busy: false,
            folder,
        })
    }

    /// The address of the Redis.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// How many commands Redis has run so far.
    pub(crate) async fn commands(&mut self) -> Result<f64> {
        commands_run(&mut self.redis).await
    }

    /// Starts Bullkeeper and signs everyone in, and waits until it knows the queue of the name `last`.
    pub(crate) async fn bullkeeper(&self, last: &str) -> Result<(Process, Vec<Target>)> {
        let process = Process::bullkeeper(&self.url, self.folder, &[]).await?;
        let mut people = Vec::with_capacity(PEOPLE);
        for person in 0..PEOPLE {
            people.push(Target::sign_in(&process, &name_of(person), PASSWORD).await?);
        }
        let mut connection = Connection::open(process.address).await?;
        let (began, overview) = (Instant::now(), people[0].get(&format!("/?q={last}"), false));
        loop {
            let answer = connection.exchange(&overview).await?;
            if String::from_utf8_lossy(answer.body).contains(&format!("name={last}")) {
                return Ok((process, people));
            }
            if began.elapsed() > FOUND_WITHIN {
                return Err(format!("Bullkeeper does not find {last}").into());
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    }

    /// Starts bull-board.
    pub(crate) async fn bull_board(&self) -> Result<Process> {
        node::start("peer.mjs", self.server.address.port(), &[], self.folder).await
    }

    /// Starts workers, and what adds `rate` jobs a second for them.
    pub(crate) async fn traffic(&self, rate: usize) -> Result<Process> {
        let port = self.server.address.port();
        node::start("traffic.mjs", port, &[&rate.to_string()], self.folder).await
    }
}

fn name_of(person: usize) -> String {
    format!("viewer-{person}")
}

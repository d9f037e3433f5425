//! Records the commands that Bullkeeper sends to Redis for one request, with Redis's MONITOR, so that the floor always
//! sends the same.

use std::time::Duration;

use futures::StreamExt;
use redis::Client;
use redis::aio::{Monitor, MultiplexedConnection};
use serde::{Deserialize, Serialize};

use crate::lab::Result;
use crate::lab::seed::SeededJob;

/// Marks the end of a recording.
const END: &str = "end-of-recording";

/// How long a recording may take.
const WITHIN: Duration = Duration::from_secs(5);

/// A part of an argument, which the floor can replace for another job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Piece {
    /// The text itself.
    Text(String),
    /// The queue's name.
    Queue,
    /// The job's id.
    Id,
    /// The job's data before an edit.
    Before,
    /// The job's data after an edit.
    After,
}

/// A command: its arguments, each in parts.
pub(crate) type Recorded = Vec<Vec<Piece>>;

/// What is recorded for the jobs of one state.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Recording {
    /// For the job's page.
    pub(crate) page: Vec<Recorded>,
    /// For an edit of its data.
    pub(crate) edit: Vec<Recorded>,
}

/// Listens to Redis and keeps the commands about one job.
pub(crate) struct Recorder {
    client: Client,
    redis: MultiplexedConnection,
}

impl Recorder {
    /// A recorder of what this Redis is asked.
    pub(crate) fn new(client: Client, redis: MultiplexedConnection) -> Self {
        Self { client, redis }
    }

    /// Begins to listen.
    pub(crate) async fn listen(&self) -> Result<Monitor> {
        Ok(self.client.get_async_monitor().await?)
    }

    /// Ends a recording. Returns the commands about `job` or its queue; those of scripts are not counted.
    pub(crate) async fn heard(
        &mut self,
        mut monitor: Monitor,
        job: &SeededJob,
    ) -> Result<Vec<Recorded>> {
        redis::cmd("ECHO")
            .arg(END)
            .query_async::<()>(&mut self.redis)
            .await?;
        let mut commands = Vec::new();
        let mut lines = monitor.on_message::<String>();
        loop {
            let line = tokio::time::timeout(WITHIN, lines.next()).await?;
            let line = line.ok_or("MONITOR ended")?;
            if line.contains(END) {
                return Ok(commands);
            }
            let (client, said) = line.split_once("] ").ok_or("an odd line of MONITOR")?;
            if client.ends_with(" lua") || !said.contains(&job.queue()) {
                continue;
            }
            let arguments = unquoted(said);
            commands.push(arguments.iter().map(|text| pieces(text, job)).collect());
        }
    }
}

/// The arguments of a line such as `"HSET" "key" "a \"quoted\" text"`, which is how MONITOR writes them.
fn unquoted(line: &str) -> Vec<String> {
    let mut arguments = Vec::new();
    let mut characters = line.chars();
    while characters.any(|c| c == '"') {
        let mut argument = String::new();
        while let Some(c) = characters.next() {
            match c {
                '"' => break,
                '\\' => argument.extend(characters.next().map(|escaped| match escaped {
                    'n' => '\n',
                    'r' => '\r',
                    't' => '\t',
                    other => other,
                })),
                c => argument.push(c),
            }
        }
        arguments.push(argument);
    }
    arguments
}

/// Splits an argument at the job's queue and id.
fn pieces(argument: &str, job: &SeededJob) -> Vec<Piece> {
    for (edited, piece) in [(false, Piece::Before), (true, Piece::After)] {
        if argument == job.data(edited) {
            return vec![piece];
        }
    }
    let split = |text: &str, at: &str, piece: Piece| -> Vec<Piece> {
        let between = text.split(at).map(|part| Piece::Text(part.to_owned()));
        between
            .flat_map(|part| [piece.clone(), part])
            .skip(1)
            .collect()
    };
    split(argument, &job.queue(), Piece::Queue)
        .into_iter()
        .flat_map(|piece| match piece {
            Piece::Text(text) => split(&text, &job.id(), Piece::Id),
            other => vec![other],
        })
        .filter(|piece| *piece != Piece::Text(String::new()))
        .collect()
}

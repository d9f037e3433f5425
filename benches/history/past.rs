//! Thirty days of the past, stored as Bullkeeper would have stored them: put together by its own code, in memory.

use std::ops::Range;
use std::time::Duration;

use bullkeeper::domain::history::range::HistoryKept;
use bullkeeper::stored_past::{PastMinute, stored_past};
use redis::aio::MultiplexedConnection;

use crate::lab::Result;
use crate::seed::Queues;

/// Minutes in an hour, a day and thirty days.
pub(crate) const HOUR: u64 = 60;
const DAY: u64 = 24 * HOUR;
const MONTH: u64 = 30 * DAY;

/// The settings as they are unless somebody changes them.
const KEPT: HistoryKept = HistoryKept {
    minutes: Duration::from_secs(DAY * 60),
    five_minutes: Duration::from_secs(7 * DAY * 60),
    hours: Duration::from_secs(MONTH * 60),
};

/// How many queues are written in one pipeline.
const A_PIPELINE: usize = 50;

/// The fields of one queue's history with their values.
pub(crate) type Fields = Vec<(String, Vec<u8>)>;

/// What a queue's thirty days were like.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Kind {
    /// A thousand jobs a minute, day and night, by eight workers.
    Busy,
    /// A job an hour.
    Quiet,
}

impl Kind {
    /// Thirty days that ended with the minute before `end`.
    pub(crate) fn month(self, end: u64) -> Fields {
        stored_past(end - MONTH..end, &KEPT, |minute| self.happened(minute))
    }

    fn happened(self, minute: u64) -> Option<PastMinute> {
        let vary = |of: u64, below: u64| {
            u64::from(crc32fast::hash(&(minute * 31 + of).to_le_bytes())) % below
        };
        match self {
            Self::Busy => {
                let (completed, failed) = (900 + vary(1, 200), vary(2, 20));
                let time = |job: u64| 40 + vary(job + 10, 1_000);
                Some(PastMinute {
                    added: 900 + vary(3, 200),
                    completed,
                    failed,
                    outstanding: 5_000 + vary(4, 1_000),
                    workers: 8,
                    waited: (0..completed).map(|job| time(job).pow(2) / 50).collect(),
                    worked: (0..completed).map(|job| time(job) * 3).collect(),
                })
            }
            Self::Quiet => (minute % HOUR == minute / HOUR * 7 % HOUR).then(|| PastMinute {
                added: 1,
                completed: 1,
                workers: 1,
                waited: vec![1 + vary(5, 20)],
                worked: vec![300 + vary(6, 3_000)],
                ..PastMinute::default()
            }),
        }
    }
}

/// Redis's clock, in whole minutes.
pub(crate) async fn minute(redis: &mut MultiplexedConnection) -> Result<u64> {
    let (seconds, _): (u64, u64) = redis::cmd("TIME").query_async(redis).await?;
    Ok(seconds / 60)
}

/// Stores these pasts for all queues, and for all together. The last hour that is over is still in minutes, and recording ended
/// with the last minute: what a process finds that begins.
pub(crate) async fn store(
    redis: &mut MultiplexedConnection,
    queues: Queues,
    (busy, quiet): (&Fields, &Fields),
) -> Result<()> {
    let numbers: Vec<usize> = (0..queues.all).collect();
    for some in numbers.chunks(A_PIPELINE) {
        let mut pipeline = redis::pipe();
        for queue in some {
            let fields = if queues.is_busy(*queue) { busy } else { quiet };
            add(
                &mut pipeline,
                &format!("bull:{}", Queues::name(*queue)),
                fields,
            );
        }
        pipeline.query_async::<()>(redis).await?;
    }
    let mut pipeline = redis::pipe();
    add(&mut pipeline, "all", busy);
    let now = minute(redis).await?;
    let present: Range<u64> = now - MONTH..now - 1;
    for day in present.start / DAY..=present.end / DAY {
        let minutes = day * DAY..(day + 1) * DAY;
        let bits: Vec<u8> = minutes
            .step_by(8)
            .map(|first| {
                let bit = |at: u64| u8::from(present.contains(&(first + at))) << (7 - at);
                (0..8).map(bit).sum()
            })
            .collect();
        pipeline
            .set(format!("bullkeeper:history-minutes:{day}"), bits)
            .ignore();
    }
    pipeline
        .set("bullkeeper:history-recorded", now - 2)
        .ignore();
    Ok(pipeline.query_async::<()>(redis).await?)
}

fn add(pipeline: &mut redis::Pipeline, of: &str, fields: &Fields) {
    let key = format!("bullkeeper:history:{of}");
    pipeline.hset_multiple(&key, fields).ignore();
    pipeline.expire(&key, 30 * 86_400).ignore();
    pipeline.zadd("bullkeeper:history-queues", of, 1).ignore();
}

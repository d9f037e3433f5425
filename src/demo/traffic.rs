//! Adds jobs at a steady rate while the demo runs. A queue whose jobs pile up, because its worker hangs or someone paused
//! it, gets no more until there are fewer.

use std::time::Duration;

use bullmq::{Error, FlowProducer, JobOptions, Queue};
use serde_json::Value;
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use super::data;
use super::seed::flows;
use super::seed::job_options::thrice;
use super::shop::{self, Shop};

/// The time between two ticks.
const TICK: Duration = Duration::from_millis(500);

/// The first number of new data; lower numbers were added at the beginning.
const FIRST: u64 = 1_000;

/// A stream of jobs into one queue.
struct JobStream {
    queue: &'static str,
    /// How many ticks there are between two jobs.
    every: u64,
    /// The backlog from which on nothing is added.
    full: u64,
    kind: JobKind,
}

enum JobKind {
    Job(&'static str, fn(u64) -> Value, fn(u64) -> JobOptions),
    Order,
}

const STREAMS: [JobStream; 7] = [
    JobStream {
        queue: shop::EMAIL_V3,
        every: 1,
        full: 60,
        kind: JobKind::Job("send", data::email_v3, |_| thrice(JobOptions::new())),
    },
    JobStream {
        queue: shop::EMAIL_V2,
        every: 10,
        full: 40,
        kind: JobKind::Job("send", data::email_v2, |_| thrice(JobOptions::new())),
    },
    JobStream {
        queue: shop::IMAGES,
        every: 7,
        full: 12,
        kind: JobKind::Job("resize", data::image, |_| JobOptions::new()),
    },
    JobStream {
        queue: shop::BILLING,
        every: 8,
        full: 20,
        kind: JobKind::Job("charge", data::charge, |_| thrice(JobOptions::new())),
    },
    JobStream {
        queue: shop::REPORT_V2,
        every: 9,
        full: 12,
        kind: JobKind::Job("make-report", data::report, |n| {
            JobOptions::new().priority(1 + n as u32 % 9)
        }),
    },
    JobStream {
        queue: shop::REMINDERS,
        every: 120,
        full: 12,
        kind: JobKind::Job("remind", data::reminder, |_| {
            JobOptions::new().delay(Duration::from_secs(300))
        }),
    },
    JobStream {
        queue: shop::ORDERS,
        every: 40,
        full: 6,
        kind: JobKind::Order,
    },
];

/// Adds jobs until `stop`. A job that can't be added is skipped.
pub(super) async fn run(shop: Shop, stop: CancellationToken) -> Result<(), Error> {
    let flows = shop.flows()?;
    let mut open = Vec::with_capacity(STREAMS.len());
    for stream in &STREAMS {
        open.push((stream, shop.queue(stream.queue).await?));
    }
    let mut ticks = interval(TICK);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    for tick in 0.. {
        tokio::select! {
            _ = ticks.tick() => {}
            () = stop.cancelled() => break,
        }
        for (stream, queue) in &open {
            if tick % stream.every == 0
                && let Err(error) =
                    add(stream, &shop, queue, &flows, FIRST + tick / stream.every).await
            {
                tracing::debug!(%error, queue = stream.queue, "the demo could not add a job");
            }
        }
    }
    Ok(())
}

async fn add(
    stream: &JobStream,
    shop: &Shop,
    queue: &Queue,
    flows: &FlowProducer,
    n: u64,
) -> Result<(), Error> {
    if shop.backlog(queue).await? >= stream.full {
        return Ok(());
    }
    match stream.kind {
        JobKind::Job(name, make, options) => {
            queue.add(name, make(n)).options(options(n)).await?;
            Ok(())
        }
        JobKind::Order => flows::add_order(flows, n).await,
    }
}

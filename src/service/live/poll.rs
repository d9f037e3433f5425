//! One poll of Redis: the planner's questions, and Redis's answers.

use std::sync::Arc;

use crate::domain::queue::QueueId;
use crate::domain::queue::event::StreamId;
use crate::domain::queue::stream_cursor::Question;
use crate::store::Store;
use crate::store::bullmq::events::StreamStart;
use crate::store::bullmq::metrics::QueueMetrics;
use crate::store::bullmq::queues::counts::CountedQueue;
use crate::store::bullmq::workers::Clients;
use crate::store::error::StoreError;
use crate::store::records::pins::Pins;

/// The questions of one poll.
#[derive(Debug, Default)]
pub(super) struct PollPlan {
    /// Queues whose streams' ends are looked up before they are counted.
    pub(super) start: Vec<QueueId>,
    /// Since when events are followed, in Unix milliseconds; `None` if that is to be looked up.
    pub(super) since: Option<u64>,
    /// Queues to count, including those of `start`.
    pub(super) count: Vec<QueueId>,
    /// Questions that show whether events were missed.
    pub(super) questions: Vec<(QueueId, Question)>,
    /// Whether to look up the workers.
    pub(super) workers: bool,
    /// Unknown queues that may exist.
    pub(super) look_up: Vec<QueueId>,
}

/// The answers to a plan.
#[derive(Debug, Default)]
pub(super) struct Findings {
    /// Since when events are followed, in Unix milliseconds.
    pub(super) since: u64,
    pub(super) heads: Vec<StreamStart>,
    /// The metrics of the queues in `start`.
    pub(super) metrics: Vec<QueueMetrics>,
    pub(super) firsts: Vec<Option<StreamId>>,
    pub(super) figures: Vec<CountedQueue>,
    /// `None` if they were not asked for; `Some(None)` if Redis did not say.
    pub(super) clients: Option<Option<Clients>>,
    /// The looked-up queues that exist.
    pub(super) existing: Vec<QueueId>,
    /// The pinned versions; `None` if they were not asked for.
    pub(super) pins: Option<Pins>,
}

/// The result of a plan.
pub(crate) struct PollResult {
    pub(crate) plan: PollPlan,
    pub(crate) findings: Result<Findings, StoreError>,
}

/// Carries out a plan.
pub(crate) async fn carry_out(store: Arc<Store>, plan: PollPlan) -> PollResult {
    let findings = ask(&store, &plan).await;
    PollResult { plan, findings }
}

/// The order matters: the end of a stream is looked up before its queue is counted, so that every later event is read.
async fn ask(store: &Store, plan: &PollPlan) -> Result<Findings, StoreError> {
    let since = match plan.since {
        Some(since) => since,
        None => store.history_clock().await?.follow_since(),
    };
    Ok(Findings {
        since,
        heads: store.event_starts(&plan.start, since).await?,
        metrics: store.metrics(&plan.start).await?,
        firsts: store.first_events(&plan.questions).await?,
        figures: store.figures(&plan.count).await?,
        clients: match plan.workers {
            true => Some(store.clients().await?),
            false => None,
        },
        existing: store.existing(plan.look_up.clone()).await?,
        pins: match plan.workers {
            true => Some(store.pins().await?),
            false => None,
        },
    })
}

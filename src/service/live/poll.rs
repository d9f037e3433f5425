//! One poll of Redis: what the planner asks in one go, and what Redis answers.

use std::sync::Arc;

use crate::domain::queue::QueueId;
use crate::domain::queue::event::StreamId;
use crate::domain::queue::stream_cursor::Question;
use crate::store::Store;
use crate::store::bullmq::counts::CountedQueue;
use crate::store::bullmq::events::StreamEnd;
use crate::store::bullmq::metrics::QueueMetrics;
use crate::store::bullmq::workers::Clients;
use crate::store::error::StoreError;
use crate::store::records::pins::Pins;

/// What to ask Redis in one go.
#[derive(Debug, Default)]
pub(super) struct PollPlan {
    /// Queues whose streams' ends are to be found, before they are counted.
    pub(super) start: Vec<QueueId>,
    /// Queues to be counted, those of `start` among them.
    pub(super) count: Vec<QueueId>,
    /// What shows that no events were missed.
    pub(super) questions: Vec<(QueueId, Question)>,
    /// Whether the workers are to be looked up.
    pub(super) workers: bool,
    /// Queues that are not known and perhaps there.
    pub(super) look_up: Vec<QueueId>,
}

/// What Redis answered to a plan.
#[derive(Debug, Default)]
pub(super) struct Findings {
    pub(super) heads: Vec<StreamEnd>,
    /// Of the queues that start.
    pub(super) metrics: Vec<QueueMetrics>,
    pub(super) firsts: Vec<Option<StreamId>>,
    pub(super) figures: Vec<CountedQueue>,
    /// `None` where they were not asked for; `Some(None)` where Redis would not say.
    pub(super) clients: Option<Option<Clients>>,
    /// Those of the looked up that are there.
    pub(super) existing: Vec<QueueId>,
    /// Which versions are pinned; `None` where that was not asked for.
    pub(super) pins: Option<Pins>,
}

/// Work that is done.
pub(crate) struct PollResult {
    pub(crate) plan: PollPlan,
    pub(crate) findings: Result<Findings, StoreError>,
}

/// Carries out a plan.
pub(crate) async fn carry_out(store: Arc<Store>, plan: PollPlan) -> PollResult {
    let findings = ask(&store, &plan).await;
    PollResult { plan, findings }
}

/// The order matters: where a stream ends is found before its queue is counted, so that every later event is read.
async fn ask(store: &Store, plan: &PollPlan) -> Result<Findings, StoreError> {
    Ok(Findings {
        heads: store.event_heads(&plan.start).await?,
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

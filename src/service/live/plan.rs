//! What the board asks of Redis in one go, and what Redis answers.

use crate::domain::queue::QueueId;
use crate::domain::queue::event::StreamId;
use crate::domain::queue::stream_cursor::Question;
use crate::store::bullmq::counts::Looked;
use crate::store::bullmq::events::Head;
use crate::store::bullmq::metrics::QueueMetrics;
use crate::store::bullmq::workers::Clients;
use crate::store::records::pins::Pins;

/// What to ask Redis in one go.
#[derive(Debug, Default)]
pub(super) struct Plan {
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
    pub(super) heads: Vec<Head>,
    /// Of the queues that start.
    pub(super) metrics: Vec<QueueMetrics>,
    pub(super) firsts: Vec<Option<StreamId>>,
    pub(super) figures: Vec<Looked>,
    /// `None` where they were not asked for; `Some(None)` where Redis would not say.
    pub(super) clients: Option<Option<Clients>>,
    /// Those of the looked up that are there.
    pub(super) existing: Vec<QueueId>,
    /// Which versions are pinned; `None` where that was not asked for.
    pub(super) pins: Option<Pins>,
}

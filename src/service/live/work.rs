//! Carrying out one plan of the board.

use std::sync::Arc;

use super::board::{Findings, Plan};
use crate::domain::queue::QueueId;
use crate::store::queues::Walk;
use crate::store::{Store, StoreError};

/// Work that is done.
pub(super) struct Done {
    pub(super) plan: Plan,
    pub(super) findings: Result<Findings, StoreError>,
    /// The queues met on a walk, and where it goes on; `None` where none was due.
    pub(super) walked: Option<(Vec<QueueId>, Option<Walk>)>,
}

/// Carries out a plan, after a step of the walk; the first walk is taken to its end, so that the first page is whole.
pub(super) async fn look(
    store: Arc<Store>,
    plan: Plan,
    walk: Option<Walk>,
    to_its_end: bool,
) -> Done {
    let (mut found, mut next, mut stepped) = (Vec::new(), walk, false);
    let findings = async {
        while let Some(step) = next.clone() {
            let (some, rest) = store.discover(step).await?;
            found.extend(some);
            next = rest;
            stepped = true;
            if !to_its_end {
                break;
            }
        }
        ask(&store, &plan).await
    }
    .await;
    Done {
        plan,
        findings,
        walked: stepped.then_some((found, next)),
    }
}

/// The order matters: where a stream ends is found before its queue is counted, so that every later event is read.
async fn ask(store: &Store, plan: &Plan) -> Result<Findings, StoreError> {
    Ok(Findings {
        heads: store.event_heads(&plan.start).await?,
        metrics: store.metrics(&plan.start).await?,
        firsts: store.first_events(&plan.questions).await?,
        figures: store.figures(&plan.count).await?,
        workers: match plan.workers {
            true => Some(store.workers().await?),
            false => None,
        },
        pins: match plan.workers {
            true => Some(store.pins().await?),
            false => None,
        },
    })
}

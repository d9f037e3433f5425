//! Carrying out one plan of the board.

use std::sync::Arc;

use super::plan::{Findings, Plan};
use crate::store::{Store, StoreError};

/// Work that is done.
pub(crate) struct Done {
    pub(crate) plan: Plan,
    pub(crate) findings: Result<Findings, StoreError>,
}

/// Carries out a plan.
pub(crate) async fn look(store: Arc<Store>, plan: Plan) -> Done {
    let findings = ask(&store, &plan).await;
    Done { plan, findings }
}

/// The order matters: where a stream ends is found before its queue is counted, so that every later event is read.
async fn ask(store: &Store, plan: &Plan) -> Result<Findings, StoreError> {
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

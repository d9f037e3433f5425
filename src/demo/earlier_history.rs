//! The hour before the demo, recorded as Bullkeeper records it: so that the history tells of a deploy from the first moment.

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::seed::history::{DEPLOYED_AGO, PASTS};
use super::shop::EMAIL_V3;
use crate::clock::unix_millis;
use crate::domain::access::Role;
use crate::domain::history::encoding::encode_minute;
use crate::domain::history::mark::{Mark, MarkKind, MarkTarget};
use crate::domain::history::sightings::mark_of;
use crate::domain::history::slot::Slot;
use crate::domain::queue::QueueId;
use crate::service::Services;
use crate::store::records::history::{HistoryOf, MinutesToRecord};
use crate::store::records::marks::MarksToKeep;

const MINUTE_MS: u64 = 60_000;

/// How many minutes are recorded.
const MINUTES: u64 = 60;

/// How long it may take until this process leads, which alone may record.
const LEADS_WITHIN: Duration = Duration::from_secs(10);

/// Records the hour before `began`, in Unix milliseconds.
pub(super) async fn record(services: &Arc<Services>, began: u64) -> Result<(), Box<dyn Error>> {
    let give_up = Instant::now() + LEADS_WITHIN;
    let token = loop {
        match services.leadership().token() {
            Some(token) => break token,
            None if Instant::now() >= give_up => return Err("the demo does not lead".into()),
            None => sleep(Duration::from_millis(50)).await,
        }
    };
    let end = began / MINUTE_MS;
    let mut all: Vec<(u64, Slot)> = (end - MINUTES..end).map(|at| (at, Slot::QUIET)).collect();
    let mut queues = Vec::with_capacity(PASTS.len() + 1);
    for past in &PASTS {
        let slots = (1..=MINUTES).rev().map(|ago| (end - ago, past.slot(ago)));
        let slots: Vec<(u64, Slot)> = slots.collect();
        (all.iter_mut().zip(&slots)).for_each(|((_, sum), (_, one))| sum.beside(one));
        queues.push(to_record(
            HistoryOf::Queue(QueueId::new("bull", past.queue)?),
            &slots,
        ));
    }
    queues.push(to_record(HistoryOf::All, &all));
    let store = services.store();
    let keep = services.rules().history.longest();
    store
        .record_minutes(token.as_str(), &queues, began, keep)
        .await?;
    mark_deploy(services, token.as_str(), end).await?;
    let minutes: Vec<u64> = (end - MINUTES..end).collect();
    store
        .advance_history(token.as_str(), end - 1, &minutes, keep)
        .await?;
    Ok(())
}

/// Marks the deploy: what a person wrote, and what Bullkeeper would have seen of it.
async fn mark_deploy(services: &Services, token: &str, end: u64) -> Result<(), Box<dyn Error>> {
    let queue = QueueId::new("bull", EMAIL_V3)?;
    let deployed = (end - DEPLOYED_AGO) * MINUTE_MS;
    let note = Mark {
        id: "deploy-of-the-demo".to_owned(),
        at_ms: deployed - 2 * MINUTE_MS,
        kind: MarkKind::Custom,
        target: MarkTarget::Pattern("email/*".to_owned()),
        words: "Rollout of mailer 3.0 begins".to_owned(),
        by: Role::Admin.name().to_owned(),
    };
    let marks = MarksToKeep {
        seen: Vec::new(),
        marks: vec![
            note,
            mark_of(&queue, MarkKind::FirstSeen, deployed),
            mark_of(&queue, MarkKind::FirstWorker, deployed + MINUTE_MS / 3),
        ],
    };
    let store = services.store();
    store.keep_seen_marks(token, &marks, unix_millis()).await?;
    Ok(())
}

fn to_record(of: HistoryOf, slots: &[(u64, Slot)]) -> MinutesToRecord {
    let minutes = slots
        .iter()
        .map(|(minute, slot)| (*minute, encode_minute(slot)));
    MinutesToRecord {
        of,
        minutes: minutes.collect(),
    }
}

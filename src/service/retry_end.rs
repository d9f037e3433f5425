//! How a retry ended whose answer, or whose intent's answer, was lost: looked up in Redis, and recorded as far as the
//! evidence goes.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::Services;
use super::sign_in::unix_millis;
use crate::domain::act::{Act, Outcome};
use crate::domain::audit::{Entry, Recorded};
use crate::domain::job::{JobId, JobState};
use crate::domain::queue::QueueId;
use crate::store::StoreError;
use crate::store::retry_trace::RetryTrace;

/// How many retries are looked after; the pages of the log look at any others.
const MOST: usize = 100;

/// How long one is.
const LOOKED_AFTER: Duration = Duration::from_secs(600);

/// A job that is put back later than this after the intent, in ms, may have been put back by somebody else.
const PUT_BACK_WITHIN: u64 = 60_000;

/// For how long a retry has to look as if it was not carried out: its command may still be on its way.
const UNDONE_FOR: Duration = Duration::from_secs(2);

/// An intent younger than this, in ms, may be under way.
const UNDER_WAY: u64 = 10_000;

/// How a retry ended, as far as there is evidence.
#[derive(Debug, Clone, PartialEq, Eq)]
struct End {
    outcome: Outcome,
    why: String,
}

/// A retry that is looked after.
#[derive(Debug, Clone)]
pub(super) struct Open {
    intent: Entry,
    /// When its intent was recorded, in Redis's milliseconds; `None` where whether it was is not known, and the retry was
    /// not tried.
    recorded: Option<u64>,
    /// When it was sent, in ours.
    sent: u64,
    until: Instant,
    /// Since when it has looked as if it was not carried out.
    undone_since: Option<Instant>,
}

/// The retries that are looked after.
#[derive(Debug, Default)]
pub(super) struct OpenRetries(Mutex<VecDeque<Open>>);

impl OpenRetries {
    fn keep(&self, open: Open) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() < MOST {
            all.push_back(open);
        }
    }

    fn take_all(&self) -> VecDeque<Open> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Services {
    /// Looks at once how a retry ended whose answer was lost, and whether it is known to have been carried out. Otherwise
    /// it is looked after from now on.
    pub(super) async fn look_after_retry(&self, intent: &Entry, recorded: Option<u64>) -> bool {
        if let Some(since) = recorded
            && let Ok(Some(end)) = self.retry_end(intent, since).await
            && end.outcome == Outcome::Applied
        {
            self.note_end(&intent.ended(end.outcome).because(end.why))
                .await;
            return true;
        }
        self.open_retries.keep(Open {
            intent: intent.clone(),
            recorded,
            sent: unix_millis(),
            until: Instant::now() + LOOKED_AFTER,
            undone_since: None,
        });
        false
    }

    /// Looks once more at the retries whose end is not known.
    pub(super) async fn close_retries(&self) {
        for mut open in self.open_retries.take_all() {
            match self.close_retry(&mut open).await {
                Ok(true) => {}
                Ok(false) | Err(_) => self.open_retries.keep(open),
            }
        }
    }

    /// Whether a retry needs to be looked after no longer.
    async fn close_retry(&self, open: &mut Open) -> Result<bool, StoreError> {
        let Some(since) = open.recorded else {
            return self.close_untried(open).await;
        };
        let end = self.retry_end(&open.intent, since).await?;
        let is_settled = match end.as_ref().map(|end| end.outcome) {
            Some(Outcome::Applied) => true,
            Some(Outcome::Failed) => open.is_still_undone(),
            _ => Instant::now() > open.until,
        };
        if let Some(End { outcome, why }) = end.filter(|_| is_settled) {
            self.note_end(&open.intent.ended(outcome).because(why))
                .await;
        }
        Ok(is_settled)
    }

    /// A retry that was not tried, since whether its intent was recorded is not known: where it was, it failed.
    async fn close_untried(&self, open: &mut Open) -> Result<bool, StoreError> {
        if self.store.has_audit_event(&open.intent, open.sent).await? {
            let entry = open.intent.ended(Outcome::Failed);
            self.note_end(
                &entry.because(
                    "not tried: Redis did not answer in time when the intent was recorded",
                ),
            )
            .await;
            return Ok(true);
        }
        Ok(open.is_still_undone())
    }

    /// An intent without an end, as far as there is evidence of how it ended.
    pub(super) async fn with_end(&self, mut recorded: Recorded) -> Result<Recorded, StoreError> {
        let entry = &recorded.entry;
        let millis = recorded.id.split('-').next().and_then(|ms| ms.parse().ok());
        let Some(since) = millis.filter(|_| entry.action == Act::Retry.name()) else {
            return Ok(recorded);
        };
        if unix_millis().saturating_sub(since) < UNDER_WAY {
            return Ok(recorded);
        }
        if let Some(End { outcome, why }) = self.retry_end(entry, since).await? {
            recorded.entry.outcome = outcome.name().to_owned();
            recorded.entry.error = format!("its end was not recorded: {why}");
        }
        Ok(recorded)
    }

    /// What Redis holds about the end of a retry whose intent was recorded at `since`.
    async fn retry_end(&self, intent: &Entry, since: u64) -> Result<Option<End>, StoreError> {
        let (Some(queue), Some(id)) = (intent.queue_id(), JobId::new(intent.job.as_str())) else {
            return Ok(None);
        };
        let trace = self.store.retry_trace(&queue, &id, since).await?;
        let state = match trace.put_back {
            Some(_) => None,
            None => self.state_of(&queue, &id).await?,
        };
        Ok(Some(judge(trace, state, since)))
    }

    async fn state_of(&self, queue: &QueueId, id: &JobId) -> Result<Option<JobState>, StoreError> {
        let job = self.store.stored_job(queue, id).await?;
        Ok(job.map(|job| job.state))
    }
}

impl Open {
    fn is_still_undone(&mut self) -> bool {
        let since = *self.undone_since.get_or_insert_with(Instant::now);
        since.elapsed() >= UNDONE_FOR
    }
}

fn judge(trace: RetryTrace, state: Option<JobState>, since: u64) -> End {
    let end = |outcome, why: String| End { outcome, why };
    if let Some(at) = trace.put_back {
        let told = clock(at);
        return match at.saturating_sub(since) <= PUT_BACK_WITHIN {
            true => end(
                Outcome::Applied,
                format!("the queue’s events show that the job was queued again at {told}"),
            ),
            false => end(
                Outcome::Unknown,
                format!("the job was queued again at {told}, perhaps by someone else"),
            ),
        };
    }
    let was_failed_before = trace.failed_at.is_some_and(|at| at < since);
    match state {
        Some(JobState::Failed) if was_failed_before => end(
            Outcome::Failed,
            "the job was not queued again: it has been failed since before".to_owned(),
        ),
        Some(JobState::Failed) if trace.is_whole => end(
            Outcome::Failed,
            "the job is failed, and the queue’s events show no retry".to_owned(),
        ),
        Some(JobState::Failed) => end(
            Outcome::Unknown,
            "the job is failed, perhaps again: the queue’s events do not go back that far"
                .to_owned(),
        ),
        Some(state) => end(
            Outcome::Unknown,
            format!("the job is {state} now, and the queue’s events do not say how it came to be"),
        ),
        None => end(
            Outcome::Unknown,
            "the job is gone, and the queue’s events do not say whether it was queued again"
                .to_owned(),
        ),
    }
}

/// A time of Redis's, in UTC.
fn clock(millis: u64) -> String {
    let at = OffsetDateTime::from_unix_timestamp_nanos(i128::from(millis) * 1_000_000);
    at.ok()
        .and_then(|at| at.format(&Rfc3339).ok())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_is_told_as_far_as_the_evidence_goes_and_no_further() {
        let trace = |put_back, is_whole, failed_at| RetryTrace {
            put_back,
            is_whole,
            failed_at,
        };
        let failed = Some(JobState::Failed);
        for (trace, state, outcome) in [
            (trace(Some(1_100), true, None), None, Outcome::Applied),
            (trace(Some(99_000), true, None), None, Outcome::Unknown),
            (trace(None, false, Some(900)), failed, Outcome::Failed),
            (trace(None, true, Some(1_001)), failed, Outcome::Failed),
            (trace(None, false, Some(1_001)), failed, Outcome::Unknown),
            (
                trace(None, true, None),
                Some(JobState::Waiting),
                Outcome::Unknown,
            ),
            (trace(None, true, None), None, Outcome::Unknown),
        ] {
            assert_eq!(judge(trace, state, 1_000).outcome, outcome, "{trace:?}");
        }
    }
}

//! Compares two versions that did the same work: pairs the newest finished jobs of each, and gives a verdict on each pair.
//!
//! All bounds are shown: how many jobs, how large a value, how many bytes in all. One comparison is made at a time and kept
//! for some seconds, so that paging through it reads nothing again and many viewers cost as much as one.

pub(crate) mod export;
pub(crate) mod model;
pub(crate) mod read;

use std::sync::Arc;

use crate::clock::unix_millis;
use crate::domain::access::{Action, Operator};
use crate::domain::edit::diff::side_by_side;
use crate::domain::job::{JobId, JobState};
use crate::domain::json::{Document, pretty_or_raw};
use crate::domain::policy::mask::MASK;
use crate::domain::queue::QueueId;
use crate::domain::versions::compare::pair::Pair;
use crate::domain::versions::compare::{PairBy, PairVerdict, Paired, pair, summary};
use crate::service::Services;
use crate::service::error::ServiceError;
use crate::service::hidden_values::Sights;
use crate::service::jobs::FOLD_ABOVE;
use crate::service::large_texts::blocking::run_blocking;
use crate::store::bullmq::samples::results::{NewestRan, result_text};
use model::{ComparedSample, Comparing, Comparison, LARGEST_VALUE, MOST_JOBS, ResultDiff};
use read::by_id;

/// Unchanged lines shown around each change.
const CONTEXT: usize = 3;

impl Services {
    /// Compares two versions.
    pub async fn compare(
        &self,
        operator: &Operator,
        asked: &Comparing,
    ) -> Result<Arc<Comparison>, ServiceError> {
        self.check_queue(operator, &asked.a).await?;
        self.check_queue(operator, &asked.b).await?;
        let queues = [asked.a.clone(), asked.b.clone()];
        let sights = self.sights(operator, &queues).await;
        let key = (asked.clone(), sights.key());
        let make = async {
            let _turn = self.comparisons.turn.lock().await;
            self.compare_now(asked, &sights).await.map(Arc::new)
        };
        self.comparisons.kept.get(key, make).await
    }

    /// The results of two jobs, one of each version.
    pub async fn compare_results(
        &self,
        operator: &Operator,
        a: (&QueueId, &JobId),
        b: (&QueueId, &JobId),
    ) -> Result<ResultDiff, ServiceError> {
        let ((a_state, a_text), (b_state, b_text)) =
            tokio::try_join!(self.result(operator, a), self.result(operator, b))?;
        let diff = match (a_text, b_text) {
            (Some(a), Some(b)) => {
                let draw = move || side_by_side(&sorted(&a), &sorted(&b), CONTEXT);
                Some(run_blocking(FOLD_ABOVE as usize, draw).await?)
            }
            _ => None,
        };
        Ok(ResultDiff {
            a: a_state,
            b: b_state,
            diff,
        })
    }

    /// A job's state and its result as text; `None` if the text is too large.
    async fn result(
        &self,
        operator: &Operator,
        (queue, id): (&QueueId, &JobId),
    ) -> Result<(JobState, Option<String>), ServiceError> {
        self.check_may(operator, Action::View, queue, Some(id))
            .await?;
        let found = self.store.look_up(queue, vec![id.clone()]).await?;
        let Some(ran) = found.into_iter().next() else {
            return Err(ServiceError::NotFound(format!("job {:?}", id.as_str())));
        };
        if ran.result_size > LARGEST_VALUE {
            return Ok((ran.state, None));
        }
        let wanted = (queue.clone(), id.clone(), result_text(ran.state));
        let text = self.store.texts(&[wanted]).await?.pop().flatten();
        let (_, hidden) = self.hidden_values(operator, queue, id).await?;
        let text = hidden.in_bytes(text.unwrap_or_default());
        Ok((ran.state, Some(String::from_utf8_lossy(&text).into_owned())))
    }

    async fn compare_now(
        &self,
        asked: &Comparing,
        sights: &Sights,
    ) -> Result<Comparison, ServiceError> {
        let at = unix_millis();
        let (a, b) = tokio::try_join!(
            self.store.newest_ran(&asked.a, MOST_JOBS),
            self.store.newest_ran(&asked.b, MOST_JOBS),
        )?;
        let sampled = |finished: &NewestRan| ComparedSample {
            total: finished.total,
            read: finished.jobs.len(),
            ..ComparedSample::default()
        };
        let (mut of_a, mut of_b) = (sampled(&a), sampled(&b));
        let paired = match &asked.by {
            PairBy::Id => {
                let (mut a, mut b) = (by_id(a.jobs, &mut of_a), by_id(b.jobs, &mut of_b));
                let (more_a, more_b) = tokio::try_join!(
                    self.look_for(&asked.a, &b, &a),
                    self.look_for(&asked.b, &a, &b),
                )?;
                a.extend(more_a);
                b.extend(more_b);
                pair(a, b)
            }
            PairBy::Pointer(pointer) => {
                let a = self
                    .by_data(&asked.a, a.jobs, pointer, &mut of_a, sights)
                    .await?;
                let b = self
                    .by_data(&asked.b, b.jobs, pointer, &mut of_b, sights)
                    .await?;
                pair(a, b)
            }
        };
        let Paired {
            pairs,
            doubled_a,
            doubled_b,
        } = paired;
        (of_a.doubled, of_b.doubled) = (doubled_a, doubled_b);
        let verdicts = self.verdicts(asked, &pairs).await?;
        let mut rows: Vec<(Pair, PairVerdict)> = pairs.into_iter().zip(verdicts).collect();
        for (pair, _) in &mut rows {
            hide_reasons(pair, asked, sights);
        }
        let summary = summary(rows.iter().map(|(pair, verdict)| (pair, *verdict)));
        Ok(Comparison {
            at,
            a: of_a,
            b: of_b,
            rows,
            summary,
        })
    }
}

/// Hides the errors of jobs in whose data something is hidden: they may quote it.
fn hide_reasons(pair: &mut Pair, asked: &Comparing, sights: &Sights) {
    for (ran, queue) in [(&mut pair.a, &asked.a), (&mut pair.b, &asked.b)] {
        if let Some(ran) = ran.as_mut()
            && !ran.reason.is_empty()
            && !sights.of(queue).shows_all()
        {
            ran.reason = MASK.to_owned();
        }
    }
}

/// A text with members sorted by name, so that only real differences show. A text that is not JSON, or can't be parsed
/// without loss, stays unchanged.
fn sorted(text: &str) -> String {
    let value = match Document::parse(text) {
        Ok(document) if !document.has_lone_surrogates() => document.to_value(),
        _ => return pretty_or_raw(text),
    };
    match value {
        Ok(mut value) => {
            value.sort_all_objects();
            pretty_or_raw(&value.to_string())
        }
        Err(_) => pretty_or_raw(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_diff_shows_members_in_one_order_and_every_digit_as_it_is() {
        assert_eq!(
            sorted(r#"{"b":1e400,"a":[{"d":1.0,"c":12345678901234567890}]}"#),
            pretty_or_raw(r#"{"a":[{"c":12345678901234567890,"d":1.0}],"b":1e400}"#)
        );
        assert_eq!(sorted("{oops"), "{oops");
        assert_eq!(sorted(r#"["\ud800"]"#), pretty_or_raw(r#"["\ud800"]"#));
    }
}

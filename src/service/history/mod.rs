//! The history of queues: what the leader recorded of each minute, and the minutes that are not recorded yet.

mod keep;
mod parts;
pub(crate) mod past;
pub(crate) mod readings;
mod recorder;
mod unrecorded;
mod window;

use std::sync::Arc;

use super::Services;
use super::error::ServiceError;
use super::large_texts::blocking::spawn_blocking;
use super::live::snapshot::VersionFigures;
use crate::domain::access::Operator;
use crate::domain::history::gather::Gathered;
use crate::domain::history::point::HistoryReading;
use crate::domain::history::range::HistoryRange;
use crate::domain::history::slot::Slot;
use crate::domain::queue::queue_set::QueueSet;
use crate::domain::stats::series::MINUTE_MS;
use crate::store::error::StoreError;
use crate::store::records::history::HistoryOf;
use parts::{PartsPlan, known_of};
use unrecorded::{Unrecorded, sum_of};

/// How many queues are read at once.
const QUEUES_AT_ONCE: usize = 200;

/// From how many queues on the record of all together is read instead, by those who may see all.
const TOGETHER_FROM: usize = 50;

impl Services {
    /// What happened in these queues, as far as this person may see them. It is as fine as it is kept, with about 400 points at
    /// most unless they are hours. The running minute is in it as it is now.
    pub async fn read_history(
        &self,
        operator: &Operator,
        set: &QueueSet,
        range: HistoryRange,
    ) -> Result<HistoryReading, ServiceError> {
        let queues = self.seen_versions(operator, set).await?;
        // The record of all queues has those that are gone, too: only who may see every queue may see it.
        let together = *set == QueueSet::All && operator.scope().is_everything();
        let key = (operator.scope().clone(), set.clone(), range);
        let read = async {
            let reading = self.gather_history(&queues, together, range).await?;
            Ok(Arc::new(reading))
        };
        let reading = self.history.0.get(key, read).await?;
        Ok(HistoryReading::clone(&reading))
    }

    async fn gather_history(
        &self,
        queues: &[Arc<VersionFigures>],
        together: bool,
        range: HistoryRange,
    ) -> Result<HistoryReading, StoreError> {
        let clock = self.store.history_clock().await?;
        let unrecorded = Unrecorded::of(clock, &self.overview.now());
        let kept = &self.rules.history;
        let longest = u64::try_from(kept.longest().as_millis()).unwrap_or(u64::MAX);
        let (from, to) = range.span(clock.now_ms);
        let to = to.min(clock.now_ms);
        let span = (from.max(clock.now_ms.saturating_sub(longest)).min(to), to);
        let resolution = kept.resolution(span, clock.now_ms);
        let oldest = clock.now_ms.saturating_sub(longest) / MINUTE_MS;
        let mut presence = self
            .store
            .recorded_minutes(oldest, unrecorded.now())
            .await?;
        (unrecorded.first..=unrecorded.now()).for_each(|minute| presence.insert(minute));
        // What ends at a full minute does not touch the next.
        let last = span.1.saturating_sub(1).max(span.0) / MINUTE_MS;
        let minutes = (span.0 / MINUTE_MS, last, unrecorded.now());
        let gathered = Gathered::new(resolution, minutes, oldest, &presence);
        let plan = PartsPlan::of(&gathered, last, oldest, &unrecorded);
        let read: Vec<(HistoryOf, Vec<(u64, Slot)>)> =
            match together && queues.len() >= TOGETHER_FROM {
                true => vec![(HistoryOf::All, sum_of(queues, &unrecorded))],
                false => (queues.iter())
                    .map(|version| {
                        let of = HistoryOf::Queue(version.figures.queue.clone());
                        (of, unrecorded.minutes(version))
                    })
                    .collect(),
            };
        let of_queues = queues.iter();
        let of_queues = of_queues.map(|version| HistoryOf::Queue(version.figures.queue.clone()));
        let all = together.then_some(HistoryOf::All);
        let bytes_of: Vec<HistoryOf> = of_queues.chain(all).collect();
        let all_of = together.then(|| oldest..=unrecorded.now());
        let ((gathered, since), bytes) = tokio::try_join!(
            self.read_parts(plan, read, gathered),
            self.store.history_bytes(&bytes_of, all_of),
        )?;
        Ok(HistoryReading {
            resolution,
            span,
            points: gathered.points(),
            queues: queues.len(),
            since_ms: since.map(|minute| minute * MINUTE_MS),
            bytes,
        })
    }

    /// Reads what is kept of each of these, and adds it up. Returns the minute since when anything is kept, too.
    async fn read_parts(
        &self,
        plan: PartsPlan,
        queues: Vec<(HistoryOf, Vec<(u64, Slot)>)>,
        mut gathered: Gathered,
    ) -> Result<(Gathered, Option<u64>), StoreError> {
        let plan = Arc::new(plan);
        let mut since = None::<u64>;
        let mut queues = queues.into_iter().peekable();
        while queues.peek().is_some() {
            let some: Vec<_> = queues.by_ref().take(QUEUES_AT_ONCE).collect();
            let asked: Vec<_> = some
                .iter()
                .map(|(of, _)| (of.clone(), plan.fields().to_vec()))
                .collect();
            let parts = self.store.history_parts(&asked).await?;
            let plan = Arc::clone(&plan);
            let work = move || {
                for ((_, unrecorded), parts) in some.into_iter().zip(&parts) {
                    let (known, first) = known_of(&plan, parts, &unrecorded);
                    gathered.add(&known);
                    since = match (since, first) {
                        (Some(since), Some(first)) => Some(since.min(first)),
                        (since, first) => since.or(first),
                    };
                }
                (gathered, since)
            };
            // A panic in there is an error of the program, which takes this request with it.
            (gathered, since) = match spawn_blocking(work).await {
                Ok(done) => done,
                Err(error) => std::panic::resume_unwind(error.into_panic()),
            };
        }
        Ok((gathered, since))
    }
}

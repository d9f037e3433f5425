//! The jobs of the last hour as the live figures have them, minute by minute, of several queues together.

use crate::domain::access::Operator;
use crate::domain::history::shown::LiveMinute;
use crate::domain::queue::queue_set::QueueSet;
use crate::domain::stats::series::{MINUTES, Minute, SampleSource};
use crate::service::Services;
use crate::service::error::ServiceError;

impl Services {
    /// The whole minutes of the last hour before `now` (Unix milliseconds) of which something is known, oldest first, summed over
    /// the queues that this person may see. Redis is not asked.
    pub(crate) async fn last_hour(
        &self,
        operator: &Operator,
        set: &QueueSet,
        now: u64,
    ) -> Result<Vec<LiveMinute>, ServiceError> {
        let versions = self.seen_versions(operator, set).await?;
        let mut sums: Option<[LiveMinute; MINUTES]> = None;
        for series in versions
            .iter()
            .filter_map(|version| version.series.as_ref())
        {
            let minutes = series.minutes(now);
            match &mut sums {
                Some(sums) => sums
                    .iter_mut()
                    .zip(&minutes)
                    .for_each(|(sum, one)| add(sum, one)),
                None => sums = Some(minutes.each_ref().map(live)),
            }
        }
        // The last minute is not over.
        let whole = sums.into_iter().flatten().take(MINUTES - 1);
        Ok(whole
            .filter(|minute| minute.source != SampleSource::Unknown)
            .collect())
    }
}

fn live(minute: &Minute) -> LiveMinute {
    LiveMinute {
        start_ms: minute.start_ms,
        source: minute.source,
        added: minute.added.map(u64::from),
        completed: minute.finished.map(u64::from),
        failed: minute.failed.map(u64::from),
    }
}

/// Adds the jobs of a queue. Where only the workers of some queues counted, the sum says that it comes from them.
fn add(sum: &mut LiveMinute, minute: &Minute) {
    let one = live(minute);
    let plus = |sum: &mut Option<u64>, jobs: Option<u64>| {
        if let Some(jobs) = jobs {
            *sum = Some(sum.unwrap_or(0).saturating_add(jobs));
        }
    };
    plus(&mut sum.added, one.added);
    plus(&mut sum.completed, one.completed);
    plus(&mut sum.failed, one.failed);
    sum.source = match (sum.source, one.source) {
        (SampleSource::Metrics, _) | (_, SampleSource::Metrics) => SampleSource::Metrics,
        (SampleSource::Seen, _) | (_, SampleSource::Seen) => SampleSource::Seen,
        _ => SampleSource::Unknown,
    };
}

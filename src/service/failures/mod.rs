//! Failed jobs, grouped by what they failed of: read in bounded batches, the newest first, and kept for a while for all who ask.

pub mod differs;
pub mod found;
pub mod of_job;
mod read;
pub(crate) mod readings;
mod versions;

use std::sync::Arc;

use crate::domain::access::Operator;
use crate::domain::failures::GroupId;
use crate::domain::failures::groups::Window;
use crate::domain::queue::QueueId;
use crate::service::Services;
use crate::service::error::ServiceError;
pub use found::{FoundFailures, OnlyIn, ReadQueue};
use strum::{EnumString, IntoStaticStr, VariantArray};

/// The most queues of which failed jobs are read at once.
const MOST_QUEUES: usize = 500;

/// The failed jobs of which queues are meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FailuresOf {
    /// All that a person may see.
    All,
    /// The versions of a family: its prefix and name.
    Family(String, String),
    /// One queue.
    Queue(QueueId),
}

/// Over which time failures are looked at.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, Default, VariantArray, EnumString, IntoStaticStr,
)]
#[strum(parse_err_ty = String, parse_err_fn = no_span)]
pub enum FailureSpan {
    /// One hour.
    #[strum(serialize = "1h")]
    Hour,
    /// One day.
    #[default]
    #[strum(serialize = "24h")]
    Day,
    /// One week.
    #[strum(serialize = "7d")]
    Week,
    /// 30 days.
    #[strum(serialize = "30d")]
    Month,
    /// 365 days.
    #[strum(serialize = "1y")]
    Year,
}

fn no_span(text: &str) -> String {
    format!("failures can't be shown for {text:?}; allowed are 1h, 24h, 7d, 30d and 1y")
}

impl FailureSpan {
    /// Its name in addresses.
    pub fn name(self) -> &'static str {
        self.into()
    }

    /// `the last 24 hours`.
    pub fn words(self) -> &'static str {
        match self {
            Self::Hour => "the last hour",
            Self::Day => "the last 24 hours",
            Self::Week => "the last 7 days",
            Self::Month => "the last 30 days",
            Self::Year => "the last 365 days",
        }
    }

    fn millis(self) -> u64 {
        const HOUR: u64 = 3_600_000;
        match self {
            Self::Hour => HOUR,
            Self::Day => 24 * HOUR,
            Self::Week => 7 * 24 * HOUR,
            Self::Month => 30 * 24 * HOUR,
            Self::Year => 365 * 24 * HOUR,
        }
    }

    /// The span that ends at `now`, Unix milliseconds.
    pub fn until(self, now: u64) -> Window {
        Window {
            from: now.saturating_sub(self.millis()),
            // Clocks of workers may be a little ahead.
            to: now.saturating_add(60_000),
        }
    }

    /// The shortest that ends at `now` and holds `at`.
    pub fn holding(at: u64, now: u64) -> Self {
        let holds = |span: &&Self| span.until(now).from <= at;
        *Self::VARIANTS.iter().find(holds).unwrap_or(&Self::Year)
    }
}

impl Services {
    /// The failed jobs of these queues, as far as this person may see them, in groups.
    pub async fn failures(
        &self,
        operator: &Operator,
        of: &FailuresOf,
        span: FailureSpan,
    ) -> Result<Arc<FoundFailures>, ServiceError> {
        let mut queues = self.queues_of(operator, of).await?;
        queues.sort();
        let left_out = queues.len().saturating_sub(MOST_QUEUES);
        queues.truncate(MOST_QUEUES);
        let key = (queues.clone(), span);
        let found = self.failures.groups.get(key, self.read_failures(queues, span, left_out));
        found.await
    }

    /// One group of the failed jobs of these queues.
    pub async fn failure_group(
        &self,
        operator: &Operator,
        of: &FailuresOf,
        span: FailureSpan,
        id: GroupId,
    ) -> Result<Arc<FoundFailures>, ServiceError> {
        let found = self.failures(operator, of, span).await?;
        match found.groups.get(id) {
            Some(_) => Ok(found),
            None => Err(ServiceError::NotFound(format!(
                "error group {id} among the failed jobs of {}",
                span.words()
            ))),
        }
    }

    async fn queues_of(
        &self,
        operator: &Operator,
        of: &FailuresOf,
    ) -> Result<Vec<QueueId>, ServiceError> {
        match of {
            FailuresOf::Queue(queue) => {
                self.check_queue(operator, queue).await?;
                Ok(vec![queue.clone()])
            }
            FailuresOf::Family(prefix, name) => {
                let family = self.family(operator, prefix, name).await?;
                let versions = family.versions.iter();
                Ok(versions.map(|version| version.figures.queue.clone()).collect())
            }
            FailuresOf::All => {
                self.overview.ready().await;
                let snapshot = self.overview.now();
                let seen = snapshot.queues.iter().map(|version| &version.figures);
                let seen = seen.filter(|figures| operator.scope().holds(&figures.queue));
                Ok(seen.map(|figures| figures.queue.clone()).collect())
            }
        }
    }
}

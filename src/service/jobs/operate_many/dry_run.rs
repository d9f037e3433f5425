//! The dry run of an operation on many jobs: how many it would be done to, and for how many it won't work and why. Nothing is
//! changed.

use std::collections::BTreeMap;

use super::skip_reason::{ASTRAY, UNREAD, skip_words};
use super::worker::BATCH;
use crate::domain::access::Operator;
use crate::domain::job::JobId;
use crate::domain::job::filter::JobFilter;
use crate::domain::operations::Operation;
use crate::domain::queue::QueueId;
use crate::domain::run::Skipped;
use crate::service::Services;
use crate::service::error::ServiceError;
use crate::service::jobs::filtered_walk::FilteredWalk;
use crate::store::bullmq::jobs::walk::WalkedJob;

/// A dry run looks at so many jobs at most.
pub(super) const MOST_LOOKED_AT: u64 = 10_000;

/// How many of those that it won't work for are listed.
const MOST_LISTED: usize = 50;

/// What a dry run found.
#[derive(Debug, Default)]
pub struct ManyJobsDryRun {
    /// How many jobs are in the states, or selected.
    pub total: u64,
    /// How many of them were looked at.
    pub looked_at: u64,
    /// How many of those are meant, and it would be done to.
    pub would: u64,
    /// How many are meant and it won't work for, by reason.
    pub wont: BTreeMap<&'static str, u64>,
    /// The first of those.
    pub listed: Vec<Skipped>,
}

impl ManyJobsDryRun {
    /// How many jobs it would be done to; at most, where not all were looked at.
    pub fn at_most(&self) -> u64 {
        match self.looked_at < self.total {
            true => self.total,
            false => self.would,
        }
    }

    /// Counts a job that it won't work for, and lists it if it is one of the first.
    fn add(&mut self, id: &JobId, why: &'static str) {
        *self.wont.entry(why).or_default() += 1;
        if self.listed.len() < MOST_LISTED {
            self.listed.push(Skipped {
                queue: 0,
                job: id.as_str().to_owned(),
                why: why.to_owned(),
            });
        }
    }
}

impl Services {
    /// Looks at the jobs that are meant, up to a bound, and says what would become of them.
    pub async fn review_many(
        &self,
        operator: &Operator,
        queue: &QueueId,
        operation: Operation,
        filter: &JobFilter,
    ) -> Result<ManyJobsDryRun, ServiceError> {
        self.check_may_operate_many(operator, operation, queue)
            .await?;
        self.review_jobs(queue, operation, filter, MOST_LOOKED_AT)
            .await
    }

    /// The same, for of up to about `most` jobs, where that was checked.
    pub(super) async fn review_jobs(
        &self,
        queue: &QueueId,
        operation: Operation,
        filter: &JobFilter,
        most: u64,
    ) -> Result<ManyJobsDryRun, ServiceError> {
        let mut review = ManyJobsDryRun {
            total: self
                .totals_meant(std::slice::from_ref(queue), filter)
                .await?
                .into_iter()
                .sum(),
            ..ManyJobsDryRun::default()
        };
        let mut walk = FilteredWalk::new(filter).map_err(ServiceError::Bad)?;
        let (count, fields) = (BATCH.min(most), walk.fields());
        // A selection is looked at as a whole: it is bounded itself.
        let most = if filter.ids.is_empty() {
            most
        } else {
            u64::MAX
        };
        while review.looked_at < most {
            let Some(batch) = walk.next(&self.store, queue, count, fields).await? else {
                break;
            };
            walk.pass(&batch, |_| true);
            review.looked_at += batch.looked_at;
            for id in &batch.unread {
                review.add(id, UNREAD);
            }
            for id in &batch.astray {
                review.add(id, ASTRAY);
            }
            self.look_at(&mut review, queue, operation, batch.jobs)
                .await?;
        }
        review.total = review.total.max(review.looked_at);
        Ok(review)
    }

    async fn look_at(
        &self,
        review: &mut ManyJobsDryRun,
        queue: &QueueId,
        operation: Operation,
        jobs: Vec<WalkedJob>,
    ) -> Result<(), ServiceError> {
        let ids: Vec<JobId> = jobs.into_iter().map(|job| job.id).collect();
        let limit = self.rules.max_data_bytes;
        let hindrances = self.store.hindrances(queue, operation, &ids, limit).await?;
        for (id, hindrance) in ids.iter().zip(hindrances) {
            let Some(why) = hindrance.and_then(skip_words) else {
                review.would += 1;
                continue;
            };
            review.add(id, why);
        }
        Ok(())
    }
}

//! What differs between failed jobs and completed ones of the same name, from bounded samples of both.

use std::collections::HashMap;
use std::sync::Arc;

use super::found::{DiffersOf, WhatDiffers};
use super::which::FailureSpan;
use crate::domain::access::Operator;
use crate::domain::failures::GroupId;
use crate::domain::failures::differs::{LARGEST_DATA, Sample, differences};
use crate::domain::failures::groups::Group;
use crate::domain::job::cursor::JobCursor;
use crate::domain::job::field::{FieldValue, JobField};
use crate::domain::job::row::ListOrder;
use crate::domain::job::{JobId, JobState};
use crate::domain::queue::QueueId;
use crate::domain::queue::queue_set::QueueSet;
use crate::service::Services;
use crate::service::error::ServiceError;
use crate::service::hidden_values::{Sight, Sights};
use crate::service::large_texts::blocking::run_blocking;
use crate::store::bullmq::jobs::walk::{Walk, WalkFields, WalkOrder, WalkedJob};

/// How many completed jobs are compared with at most.
pub const MOST_COMPLETED: usize = 500;

/// How many completed jobs are looked at for those with the name.
const MOST_LOOKED_AT: u64 = 5_000;

/// How many are read at once.
const BATCH: u64 = 250;

/// How many bytes of completed jobs' data are compared with at most.
const MOST_BYTES: u64 = 8 * 1024 * 1024;

/// Of how many queues with failed jobs the completed jobs are read.
const MOST_QUEUES: usize = 3;

impl Services {
    /// What differs for the jobs of a group of failures.
    pub async fn group_differs(
        &self,
        operator: &Operator,
        of: &QueueSet,
        span: FailureSpan,
        id: GroupId,
    ) -> Result<Arc<WhatDiffers>, ServiceError> {
        let found = self.failure_group(operator, of, span, id).await?;
        let group = found.groups.get(id).cloned();
        let Some(group) = group else {
            return Err(ServiceError::NotFound(format!("error group {id}")));
        };
        let queues = found.queues.iter().map(|one| one.queue.clone()).collect();
        let of: Vec<QueueId> = group
            .newest
            .iter()
            .map(|(_, queue, _)| queue.clone())
            .collect();
        let sights = self.sights(operator, &of).await;
        let key = (DiffersOf::Group(queues, span, id), sights.key());
        self.failures
            .differs
            .get(key, self.find_for_group(group, sights))
            .await
    }

    /// What differs for one failed job. The caller has checked that this person may see it.
    pub(super) async fn job_differs(
        &self,
        operator: &Operator,
        queue: &QueueId,
        id: &JobId,
        name: &str,
    ) -> Result<Arc<WhatDiffers>, ServiceError> {
        let jobs = HashMap::from([(queue.clone(), vec![id.as_str().to_owned()])]);
        let sights = self.sights(operator, std::slice::from_ref(queue)).await;
        let key = (DiffersOf::Job(queue.clone(), id.clone()), sights.key());
        let find = self.find_differences(jobs, name.to_owned(), sights);
        self.failures.differs.get(key, find).await
    }

    async fn find_for_group(
        &self,
        group: Group,
        sights: Sights,
    ) -> Result<Arc<WhatDiffers>, ServiceError> {
        let most = group.names.iter().max_by_key(|(_, count)| **count);
        let name = most.map(|(name, _)| name.clone()).unwrap_or_default();
        let mut jobs: HashMap<QueueId, Vec<String>> = HashMap::new();
        for (_, queue, id) in &group.newest {
            jobs.entry(queue.clone())
                .or_default()
                .push(id.as_str().to_owned());
        }
        self.find_differences(jobs, name, sights).await
    }

    async fn find_differences(
        &self,
        failed: HashMap<QueueId, Vec<String>>,
        name: String,
        sights: Sights,
    ) -> Result<Arc<WhatDiffers>, ServiceError> {
        // The semaphore is never closed.
        let _turn = self.failures.turns.acquire().await.ok();
        let mut most_first: Vec<(QueueId, Vec<String>)> = failed.into_iter().collect();
        most_first.sort_by_key(|(queue, ids)| (std::cmp::Reverse(ids.len()), queue.clone()));
        most_first.truncate(MOST_QUEUES);
        let queues = most_first.len();
        let (mut failed, mut completed) = (Sample::default(), Sample::default());
        for (queue, ids) in most_first {
            let sight = sights.of(&queue);
            failed = self
                .sample_failed(&queue, ids, &name, failed, &sight)
                .await?;
            let most = MOST_COMPLETED / queues;
            completed = self
                .sample_completed(&queue, (&name, most), completed, &sight)
                .await?;
        }
        let found = run_blocking(usize::MAX, move || WhatDiffers {
            name,
            compared: (failed.jobs(), completed.jobs()),
            left_out: failed.unreadable() + completed.unreadable(),
            differences: differences(&failed, &completed),
        });
        Ok(Arc::new(found.await?))
    }

    /// Adds those of the jobs that are still failed and have the name.
    async fn sample_failed(
        &self,
        queue: &QueueId,
        ids: Vec<String>,
        name: &str,
        mut sample: Sample,
        sight: &Sight,
    ) -> Result<Sample, ServiceError> {
        let mut left = ids.as_slice();
        while !left.is_empty() {
            let read = self
                .store
                .selected_jobs(queue, &[JobState::Failed], left, fields())
                .await?;
            left = &left[read.read.max(1).min(left.len())..];
            let named = read.jobs.into_iter().filter(|job| job.name() == name);
            sample = add_all(sample, named.collect(), sight).await?;
        }
        Ok(sample)
    }

    /// Adds the newest completed jobs of a queue that have the name.
    async fn sample_completed(
        &self,
        queue: &QueueId,
        (name, most): (&str, usize),
        mut sample: Sample,
        sight: &Sight,
    ) -> Result<Sample, ServiceError> {
        let walk = Walk {
            queue,
            state: JobState::Completed,
            order: WalkOrder::AsListed(ListOrder::Usual),
        };
        let (mut cursor, mut found, mut bytes) = (JobCursor::default(), 0, 0_u64);
        while found < most && cursor.past() < MOST_LOOKED_AT && bytes < MOST_BYTES {
            let batch = self.store.walk_jobs(walk, &cursor, BATCH, fields()).await?;
            if batch.places.is_empty() {
                break;
            }
            cursor.pass(&batch.places, |_| true);
            let named = batch.jobs.into_iter().filter(|job| job.name() == name);
            let named: Vec<WalkedJob> = named.take(most - found).collect();
            found += named.len();
            bytes += named.iter().map(|job| job.data().len() as u64).sum::<u64>();
            sample = add_all(sample, named, sight).await?;
        }
        Ok(sample)
    }
}

fn fields() -> WalkFields {
    WalkFields::name().with(JobField::Data, LARGEST_DATA)
}

/// Adds the data of jobs to a sample, off the async threads: parsing takes some milliseconds.
async fn add_all(
    mut sample: Sample,
    jobs: Vec<WalkedJob>,
    sight: &Sight,
) -> Result<Sample, ServiceError> {
    let sight = sight.clone();
    run_blocking(usize::MAX, move || {
        for job in &jobs {
            // Hidden values are all alike: nothing differs by them.
            let job = sight.shown(job);
            match job.get(JobField::Data) {
                FieldValue::Bytes(data) => sample.add(data),
                FieldValue::TooLarge(_) | FieldValue::Absent => sample.add_unread(),
            }
        }
        sample
    })
    .await
}

//! Wakes the viewers of a job when something happens to it.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use tokio::sync::watch;

use crate::domain::job::JobId;
use crate::domain::queue::QueueId;

/// From this many jobs on, those without viewers are removed.
const SWEEP_AT: usize = 256;

/// The watched jobs. An event of any other job costs one lookup in a map.
#[derive(Debug, Default)]
pub(crate) struct JobWakeups(Mutex<HashMap<QueueId, HashMap<JobId, watch::Sender<()>>>>);

impl JobWakeups {
    /// Wakes whenever the job is touched from now on.
    pub(crate) fn watch(&self, queue: &QueueId, job: &JobId) -> watch::Receiver<()> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let watched: usize = all.values().map(HashMap::len).sum();
        if watched >= SWEEP_AT {
            all.retain(|_, jobs| {
                jobs.retain(|_, sender| sender.receiver_count() > 0);
                !jobs.is_empty()
            });
        }
        let jobs = all.entry(queue.clone()).or_default();
        let sender = jobs
            .entry(job.clone())
            .or_insert_with(|| watch::channel(()).0);
        sender.subscribe()
    }

    /// Wakes the viewers of `jobs`.
    pub(crate) fn touch<'a>(&self, queue: &QueueId, jobs: impl Iterator<Item = &'a JobId>) {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(watched) = all.get(queue) else {
            return;
        };
        for sender in jobs.filter_map(|job| watched.get(job)) {
            sender.send_replace(());
        }
    }
}

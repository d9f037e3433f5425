//! The shared snapshot of every queue: one engine keeps it for all viewers.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;

use super::Engine;
use super::job_wakeups::JobWakeups;
use super::options::LiveOptions;
use super::snapshot::Snapshot;
use crate::domain::job::JobId;
use crate::domain::queue::QueueId;
use crate::store::Store;

/// How many queues that people asked for may wait to be looked up.
const ASKED_WAITING: usize = 64;

/// How long a page waits until the snapshot has a queue that was missing.
const MET_WITHIN: Duration = Duration::from_secs(2);

/// The shared snapshot; cheap to clone.
#[derive(Debug, Clone)]
pub struct LiveHandle {
    snapshot: watch::Receiver<Arc<Snapshot>>,
    touched: Arc<JobWakeups>,
    asked: mpsc::Sender<QueueId>,
}

impl LiveHandle {
    /// Starts the engine, which keeps the snapshot until `stop`.
    pub fn start(store: Arc<Store>, options: LiveOptions, stop: CancellationToken) -> Self {
        let (sender, snapshot) = watch::channel(Arc::default());
        let touched = Arc::<JobWakeups>::default();
        let (asked, heard) = mpsc::channel(ASKED_WAITING);
        let engine = Engine::new(store, options, sender, Arc::clone(&touched), heard);
        tokio::spawn(async move {
            tokio::select! {
                () = engine.run() => {}
                () = stop.cancelled() => {}
            }
        });
        Self {
            snapshot,
            touched,
            asked,
        }
    }

    /// An empty snapshot that is never updated, for processes that never show one.
    pub fn of_nothing() -> Self {
        Self {
            snapshot: watch::channel(Arc::default()).1,
            touched: Arc::default(),
            asked: mpsc::channel(1).0,
        }
    }

    /// The current snapshot.
    pub fn now(&self) -> Arc<Snapshot> {
        Arc::clone(&self.snapshot.borrow())
    }

    /// The snapshots from now on. A slow reader only sees the newest.
    pub fn changes(&self) -> watch::Receiver<Arc<Snapshot>> {
        self.snapshot.clone()
    }

    /// Wakes whenever something happens to one job.
    pub fn job_changes(&self, queue: &QueueId, job: &JobId) -> watch::Receiver<()> {
        self.touched.watch(queue, job)
    }

    /// Wakes those who watch a job that Bullkeeper changed: an edit makes no event (BullMQ 5.81, 6.7).
    pub fn touch(&self, queue: &QueueId, job: &JobId) {
        self.touched.touch(queue, std::iter::once(job));
    }

    /// Looks up a queue that is missing in the snapshot and may exist; does not wait for it.
    pub fn look_up(&self, queue: &QueueId) {
        if self.now().queue(queue).is_none() {
            // If too many wait, the walk finds it later.
            let _ = self.asked.try_send(queue.clone());
        }
    }

    /// Counts a queue again that Bullkeeper changed; does not wait for it.
    pub fn look_again(&self, queue: &QueueId) {
        // If too many wait, the next round counts it.
        let _ = self.asked.try_send(queue.clone());
    }

    /// Adds an existing queue to the snapshot, and waits a short time for that.
    pub async fn meet(&self, queue: &QueueId) {
        let is_asked = self.asked.try_send(queue.clone()).is_ok();
        let snapshot = self.now();
        // Before the first count, and while Redis is unreachable, there is nothing to wait for.
        if !is_asked || snapshot.taken.is_none() || snapshot.stale.is_some() {
            return;
        }
        let mut snapshots = self.changes();
        let met = snapshots
            .wait_for(|snapshot| snapshot.queue(queue).is_some() || snapshot.stale.is_some());
        // In either case the page is drawn from what is there.
        let _ = tokio::time::timeout(MET_WITHIN, met).await;
    }

    /// Waits for the first count, or until Redis was found unreachable.
    pub async fn ready(&self) {
        let mut receiver = self.snapshot.clone();
        // An error means that the task has ended, so there is nothing to wait for.
        let _ = receiver
            .wait_for(|snapshot| snapshot.taken.is_some() || snapshot.stale.is_some())
            .await;
    }
}

//! One snapshot of every queue, kept by one engine and shown to all, however many watch.

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

/// How long a page waits until the snapshot holds a queue that was not in it.
const MET_WITHIN: Duration = Duration::from_secs(2);

/// The shared snapshot; cheap to clone.
#[derive(Debug, Clone)]
pub struct LiveHandle {
    snapshot: watch::Receiver<Arc<Snapshot>>,
    touched: Arc<JobWakeups>,
    asked: mpsc::Sender<QueueId>,
}

impl LiveHandle {
    /// Starts the engine that keeps the snapshot until `stop`.
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

    /// A snapshot of nothing that nobody renews, for what never looks at it.
    pub fn of_nothing() -> Self {
        Self {
            snapshot: watch::channel(Arc::default()).1,
            touched: Arc::default(),
            asked: mpsc::channel(1).0,
        }
    }

    /// The snapshot as it is now.
    pub fn now(&self) -> Arc<Snapshot> {
        Arc::clone(&self.snapshot.borrow())
    }

    /// The snapshots from now on. Who is slow sees only the newest.
    pub fn changes(&self) -> watch::Receiver<Arc<Snapshot>> {
        self.snapshot.clone()
    }

    /// Wakes whenever something happens to one job.
    pub fn job_changes(&self, queue: &QueueId, job: &JobId) -> watch::Receiver<()> {
        self.touched.watch(queue, job)
    }

    /// Tells those who watch a job that it was changed from here: an edit makes no event (BullMQ 5.81, 6.7).
    pub fn touch(&self, queue: &QueueId, job: &JobId) {
        self.touched.touch(queue, std::iter::once(job));
    }

    /// Has a queue looked up that is not in the snapshot and may be there; nobody waits for it.
    pub fn look_up(&self, queue: &QueueId) {
        if self.now().queue(queue).is_none() {
            // Where too many wait, the walk finds it later.
            let _ = self.asked.try_send(queue.clone());
        }
    }

    /// Has a queue that is there taken into the snapshot, and waits for that, but not for long.
    pub async fn meet(&self, queue: &QueueId) {
        let is_asked = self.asked.try_send(queue.clone()).is_ok();
        let snapshot = self.now();
        // Before the first count, and while Redis is away, there is nothing to wait for.
        if !is_asked || snapshot.taken.is_none() || snapshot.stale.is_some() {
            return;
        }
        let mut snapshots = self.changes();
        let met = snapshots
            .wait_for(|snapshot| snapshot.queue(queue).is_some() || snapshot.stale.is_some());
        // Either way the page is drawn from what is there.
        let _ = tokio::time::timeout(MET_WITHIN, met).await;
    }

    /// Waits for the first count, or until Redis was found away.
    pub async fn ready(&self) {
        let mut receiver = self.snapshot.clone();
        // An error means that the task has ended: there is nothing to wait for.
        let _ = receiver
            .wait_for(|snapshot| snapshot.taken.is_some() || snapshot.stale.is_some())
            .await;
    }
}

//! One snapshot of every queue, kept by one engine and shown to all, however many watch.

use std::sync::Arc;

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::live::touched::Touched;
use super::live::{Engine, LiveOptions};
use super::snapshot::Snapshot;
use crate::domain::job::JobId;
use crate::domain::queue::QueueId;
use crate::store::Store;

/// The shared snapshot; cheap to clone.
#[derive(Debug, Clone)]
pub struct Overview {
    snapshot: watch::Receiver<Arc<Snapshot>>,
    touched: Arc<Touched>,
}

impl Overview {
    /// Starts the engine that keeps the snapshot until `stop`.
    pub fn start(store: Arc<Store>, options: LiveOptions, stop: CancellationToken) -> Self {
        let (sender, snapshot) = watch::channel(Arc::default());
        let touched = Arc::<Touched>::default();
        let engine = Engine::new(store, options, sender, Arc::clone(&touched));
        tokio::spawn(async move {
            tokio::select! {
                () = engine.run() => {}
                () = stop.cancelled() => {}
            }
        });
        Self { snapshot, touched }
    }

    /// A snapshot of nothing that nobody renews, for what never looks at it.
    pub fn of_nothing() -> Self {
        Self {
            snapshot: watch::channel(Arc::default()).1,
            touched: Arc::default(),
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

    /// Waits for the first count, or until Redis was found away.
    pub async fn ready(&self) {
        let mut receiver = self.snapshot.clone();
        // An error means that the task has ended: there is nothing to wait for.
        let _ = receiver
            .wait_for(|snapshot| snapshot.taken.is_some() || snapshot.stale.is_some())
            .await;
    }
}

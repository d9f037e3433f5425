//! One snapshot of every queue, kept by one task and shown to all, however many watch.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::snapshot::{Snapshot, Stale, VersionFigures};
use crate::domain::queue::QueueId;
use crate::domain::version::{Lineage, VersionPattern};
use crate::store::queues::Walk;
use crate::store::{Store, StoreError};

/// The shared snapshot; cheap to clone.
#[derive(Debug, Clone)]
pub struct Overview(watch::Receiver<Arc<Snapshot>>);

/// How the snapshot is kept.
#[derive(Debug, Clone)]
pub struct OverviewOptions {
    /// Time between two counts.
    pub refresh: Duration,
    /// Time from the end of one walk through the keyspace to the start of the next.
    pub discovery: Duration,
    /// How names split.
    pub pattern: VersionPattern,
}

impl Overview {
    /// Starts the task that keeps the snapshot until `stop`.
    pub fn start(store: Arc<Store>, options: OverviewOptions, stop: CancellationToken) -> Self {
        let (sender, receiver) = watch::channel(Arc::default());
        let keeper = Keeper {
            store,
            options,
            known: BTreeMap::new(),
            walk: Some(Walk::default()),
            walked: tokio::time::Instant::now(),
        };
        tokio::spawn(async move {
            tokio::select! {
                () = keeper.run(sender) => {}
                () = stop.cancelled() => {}
            }
        });
        Self(receiver)
    }

    /// A snapshot of nothing that nobody renews, for what never looks at it.
    pub fn of_nothing() -> Self {
        Self(watch::channel(Arc::default()).1)
    }

    /// The snapshot as it is now.
    pub fn now(&self) -> Arc<Snapshot> {
        Arc::clone(&self.0.borrow())
    }

    /// Waits for the first count, or until Redis was found away.
    pub async fn ready(&self) {
        let mut receiver = self.0.clone();
        // An error means that the task has ended: there is nothing to wait for.
        let _ = receiver
            .wait_for(|snapshot| snapshot.taken.is_some() || snapshot.stale.is_some())
            .await;
    }
}

struct Keeper {
    store: Arc<Store>,
    options: OverviewOptions,
    known: BTreeMap<QueueId, Lineage>,
    walk: Option<Walk>,
    walked: tokio::time::Instant,
}

impl Keeper {
    async fn run(mut self, sender: watch::Sender<Arc<Snapshot>>) {
        let mut tick = tokio::time::interval(self.options.refresh);
        tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tick.tick().await;
            let before = Arc::clone(&sender.borrow());
            let next = match self.look().await {
                Ok(queues) => Snapshot::of(queues),
                Err(error) => still(&before, &error),
            };
            sender.send_replace(Arc::new(next));
        }
    }

    async fn look(&mut self) -> Result<Vec<VersionFigures>, StoreError> {
        self.discover().await?;
        let ids: Vec<QueueId> = self.known.keys().cloned().collect();
        let figures = self.store.figures(&ids).await?;
        let workers = self.store.workers().await?;
        if figures.len() < ids.len() {
            let kept: std::collections::HashSet<&QueueId> =
                figures.iter().map(|figures| &figures.queue).collect();
            self.known.retain(|id, _| kept.contains(id));
        }
        let mut queues: Vec<VersionFigures> = figures
            .into_iter()
            .filter_map(|mut figures| {
                figures.workers = workers
                    .as_ref()
                    .map(|workers| workers.get(&figures.queue).copied().unwrap_or(0));
                let lineage = self.known.get(&figures.queue)?.clone();
                Some(VersionFigures { lineage, figures })
            })
            .collect();
        queues.sort_by(|a, b| order(a).cmp(&order(b)));
        Ok(queues)
    }

    /// The first walk is taken at once, so that the first page is whole; later ones a step a round, since SCAN goes
    /// through every key there is.
    async fn discover(&mut self) -> Result<(), StoreError> {
        let at_once = self.known.is_empty();
        if self.walk.is_none() && (at_once || self.walked.elapsed() >= self.options.discovery) {
            self.walk = Some(Walk::default());
        }
        while let Some(walk) = self.walk.clone() {
            let (found, next) = self.store.discover(walk).await?;
            for id in found {
                let lineage = self.options.pattern.split(id.name());
                self.known.entry(id).or_insert(lineage);
            }
            self.walk = next;
            self.walked = tokio::time::Instant::now();
            if !at_once {
                break;
            }
        }
        Ok(())
    }
}

/// By prefix and family, then the newest version first, unversioned names last.
fn order(queue: &VersionFigures) -> impl Ord {
    let VersionFigures { lineage, figures } = queue;
    (
        figures.queue.prefix().to_owned(),
        lineage.family.clone(),
        std::cmp::Reverse(lineage.version.clone()),
        figures.queue.name().to_owned(),
    )
}

fn still(before: &Snapshot, error: &StoreError) -> Snapshot {
    let since = match &before.stale {
        Some(stale) => stale.since,
        None => {
            tracing::warn!(%error, "the queues can't be counted; the last figures stay");
            SystemTime::now()
        }
    };
    let mut snapshot = before.clone();
    snapshot.stale = Some(Stale {
        since,
        cause: error.to_string(),
    });
    snapshot
}

//! The connected workers that one person may see, and what they run.
//!
//! One list of all workers is read for all who look, and kept for a moment; so are the active jobs of each queue. Redis's
//! work does not grow with the number of people who look.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::SystemTime;

use futures::FutureExt;
use futures::stream::{self, StreamExt};

use super::Services;
use super::error::{ServiceError, StoreError};
use super::server::readings::WorkersListed;
use crate::clock;
use crate::domain::access::glob::glob;
use crate::domain::access::{Action, Operator};
use crate::domain::queue::QueueId;
use crate::domain::worker::{ActiveJobs, Running, Worker, running};

/// How many workers a page shows.
pub(crate) const PAGE: usize = 50;

/// Of how many queues the active jobs are read at once.
const AT_ONCE: usize = 4;

/// How many queues are named whose workers can't be listed.
const NAMED: usize = 10;

/// By what the list is sorted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum WorkerOrder {
    /// By queue, then name.
    #[default]
    Queue,
    /// By the address that they connect from.
    Host,
    /// The newest connection first.
    Connected,
    /// The one that sent no command for the longest first.
    Idle,
}

/// Which workers are asked for.
#[derive(Debug, Clone, Default)]
pub struct WorkersAsked {
    /// One queue's only.
    pub queue: Option<QueueId>,
    /// A part of the queue's name in any case, or a pattern with `*`; empty for all.
    pub name: String,
    /// A part of the worker's host or own name, in any case; empty for all.
    pub host: String,
    /// In which order.
    pub order: WorkerOrder,
    /// From which row on.
    pub from: usize,
}

/// A page of workers.
#[derive(Debug)]
pub struct WorkersPage {
    /// The workers, and what each of them runs. `None` if the Redis user may not list the clients.
    pub found: Option<WorkersFound>,
    /// Queues that have workers which can't be listed: they have names that Redis refuses. The first few.
    pub unlisted: Vec<QueueId>,
    /// How many more such queues there are.
    pub unlisted_more: usize,
}

/// The workers of a page.
#[derive(Debug)]
pub struct WorkersFound {
    /// The rows of this page.
    pub rows: Vec<WorkerRow>,
    /// How many workers match.
    pub total: usize,
    /// Whether more workers are connected than are listed.
    pub is_cut: bool,
    /// When the list was read.
    pub at: SystemTime,
}

/// A worker, and what it runs.
#[derive(Debug)]
pub struct WorkerRow {
    /// The worker.
    pub worker: Worker,
    /// What it runs.
    pub running: Running,
    /// How many jobs are active in its queue, if that could be read.
    pub active: Option<u64>,
    /// The BullMQ version that opened its queue last; empty if unknown.
    pub bull_version: String,
    /// Whether its queue is known, so that it has a page.
    pub is_known: bool,
}

impl Services {
    /// A page of the workers that `operator` may see.
    pub async fn workers(
        &self,
        operator: &Operator,
        asked: &WorkersAsked,
    ) -> Result<WorkersPage, ServiceError> {
        match &asked.queue {
            Some(queue) => self.check_queue(operator, queue).await?,
            None => self.check_may_anywhere(operator, Action::View).await?,
        }
        let (unlisted, unlisted_more) = self.unlisted(operator, asked);
        let found = match self.listed().await? {
            Some(listed) => Some(self.found(operator, asked, &listed).await),
            None => None,
        };
        Ok(WorkersPage {
            found,
            unlisted,
            unlisted_more,
        })
    }

    async fn listed(&self) -> Result<Option<WorkersListed>, StoreError> {
        let read = async {
            let at = clock::system_time();
            let list = self.store.worker_list().await?;
            Ok(list.map(|list| WorkersListed {
                list: Arc::new(list),
                at,
            }))
        };
        self.readings.workers.get((), read).await
    }

    async fn found(
        &self,
        operator: &Operator,
        asked: &WorkersAsked,
        listed: &WorkersListed,
    ) -> WorkersFound {
        let seen = |worker: &&Worker| operator.scope().holds(&worker.queue);
        let all = listed.list.workers.iter().filter(seen);
        let mut matching: Vec<&Worker> = all.filter(|worker| asked.wants(worker)).collect();
        asked.order.sort(&mut matching);
        let total = matching.len();
        let shown: Vec<&Worker> = matching.into_iter().skip(asked.from).take(PAGE).collect();
        let of_queues = self.active_of(&shown).await;
        let snapshot = self.overview.now();
        let rows = shown.into_iter().map(|worker| {
            let of_queue = &listed.list.workers;
            let of_queue = of_queue.iter().filter(|other| other.queue == worker.queue);
            let of_queue: Vec<&Worker> = of_queue.collect();
            let active = of_queues.get(&worker.queue).and_then(Option::as_deref);
            let known = snapshot.queue(&worker.queue);
            let version = known.and_then(|known| known.figures.bull_version.text());
            WorkerRow {
                worker: worker.clone(),
                running: running(worker, &of_queue, active),
                active: active.map(|active| active.total),
                bull_version: version.unwrap_or_default().to_owned(),
                is_known: known.is_some(),
            }
        });
        WorkersFound {
            rows: rows.collect(),
            total,
            is_cut: listed.list.is_cut,
            at: listed.at,
        }
    }

    /// The active jobs of each of the workers' queues; `None` where they could not be read.
    async fn active_of(&self, workers: &[&Worker]) -> HashMap<QueueId, Option<Arc<ActiveJobs>>> {
        let queues: HashMap<&QueueId, ()> = workers.iter().map(|one| (&one.queue, ())).collect();
        let reads = queues.into_keys().map(|queue| {
            let read = async move {
                let read = async { Ok(self.store.active_jobs(queue).await?.map(Arc::new)) };
                let jobs = self.readings.active.get(queue.clone(), read).await;
                let unread = |error: &StoreError| {
                    tracing::warn!(%queue, %error, "the active jobs of a worker's queue could not be read");
                };
                (queue.clone(), jobs.inspect_err(unread).ok().flatten())
            };
            read.boxed()
        });
        let reads: Vec<_> = reads.collect();
        stream::iter(reads).buffered(AT_ONCE).collect().await
    }

    /// The queues in sight that have workers which Redis does not name, and how many more than the first few.
    fn unlisted(&self, operator: &Operator, asked: &WorkersAsked) -> (Vec<QueueId>, usize) {
        let snapshot = self.overview.now();
        let queues = snapshot.queues.iter().map(|version| &version.figures);
        let mut unlisted: Vec<QueueId> = queues
            .filter(|figures| figures.unnamed_workers)
            .map(|figures| figures.queue.clone())
            .filter(|queue| operator.scope().holds(queue) && asked.wants_queue(queue))
            .collect();
        let more = unlisted.len().saturating_sub(NAMED);
        unlisted.truncate(NAMED);
        (unlisted, more)
    }
}

impl WorkersAsked {
    fn wants_queue(&self, queue: &QueueId) -> bool {
        if self.queue.as_ref().is_some_and(|asked| asked != queue) {
            return false;
        }
        let (wanted, name) = (self.name.to_lowercase(), queue.name().to_lowercase());
        match wanted.contains('*') {
            true => glob(&wanted, &name),
            false => name.contains(&wanted),
        }
    }

    fn wants(&self, worker: &Worker) -> bool {
        let wanted = self.host.to_lowercase();
        let holds = |text: &str| text.to_lowercase().contains(&wanted);
        let is_host = holds(&worker.host) || worker.name.as_deref().is_some_and(holds);
        is_host && self.wants_queue(&worker.queue)
    }
}

impl WorkerOrder {
    fn sort(self, workers: &mut [&Worker]) {
        // The usual order among equals, so that a page does not change where nothing did.
        let usual = |worker: &&Worker| {
            let Worker {
                queue,
                name,
                host,
                port,
                ..
            } = worker;
            (queue.clone(), name.clone(), host.clone(), port.clone())
        };
        workers.sort_by_cached_key(usual);
        match self {
            Self::Queue => {}
            Self::Host => workers.sort_by(|a, b| a.host.cmp(&b.host)),
            Self::Connected => workers.sort_by_key(|worker| worker.connected_for),
            Self::Idle => workers.sort_by_key(|worker| std::cmp::Reverse(worker.idle)),
        }
    }
}

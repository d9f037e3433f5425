//! The live engine: follows the queues' events, and counts only the queues that had some.
//!
//! Three things happen at the same time. *Readings* wait in Redis for events, each for a group of queues. *Work* carries
//! out a plan of the `planner`: ends of streams, checks for missed events, counts, workers, queues to look up by name.
//! The walk (`discovery_walk`) goes through all keys in search of queues. All results come back here and go into the
//! planner, and its next snapshot is sent to all viewers.

mod discovery_lookups;
mod discovery_walk;
mod event_groups;
mod family_index;
pub mod handle;
pub(crate) mod job_wakeups;
pub(crate) mod options;
mod planner;
mod poll;
mod rotation;
pub(crate) mod snapshot;
mod snapshot_builder;
mod tracked_queue;

use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use futures::future::BoxFuture;
use futures::stream::FuturesUnordered;
use tokio::sync::{mpsc, watch};
use tokio::time::Instant;

use crate::domain::queue::QueueId;
use crate::domain::queue::event::StreamId;
use crate::store::Store;
use crate::store::bullmq::events::{EventReader, Reading};
use crate::store::error::StoreError;
use discovery_walk::{News, walk};
use job_wakeups::JobWakeups;
use options::{BACK_OFF, LiveOptions};
use planner::Planner;
use poll::{PollResult, carry_out};
use snapshot::{Snapshot, SnapshotId};

/// How long a reading waits in Redis. A new queue's events are read after this time at the latest.
const PATIENCE: Duration = Duration::from_secs(1);

/// How many times as often events are read as queues are counted, so that both together are fast enough.
const READINGS_A_COUNT: u32 = 4;

/// How many messages of the walk may wait.
const NEWS_WAITING: usize = 16;

/// The engine; one a process.
pub(super) struct Engine {
    store: Arc<Store>,
    options: LiveOptions,
    board: Planner,
    sender: watch::Sender<Arc<Snapshot>>,
    touched: Arc<JobWakeups>,
    readings: FuturesUnordered<BoxFuture<'static, EngineTurn>>,
    work: Option<BoxFuture<'static, PollResult>>,
    /// When the next work may begin.
    next_work: Instant,
    /// How long the next attempt waits while Redis is unreachable.
    back_off: Duration,
    /// The messages of the walk.
    walk: mpsc::Receiver<News>,
    /// Queues that people asked for and that the snapshot does not have.
    asked: mpsc::Receiver<QueueId>,
    /// Whether the walk has visited all keys once; before that no page would be complete.
    has_walked: bool,
    /// How many groups of queues are being read.
    groups: usize,
    /// Whether reading events failed and has not succeeded since.
    broken: bool,
    /// Which snapshot was sent last, and when.
    sent: (SnapshotId, Instant),
}

/// The result of a reading.
struct EngineTurn {
    group: usize,
    reader: EventReader,
    queues: Vec<QueueId>,
    answer: Result<Reading, StoreError>,
}

impl Engine {
    pub(super) fn new(
        store: Arc<Store>,
        options: LiveOptions,
        sender: watch::Sender<Arc<Snapshot>>,
        touched: Arc<JobWakeups>,
        asked: mpsc::Receiver<QueueId>,
    ) -> Self {
        let (news, heard) = mpsc::channel(NEWS_WAITING);
        tokio::spawn(walk(Arc::clone(&store), options.clone(), news));
        Self {
            board: Planner::new(options.clone()),
            store,
            options,
            sender,
            touched,
            readings: FuturesUnordered::new(),
            work: None,
            next_work: Instant::now(),
            back_off: BACK_OFF[0],
            walk: heard,
            asked,
            has_walked: false,
            groups: 0,
            broken: false,
            // The first snapshot is sent whatever it holds.
            sent: (SnapshotId::default(), Instant::now()),
        }
    }

    #[tracing::instrument(name = "live", level = "error", skip_all)]
    pub(super) async fn run(mut self) {
        loop {
            if self.has_walked && self.work.is_none() && Instant::now() >= self.next_work {
                self.begin_work();
            }
            let idle = self.has_walked && self.work.is_none();
            let next_work = self.next_work;
            let work = async {
                match self.work.as_mut() {
                    Some(work) => work.await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                Some(turn) = self.readings.next() => self.take_turn(turn),
                Some(news) = self.walk.recv() => self.take_news(news),
                Some(queue) = self.asked.recv() => {
                    self.board.ask_for(queue);
                    self.next_work = Instant::now();
                }
                done = work => {
                    self.work = None;
                    self.take_work(done);
                }
                () = tokio::time::sleep_until(next_work), if idle => {}
            }
        }
    }

    fn begin_work(&mut self) {
        let now = Instant::now();
        let plan = self.board.plan(now);
        self.next_work = now + self.options.recount;
        let store = Arc::clone(&self.store);
        self.work = Some(Box::pin(carry_out(store, plan)));
    }

    fn take_news(&mut self, news: News) {
        match news {
            News::Met(queues) => {
                if self.board.found(queues) {
                    // New queues are counted at once, without waiting for the next round.
                    self.next_work = Instant::now();
                }
            }
            News::Ended => self.has_walked = true,
            // Later, the counts show whether Redis is unreachable.
            News::Failed(_) if self.has_walked => self.board.doubt_clients(),
            News::Failed(error) => {
                self.note_away(&error);
                self.send();
            }
        }
    }

    fn take_work(&mut self, done: PollResult) {
        match done.findings {
            Ok(findings) => {
                if self.board.published.is_away() {
                    tracing::info!("Redis answers again; every queue was counted");
                }
                self.back_off = BACK_OFF[0];
                if self.board.take(&done.plan, findings) {
                    self.next_work = Instant::now();
                }
                while self.groups < self.board.groups() {
                    self.read(self.groups, EventReader::default(), Instant::now());
                    self.groups += 1;
                }
            }
            Err(error) => {
                self.note_away(&error);
                self.board.put_back(&done.plan);
                self.next_work = Instant::now() + self.back_off;
                self.back_off = (self.back_off * 2).min(BACK_OFF[1]);
            }
        }
        self.send();
    }

    fn note_away(&mut self, error: &StoreError) {
        if !self.board.published.is_away() {
            tracing::warn!(%error, "the queues can't be counted; the last figures stay");
        }
        self.board.published.away(error.plain().to_owned());
    }

    /// Sends the snapshot to all viewers: whenever it changed, and now and then to update its age.
    fn send(&mut self) {
        let now = Instant::now();
        let mark = self.board.published.mark();
        if mark == self.sent.0 && now.duration_since(self.sent.1) < self.options.refresh {
            return;
        }
        self.sent = (mark, now);
        self.sender
            .send_replace(Arc::new(self.board.published.snapshot()));
    }
}

impl Engine {
    /// Starts the next reading of a group.
    fn read(&mut self, group: usize, mut reader: EventReader, not_before: Instant) {
        let store = Arc::clone(&self.store);
        let places: Vec<(QueueId, StreamId)> = self.board.places(group);
        self.readings.push(Box::pin(async move {
            tokio::time::sleep_until(not_before).await;
            let answer = match places.is_empty() {
                true => {
                    tokio::time::sleep(PATIENCE).await;
                    Ok(Reading::default())
                }
                false => store.read_events(&mut reader, &places, PATIENCE).await,
            };
            EngineTurn {
                group,
                reader,
                queues: places.into_iter().map(|(queue, _)| queue).collect(),
                answer,
            }
        }));
    }

    fn take_turn(&mut self, turn: EngineTurn) {
        let now = Instant::now();
        let not_before = match turn.answer {
            Ok(reading) => {
                if !turn.queues.is_empty() && std::mem::take(&mut self.broken) {
                    self.board.published.kept().reconnects += 1;
                    self.board.doubt_all();
                }
                for heard in &reading.heard {
                    self.board.hear(heard);
                    let jobs = heard.events.iter().filter_map(|event| event.job.as_ref());
                    self.touched.touch(&heard.queue, jobs);
                }
                match reading.more {
                    true => now,
                    false => now + self.options.recount / READINGS_A_COUNT,
                }
            }
            Err(error) => {
                if !std::mem::replace(&mut self.broken, true) {
                    tracing::warn!(%error, "events can't be read; queues are counted instead");
                }
                match error {
                    StoreError::Away(_) | StoreError::Busy(_) => now + self.back_off,
                    error => {
                        let may_not = matches!(error, StoreError::Refused(_));
                        self.board.not_read(turn.queues.into_iter(), may_not);
                        now + PATIENCE
                    }
                }
            }
        };
        self.read(turn.group, turn.reader, not_before);
    }
}

#[cfg(test)]
mod tests;

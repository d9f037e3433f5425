//! Watched jobs: when something happens to one, it is read once for all viewers.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use tokio::sync::watch;

use crate::domain::job::{Job, JobId, JobState, LogLine};
use crate::domain::queue::QueueId;
use crate::service::live::handle::LiveHandle;
use crate::store::Store;
use crate::store::error::StoreError;

/// Texts above this size, in bytes, are only measured: an open page is told that they changed, not their content.
const FOLD_ABOVE: u64 = 16 * 1024;

/// How many of the newest log lines are kept in memory, and how many bytes of them.
const TAIL: u64 = 100;

const TAIL_BYTES: usize = 256 * 1024;

/// How many lines are read at once; the length of a line is not known before it is read.
const LINES_AT_ONCE: u64 = 10;

/// The least time between two readings of one job.
const AT_MOST_EVERY: Duration = Duration::from_millis(200);

/// How often an active job is read: a log line makes no event (BullMQ 5.81, 6.7).
const ACTIVE_EVERY: Duration = Duration::from_secs(1);

/// How often any other job is read: its queue may keep no events.
const QUIET_EVERY: Duration = Duration::from_secs(5);

/// The last reading of a watched job.
#[derive(Debug, Clone, Default)]
pub enum JobSeen {
    /// It was not read yet.
    #[default]
    NotYet,
    /// The job, with the newest lines of its log.
    Here(Arc<Job>, Arc<Tail>),
    /// There is no such job any more.
    Gone,
}

/// The newest lines of a log.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tail {
    /// How many lines come before them.
    pub before: u64,
    /// The lines, oldest first.
    pub lines: VecDeque<LogLine>,
    /// How many times the log was found shorter or different (`keepLogs`, `clearLogs`).
    pub cuts: u64,
}

type WatchedJob = (QueueId, JobId);

/// The jobs that someone watches.
#[derive(Debug, Default)]
pub(crate) struct JobWatches(Mutex<HashMap<WatchedJob, Weak<watch::Sender<JobSeen>>>>);

impl JobWatches {
    pub(crate) fn watch(
        self: &Arc<Self>,
        store: &Arc<Store>,
        overview: &LiveHandle,
        queue: &QueueId,
        id: &JobId,
    ) -> watch::Receiver<JobSeen> {
        let key = (queue.clone(), id.clone());
        let mut feeds = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(sender) = feeds.get(&key).and_then(Weak::upgrade) {
            return sender.subscribe();
        }
        let (sender, receiver) = watch::channel(JobSeen::NotYet);
        let sender = Arc::new(sender);
        feeds.insert(key.clone(), Arc::downgrade(&sender));
        let follow = JobWatch {
            feeds: Arc::clone(self),
            store: Arc::clone(store),
            touched: overview.job_changes(queue, id),
            key,
            tail: None,
            sender,
        };
        tokio::spawn(follow.run());
        receiver
    }

    /// Ends a feed without viewers; false if somebody subscribed meanwhile.
    fn end(&self, key: &WatchedJob, sender: &watch::Sender<JobSeen>) -> bool {
        let mut feeds = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let ends = sender.receiver_count() == 0;
        if ends {
            feeds.remove(key);
        }
        ends
    }
}

/// Reads one job until nobody watches it.
struct JobWatch {
    feeds: Arc<JobWatches>,
    store: Arc<Store>,
    touched: watch::Receiver<()>,
    key: WatchedJob,
    /// The part of its log that was read; `None` before the first reading.
    tail: Option<Tail>,
    sender: Arc<watch::Sender<JobSeen>>,
}

impl JobWatch {
    #[tracing::instrument(name = "job_watch", level = "error", skip_all, fields(queue = %self.key.0, job = %self.key.1))]
    async fn run(mut self) {
        loop {
            let mut rest = QUIET_EVERY;
            match self.read().await {
                Ok(seen) => {
                    if let JobSeen::Here(job, _) = &seen
                        && job.state == JobState::Active
                    {
                        rest = ACTIVE_EVERY;
                    }
                    self.sender.send_replace(seen);
                }
                Err(error) => tracing::debug!(%error, "a job that is looked at can't be read"),
            }
            tokio::time::sleep(AT_MOST_EVERY).await;
            tokio::select! {
                // Its sender may be removed once nobody else watches; then only the timer wakes.
                Ok(()) = self.touched.changed() => {}
                () = tokio::time::sleep(rest) => {}
                () = self.sender.closed() => {
                    if self.feeds.end(&self.key, &self.sender) {
                        return;
                    }
                }
            }
        }
    }

    async fn read(&mut self) -> Result<JobSeen, StoreError> {
        self.touched.mark_unchanged();
        let (queue, id) = &self.key;
        let Some(job) = self.store.job(queue, id, FOLD_ABOVE).await? else {
            return Ok(JobSeen::Gone);
        };
        let tail = self.read_tail(job.log_lines).await?;
        Ok(JobSeen::Here(Arc::new(job), Arc::new(tail)))
    }

    /// Reads the new lines of a log with `total` lines. Only lines that arrive while someone watches are read; the page has
    /// the earlier ones.
    async fn read_tail(&mut self, total: u64) -> Result<Tail, StoreError> {
        let (queue, id) = &self.key;
        let newest = async |count| {
            let lines = self
                .store
                .job_log(queue, id, total.saturating_sub(count), count);
            Ok::<_, StoreError>(VecDeque::from(lines.await?))
        };
        let begin = async |cuts| {
            let mut tail = Tail {
                before: total.saturating_sub(LINES_AT_ONCE),
                lines: newest(LINES_AT_ONCE).await?,
                cuts,
            };
            tail.shorten();
            Ok::<_, StoreError>(tail)
        };
        let Some(known) = &self.tail else {
            let tail = begin(0).await?;
            return Ok(self.tail.insert(tail).clone());
        };
        let mut tail = known.clone();
        let end = tail.before + tail.lines.len() as u64;
        let same = total > end || (total == end && newest(1).await?.back() == tail.lines.back());
        if !same || total - end > TAIL {
            tail = begin(tail.cuts + 1).await?;
        }
        let mut read = 0;
        loop {
            let end = tail.before + tail.lines.len() as u64;
            if end >= total || read > TAIL_BYTES {
                break;
            }
            let lines = self.store.job_log(queue, id, end, LINES_AT_ONCE).await?;
            if lines.is_empty() {
                break;
            }
            read += lines.iter().map(|line| line.bytes as usize).sum::<usize>();
            tail.lines.extend(lines);
        }
        tail.shorten();
        Ok(self.tail.insert(tail).clone())
    }
}

impl Tail {
    /// Drops the oldest lines if there are too many, but never the last one.
    fn shorten(&mut self) {
        let mut bytes: usize = self.lines.iter().map(|line| line.text.len()).sum();
        while self.lines.len() > 1 && (bytes > TAIL_BYTES || self.lines.len() as u64 > TAIL) {
            bytes -= self.lines.pop_front().map_or(0, |line| line.text.len());
            self.before += 1;
        }
    }
}

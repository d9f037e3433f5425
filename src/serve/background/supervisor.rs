//! Starts a background task again that panicked. A panic is a fault of Bullkeeper; without this, the task would be gone until
//! somebody restarts the process.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt;
use tokio::task::JoinHandle;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::domain::background::BackgroundTask;
use crate::service::background::task_records::TaskRecords;

/// How long a task that panicked waits to be started again: twice as long each time, up to the longest.
const PAUSES: [Duration; 2] = [Duration::from_secs(1), Duration::from_secs(60)];

/// A task that ran for so long begins with the shortest pause again.
const RAN_WELL: Duration = Duration::from_secs(600);

/// Starts tasks in the background, and starts those again that panic.
#[derive(Debug, Clone)]
pub(crate) struct Supervisor {
    records: Arc<TaskRecords>,
    stop: CancellationToken,
    /// The shortest and the longest pause.
    pauses: [Duration; 2],
}

/// The pauses of one task.
#[derive(Debug)]
struct Pauses {
    shortest: Duration,
    longest: Duration,
    next: Duration,
}

impl Pauses {
    fn new([shortest, longest]: [Duration; 2]) -> Self {
        Self {
            shortest,
            longest,
            next: shortest,
        }
    }

    /// The pause after a task ran for so long and panicked.
    fn after(&mut self, ran: Duration) -> Duration {
        let pause = match ran >= RAN_WELL {
            true => self.shortest,
            false => self.next,
        };
        self.next = (pause * 2).min(self.longest);
        pause
    }
}

impl Supervisor {
    /// Tasks that run until `stop`.
    pub(crate) fn new(records: Arc<TaskRecords>, stop: CancellationToken) -> Self {
        Self {
            records,
            stop,
            pauses: PAUSES,
        }
    }

    /// Starts a task, which `run` begins anew each time. It has to end by itself once it is stopped: the leading process still
    /// gives its lease back.
    pub(crate) fn start<T: Future<Output = ()> + Send + 'static>(
        &self,
        task: BackgroundTask,
        run: impl Fn(CancellationToken) -> T + Send + Sync + 'static,
    ) -> JoinHandle<()> {
        tokio::spawn(self.clone().keep(task, run))
    }

    async fn keep<T: Future<Output = ()> + Send + 'static>(
        self,
        task: BackgroundTask,
        run: impl Fn(CancellationToken) -> T + Send + Sync + 'static,
    ) {
        let mut pauses = Pauses::new(self.pauses);
        while !self.stop.is_cancelled() {
            let began = Instant::now();
            // What a task holds across turns begins anew, and a lock that it held when it panicked holds whole values.
            let turn = AssertUnwindSafe(async { run(self.stop.clone()).await });
            let Err(panic) = turn.catch_unwind().await else {
                return;
            };
            self.records.panicked(task, panic.as_ref());
            tokio::select! {
                () = tokio::time::sleep(pauses.after(began.elapsed())) => {}
                () = self.stop.cancelled() => return,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::panic, clippy::unwrap_used)]
    use std::sync::atomic::{AtomicUsize, Ordering};

    use tokio::sync::Notify;

    use super::*;

    const TASK: BackgroundTask = BackgroundTask::Lead;

    /// A supervisor with these pauses, its records, and what stops it.
    fn supervisor(pauses: [Duration; 2]) -> (Supervisor, Arc<TaskRecords>, CancellationToken) {
        let (records, stop) = (Arc::<TaskRecords>::default(), CancellationToken::new());
        let supervisor = Supervisor {
            records: Arc::clone(&records),
            stop: stop.clone(),
            pauses,
        };
        (supervisor, records, stop)
    }

    #[tokio::test]
    async fn a_task_that_panics_twice_runs_the_third_time_and_ends_once_it_is_stopped() {
        let (supervisor, records, stop) = supervisor([Duration::from_millis(1); 2]);
        let (begun, ended) = (Arc::<AtomicUsize>::default(), Arc::<AtomicUsize>::default());
        let runs = Arc::<Notify>::default();
        let (of_task, at_end, runs_now) = (begun, Arc::clone(&ended), Arc::clone(&runs));
        let task = supervisor.start(TASK, move |stop| {
            let before = of_task.fetch_add(1, Ordering::SeqCst);
            let (ended, runs) = (Arc::clone(&at_end), Arc::clone(&runs_now));
            async move {
                assert!(before >= 2, "it panics twice");
                runs.notify_one();
                stop.cancelled().await;
                ended.fetch_add(1, Ordering::SeqCst);
            }
        });
        runs.notified().await;
        assert_eq!(records.of(TASK).restarts, 2);
        let last = records.of(TASK).last.unwrap();
        assert!(!last.goes_on && last.words.contains("fault of Bullkeeper"));
        assert!(!task.is_finished());
        stop.cancel();
        task.await.unwrap();
        let ended = ended.load(Ordering::SeqCst);
        assert_eq!(ended, 1, "it ended by itself, and not by being dropped");
        assert_eq!(records.of(TASK).restarts, 2);
    }

    #[tokio::test]
    async fn a_task_that_waits_to_be_started_again_ends_at_once_when_it_is_stopped() {
        let never = Duration::from_secs(86_400);
        let (supervisor, records, stop) = supervisor([never; 2]);
        // It panics before there is anything to wait for.
        let task = supervisor.start(TASK, |_| -> std::future::Ready<()> { panic!("at once") });
        while records.of(TASK).restarts == 0 {
            tokio::task::yield_now().await;
        }
        stop.cancel();
        task.await.unwrap();
        assert_eq!(records.of(TASK).restarts, 1);
    }

    #[test]
    fn the_pauses_grow_to_a_minute_and_begin_anew_after_a_good_while() {
        let mut pauses = Pauses::new(PAUSES);
        let mut after = |ran: u64| pauses.after(Duration::from_secs(ran)).as_secs();
        let waited: Vec<u64> = (0..8).map(|_| after(5)).collect();
        assert_eq!(waited, [1, 2, 4, 8, 16, 32, 60, 60]);
        assert_eq!([after(600), after(599)], [1, 2]);
    }
}

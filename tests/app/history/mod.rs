//! The history of queues, and the marks.

mod clock_jumps;
mod damaged;
mod marks;
mod own_marks;
mod recorded;
mod restarts;

use std::sync::Mutex;
use std::time::Duration;

use bullkeeper::domain::access::scope::Scope;
use bullkeeper::domain::access::{Operator, Role};
use bullkeeper::domain::history::point::{HistoryPoint, HistoryReading};
use bullkeeper::domain::history::range::HistoryRange;
use bullkeeper::domain::queue::QueueId;
use bullkeeper::domain::queue::queue_set::QueueSet;
use bullkeeper::service::Services;

use bullkeeper_testkit::{Jobs, TestApp, TestRedis, eventually};

const MINUTE: u64 = 60_000;

/// The same Redis with a new process after the one before has ended.
async fn restarted(app: TestApp) -> TestApp {
    restarted_from(app, 0).await
}

/// The same, and as if recording had ended so many minutes ago, if any.
async fn restarted_from(mut app: TestApp, minutes_ago: u64) -> TestApp {
    app.end().await;
    let mut jobs = app.jobs().await;
    if minutes_ago > 0 {
        recorded_until(&mut jobs, minutes_ago).await;
    }
    // An application of the tests makes its users.
    let users: Vec<String> = jobs.run(&["KEYS", "bullkeeper:user*"]).await;
    for key in users {
        jobs.run::<u64>(&["DEL", &key]).await;
    }
    let redis = std::mem::replace(&mut app.redis, TestRedis::start().await);
    TestApp::on(redis, &[]).await
}

/// Redis's clock, in Unix milliseconds.
async fn redis_now(jobs: &mut Jobs) -> u64 {
    let (seconds, micros): (u64, u64) = jobs.run(&["TIME"]).await;
    seconds * 1000 + micros / 1000
}

/// Says that a process recorded up to this many minutes ago. Returns the first minute since, in Unix milliseconds.
async fn recorded_until(jobs: &mut Jobs, minutes_ago: u64) -> u64 {
    let minute = redis_now(jobs).await / MINUTE - minutes_ago;
    let set = ["SET", "bullkeeper:history-recorded", &minute.to_string()];
    jobs.run::<()>(&set).await;
    (minute + 1) * MINUTE
}

/// The last minute that is recorded, in Unix milliseconds; 0 if none is.
async fn recorded(jobs: &mut Jobs) -> u64 {
    let minute: Option<u64> = jobs.run(&["GET", "bullkeeper:history-recorded"]).await;
    minute.unwrap_or_default() * MINUTE
}

/// Adds an event to a queue's stream, as BullMQ does.
async fn event(jobs: &mut Jobs, queue: &str, at_ms: u64, event: &str, job: &str) {
    let (key, id) = (format!("bull:{queue}:events"), format!("{at_ms}-*"));
    jobs.run::<String>(&["XADD", &key, &id, "event", event, "jobId", job])
        .await;
}

/// Jobs that were added, taken after `wait_ms`, and completed after `work_ms`, one after the other from `at_ms` on.
async fn work(jobs: &mut Jobs, queue: &str, at_ms: u64, count: u64, (wait, work): (u64, u64)) {
    for job in 0..count {
        let (id, from) = (format!("{at_ms}-{job}"), at_ms + job * (wait + work));
        event(jobs, queue, from, "added", &id).await;
        event(jobs, queue, from, "waiting", &id).await;
        event(jobs, queue, from + wait, "active", &id).await;
        event(jobs, queue, from + wait + work, "completed", &id).await;
    }
}

fn of_queue(name: &str) -> QueueSet {
    QueueSet::Queue(QueueId::new("bull", name).unwrap())
}

/// Someone with this scope, who may only look.
fn person(scope: &[&str]) -> Operator {
    let console = Operator::console();
    let scope = Scope::of(scope.iter().map(|queue| (*queue).to_owned()).collect());
    let (actor, origin) = (console.actor().clone(), console.origin().clone());
    Operator::new(actor, Role::Viewer, scope, origin, false)
}

/// The history of some queues over the last minutes, as someone with this scope sees it.
async fn history_of(
    services: &Services,
    scope: &[&str],
    set: &QueueSet,
    minutes: u64,
) -> HistoryReading {
    let range = HistoryRange::Last(Duration::from_secs(minutes * 60));
    let (person, found) = (person(scope), Mutex::new(None));
    // On a busy machine a new connection may take longer than the program waits for one.
    eventually("the history can be read", || async {
        let read = services.read_history(&person, set, range).await.ok();
        let is_read = read.is_some();
        *found.lock().unwrap() = read;
        is_read
    })
    .await;
    found.into_inner().unwrap().unwrap()
}

/// The same for someone who may see every queue.
async fn history(services: &Services, set: &QueueSet, minutes: u64) -> HistoryReading {
    history_of(services, &[], set, minutes).await
}

/// The point of a reading that begins then.
fn at(reading: &HistoryReading, start_ms: u64) -> HistoryPoint {
    let found = reading
        .points
        .iter()
        .find(|point| point.start_ms == start_ms);
    *found.unwrap_or_else(|| panic!("no point begins at {start_ms}"))
}

/// Waits until the minutes up to this time are recorded.
async fn until_recorded(app: &TestApp, before_ms: u64) {
    eventually("the minutes are recorded", || async {
        recorded(&mut app.jobs().await).await + MINUTE >= before_ms
    })
    .await;
}

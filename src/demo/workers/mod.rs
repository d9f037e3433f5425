//! The workers of the demo: which queue each serves, and how it reports the end of a job to BullMQ.

pub(crate) mod handlers;

use std::sync::Arc;
use std::time::Duration;

use bullmq::types::RemoveOnFinish;
use bullmq::worker::WorkerEvent;
use bullmq::{Error, Job, MetricsOptions, Queue, Worker, WorkerOptions};
use futures::future::{join_all, try_join_all};
use serde_json::Value;
use tokio::time::sleep;

use super::shop::{self, Shop};
use handlers::Handler;

/// How many completed jobs a queue keeps, so that a demo left running over night does not grow.
const KEPT: usize = 500;

/// How many milliseconds a busy worker gets to end.
const CLOSE_WITHIN: u64 = 200;

/// How often a queue is checked for whether it is empty.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// How long the worker of an empty version stays, so that one can see the version idle.
const LINGERS: Duration = Duration::from_secs(10);

/// A worker and its queue. Its name has no spaces, since Redis does not show clients with one.
struct Post {
    queue: &'static str,
    name: &'static str,
    at_once: usize,
    work: Handler,
}

const fn post(queue: &'static str, name: &'static str, at_once: usize, work: Handler) -> Post {
    Post {
        queue,
        name,
        at_once,
        work,
    }
}

const POSTS: [Post; 19] = [
    post(shop::EMAIL_V1, "mailer-old", 1, Handler::Email(1_500)),
    post(shop::EMAIL_V2, "mailer-b", 1, Handler::Email(900)),
    post(shop::EMAIL_V3, "mailer-c", 3, Handler::Email(700)),
    post(shop::IMAGES, "scaler-1", 2, Handler::Resize),
    post(shop::BILLING, "charger", 2, Handler::Charge),
    post(shop::REFUNDS, "refunder", 20, Handler::Charge),
    post(shop::ORDERS, "clerk", 2, Handler::Order),
    post(shop::WAREHOUSE, "picker", 2, Handler::Pass(2_500)),
    post(shop::REMINDERS, "reminder", 1, Handler::Email(400)),
    post(shop::NEWSLETTER, "press", 1, Handler::Email(600)),
    post(shop::RATES, "rates", 1, Handler::Pass(900)),
    post(shop::IMPORT, "importer", 1, Handler::Import),
    post(shop::LEDGER, "bookkeeper", 1, Handler::Book),
    post(shop::REPORT_V2, "reporter", 1, Handler::Pass(5_000)),
    post(shop::PRICING_V1, "pricer", 4, Handler::Price(true)),
    post(shop::PRICING_V2, "shadow", 4, Handler::Price(false)),
    post(shop::CANCEL, "sweeper", 1, Handler::Pass(200)),
    post(shop::ODD_SPACES, "odd-1", 1, Handler::Odd),
    post(shop::ODD_MARKUP, "odd-2", 1, Handler::Odd),
];

/// The running workers.
pub(crate) struct Workers(Vec<Arc<Worker>>);

impl Workers {
    /// Starts every worker.
    pub(crate) async fn start(shop: &Shop) -> Result<Self, Error> {
        let starts = POSTS.iter().map(|post| start(shop.clone(), post));
        let workers = try_join_all(starts).await?;
        Ok(Self(workers))
    }

    /// Lets a worker process everything in `queue`, and ends it.
    pub(crate) async fn finish(shop: &Shop, queue: &'static str) -> Result<(), Error> {
        let worker = start(shop.clone(), &post(queue, "gone", 20, Handler::Pass(1))).await?;
        let queue = shop.queue(queue).await?;
        while shop.backlog(&queue).await? + queue.get_active_count().await? as u64 > 0 {
            sleep(Duration::from_millis(20)).await;
        }
        worker.close(CLOSE_WITHIN).await
    }

    /// Ends the worker of `queue` once the queue has been empty for a moment, as a deploy ends the old version's workers.
    pub(crate) async fn end_when_empty(
        &mut self,
        shop: &Shop,
        queue: &'static str,
    ) -> Result<(), Error> {
        let place = POSTS.iter().position(|post| post.queue == queue);
        let Some(place) = place.filter(|place| *place < self.0.len()) else {
            return Ok(());
        };
        let queue = shop.queue(queue).await?;
        while shop.backlog(&queue).await? + queue.get_active_count().await? as u64 > 0 {
            sleep(LOOK_EVERY).await;
        }
        sleep(LINGERS).await;
        // Its connection closes with the last reference to it.
        let worker = self.0.remove(place);
        worker.close(CLOSE_WITHIN).await
    }

    /// Ends every worker and abandons their current jobs.
    pub(crate) async fn end(self) {
        // A worker that can't end in order ends with the process.
        let _ = join_all(self.0.iter().map(|worker| worker.close(CLOSE_WITHIN))).await;
    }
}

async fn start(shop: Shop, post: &Post) -> Result<Arc<Worker>, Error> {
    let queue = shop.queue(post.queue).await?;
    let options = WorkerOptions::new()
        .connection(shop.connection_options())
        .name(post.name)
        .concurrency(post.at_once)
        .remove_on_complete(RemoveOnFinish::Count(KEPT))
        .metrics(MetricsOptions::default());
    let work = post.work;
    let process = move |job: Job, _| process(shop.clone(), queue.clone(), work, job);
    let worker = Arc::new(Worker::with_options(post.queue, process, options).await?);
    tokio::spawn(take_events(Arc::clone(&worker)));
    Ok(worker)
}

/// Takes a worker's events until it is closed: otherwise they pile up without bound.
async fn take_events(worker: Arc<Worker>) {
    while let Some(event) = worker.next_event().await {
        if matches!(event, WorkerEvent::Closed) {
            return;
        }
    }
}

async fn process(shop: Shop, queue: Queue, work: Handler, mut job: Job) -> Result<Value, Error> {
    let failure = match work.run(&mut job).await {
        Ok(value) => return Ok(value),
        Err(failure) => failure,
    };
    shop.add_stack_trace(&queue, job.id(), failure.trace())
        .await?;
    Err(match failure.for_good {
        true => Error::Unrecoverable(failure.reason),
        false => Error::ProcessingError(failure.reason),
    })
}

//! The walk through the keys of Redis in search of queues. It takes small steps, spread evenly over the configured time,
//! and never more than a share of Redis's time. It is a task of its own, so that it delays no count.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::Instant;

use super::options::{BACK_OFF, LiveOptions};
use crate::domain::queue::QueueId;
use crate::store::Store;
use crate::store::bullmq::queues::discovery::KEYS_A_STEP;
use crate::store::error::StoreError;

/// A walk rests this many times as long as its steps occupy Redis, so it takes at most a tenth of Redis's time.
const RESTS: u32 = 9;

/// The first walk does not rest, since all pages wait for it.
const FIRST_RESTS: u32 = 0;

/// The least and the most time for which a step of 1,000 keys occupies Redis (7.0), whenever its answer arrives: a busy
/// machine delays the way there and back.
const HELD: [Duration; 2] = [Duration::from_micros(250), Duration::from_millis(2)];

/// The fastest of this many answers tells how long a step takes: all other influences only add time.
const ANSWERS: usize = 8;

/// Shorter rests are combined, since timers are not that precise.
const SHORTEST_REST: Duration = Duration::from_millis(4);

/// A message of the walk.
#[derive(Debug)]
pub(crate) enum News {
    /// Queues that were found.
    Met(Vec<QueueId>),
    /// All keys were visited.
    Ended,
    /// Redis could not be asked; the step is tried again.
    Failed(StoreError),
}

/// Walks again and again until the receiver is dropped.
#[tracing::instrument(name = "discovery", level = "error", skip_all)]
pub(crate) async fn walk(store: Arc<Store>, options: LiveOptions, news: mpsc::Sender<News>) {
    let listened = news.clone();
    tokio::select! {
        () = keep_walking(store, options, news) => {}
        () = listened.closed() => {}
    }
}

async fn keep_walking(store: Arc<Store>, options: LiveOptions, news: mpsc::Sender<News>) {
    let mut walker = Walker {
        store,
        news,
        latency: Duration::MAX,
        back_off: BACK_OFF[0],
    };
    let (mut rests, mut within) = (FIRST_RESTS, Duration::ZERO);
    while let Some(met) = walker.walk_once(rests, within).await {
        rests = RESTS;
        // If no queue exists yet, walks follow each other faster.
        within = match met {
            0 => options.discovery.min(options.refresh),
            _ => options.discovery,
        };
    }
}

struct Walker {
    store: Arc<Store>,
    news: mpsc::Sender<News>,
    /// The shortest round trip to Redis that was seen.
    latency: Duration,
    back_off: Duration,
}

impl Walker {
    /// Walks once. Returns how many queues it found, or `None` if the receiver was dropped.
    async fn walk_once(&mut self, rests: u32, within: Duration) -> Option<usize> {
        let mut pace = WalkPace::new(Instant::now(), self.steps().await?, within, rests);
        let (mut cursor, mut met) = (0, 0);
        let mut answers = VecDeque::with_capacity(ANSWERS);
        loop {
            let step = match self.store.walk(cursor).await {
                Ok(step) => step,
                Err(error) => {
                    self.wait_after(error).await?;
                    continue;
                }
            };
            self.back_off = BACK_OFF[0];
            met += step.met.len();
            if !step.met.is_empty() {
                self.news.send(News::Met(step.met)).await.ok()?;
            }
            if step.next.is_none() {
                self.news.send(News::Ended).await.ok()?;
            }
            answers.truncate(ANSWERS - 1);
            answers.push_front(step.took);
            let soonest = answers.iter().min().copied().unwrap_or(step.took);
            let held = soonest.saturating_sub(self.latency).clamp(HELD[0], HELD[1]);
            tokio::time::sleep(pace.rest(Instant::now(), held, step.next.is_none())).await;
            match step.next {
                Some(next) => cursor = next,
                None => return Some(met),
            }
        }
    }

    /// How many steps a walk takes; 0 if Redis does not say how many keys there are.
    async fn steps(&mut self) -> Option<u64> {
        loop {
            match self.store.key_count().await {
                Ok((keys, took)) => {
                    self.latency = self.latency.min(took);
                    return Some(keys.div_ceil(KEYS_A_STEP));
                }
                Err(StoreError::Refused(_)) => return Some(0),
                Err(error) => self.wait_after(error).await?,
            }
        }
    }

    async fn wait_after(&mut self, error: StoreError) -> Option<()> {
        self.news.send(News::Failed(error)).await.ok()?;
        tokio::time::sleep(self.back_off).await;
        self.back_off = (self.back_off * 2).min(BACK_OFF[1]);
        Some(())
    }
}

/// The pace of a walk.
struct WalkPace {
    began: Instant,
    /// The estimated number of steps.
    steps: u64,
    taken: u64,
    /// The time that the walk is spread over.
    within: Duration,
    /// How many times as long as it occupied Redis it rests.
    rests: u32,
    /// The rest that is still owed for the steps so far.
    owed: Duration,
}

impl WalkPace {
    fn new(began: Instant, steps: u64, within: Duration, rests: u32) -> Self {
        Self {
            began,
            steps,
            taken: 0,
            within,
            rests,
            owed: Duration::ZERO,
        }
    }

    /// The rest after a step that occupied Redis for `held`.
    fn rest(&mut self, now: Instant, held: Duration, is_last: bool) -> Duration {
        self.taken += 1;
        self.owed += held * self.rests;
        let part = match is_last {
            true => 1.0,
            false => (self.taken as f64 / self.steps.max(1) as f64).min(1.0),
        };
        let due = self.began + self.within.mul_f64(part);
        let rest = self.owed.max(due.saturating_duration_since(now));
        if rest < SHORTEST_REST && !is_last {
            return Duration::ZERO;
        }
        self.owed = Duration::ZERO;
        rest
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Simulates a walk without Redis: its total time, and the longest time between two rests.
    fn paced(steps: u64, within: Duration, rests: u32, held: Duration) -> (Duration, Duration) {
        let began = Instant::now();
        let mut pace = WalkPace::new(began, steps, within, rests);
        let (mut now, mut longest, mut going) = (began, Duration::ZERO, Duration::ZERO);
        for step in 1..=steps {
            now += held;
            going += held;
            let rest = pace.rest(now, held, step == steps);
            if !rest.is_zero() {
                longest = longest.max(std::mem::take(&mut going));
            }
            now += rest;
        }
        (now - began, longest)
    }

    #[test]
    fn a_walk_through_few_keys_is_spread_over_its_time() {
        let within = Duration::from_secs(30);
        for steps in [1, 3, 1000] {
            let (took, _) = paced(steps, within, RESTS, Duration::from_micros(300));
            assert_eq!(took.as_secs(), 30, "{steps} steps");
        }
    }

    #[test]
    fn a_walk_through_many_keys_takes_longer_rather_than_more_of_redis() {
        let held = Duration::from_millis(1);
        let (took, longest) = paced(10_000, Duration::from_secs(30), RESTS, held);
        assert_eq!(took.as_secs(), 100, "10 s of Redis are a tenth of it");
        assert!(longest < SHORTEST_REST, "and never in one go: {longest:?}");
    }

    #[test]
    fn the_first_walk_does_not_rest() {
        let held = Duration::from_micros(400);
        let (took, _) = paced(5_000, Duration::ZERO, FIRST_RESTS, held);
        assert_eq!(took, held * 5_000);
    }

    #[test]
    fn a_walk_whose_length_is_not_known_rests_for_what_it_takes() {
        let mut pace = WalkPace::new(Instant::now(), 0, Duration::ZERO, RESTS);
        let held = Duration::from_millis(1);
        assert_eq!(pace.rest(Instant::now(), held, false), held * RESTS);
    }
}

//! Decides how to count what comes due, so that Redis has only so much to do: queues with few delayed jobs are listed with one
//! command each, the others counted part by part.

use super::window::Buckets;
use crate::domain::queue::{DelayedSpan, QueueId};

/// A job counts as late only so many milliseconds after it was due: a worker may take a moment.
pub(crate) const LATE_AFTER: u64 = crate::domain::schedulers::scheduler::LATE_AFTER;

/// A queue with up to so many delayed jobs is listed.
pub(crate) const LISTED_UP_TO: u64 = 60;

/// How many commands all queues together may take, and how many jobs may be listed.
pub(crate) const MOST_COMMANDS: usize = 20_000;
const MOST_LISTED: u64 = 60_000;

/// What the snapshot says of a queue with delayed jobs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct DelayedQueue {
    /// The queue.
    pub(crate) queue: QueueId,
    /// How many jobs are delayed.
    pub(crate) delayed: u64,
    /// When the first and the last are due; `None` if that is not known.
    pub(crate) span: Option<DelayedSpan>,
}

/// What to ask of a queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Ask {
    /// The queue.
    pub(crate) queue: QueueId,
    /// Whether some of its jobs were due and not taken.
    pub(crate) late: bool,
    /// How to count those due in the window.
    pub(crate) how: How,
}

/// How to count the jobs that are due in the window.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum How {
    /// There are none.
    None,
    /// By listing them.
    List,
    /// By counting these parts of the window, from the first up to but without the last.
    Count(usize, usize),
}

/// What to ask, and what is left out.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Plan {
    /// What to ask.
    pub(crate) asks: Vec<Ask>,
    /// How many queues are left out, and how many delayed jobs they have.
    pub(crate) left_out: (usize, u64),
}

impl Plan {
    /// A plan for these queues. Those with the most delayed jobs come first.
    pub(crate) fn of(mut queues: Vec<DelayedQueue>, buckets: &Buckets) -> Self {
        queues.sort_by(|one, other| {
            let most_first = other.delayed.cmp(&one.delayed);
            most_first.then_with(|| one.queue.cmp(&other.queue))
        });
        let (mut commands, mut listed) = (0, 0);
        let mut plan = Self::default();
        for one in queues {
            let (late, how) = one.needs(buckets);
            let counts = match how {
                How::None => 0,
                How::List => 1,
                How::Count(from, to) => to - from,
            };
            let needed = counts + usize::from(late);
            let lists = if how == How::List { one.delayed } else { 0 };
            if needed == 0 {
                continue;
            }
            if commands + needed > MOST_COMMANDS || listed + lists > MOST_LISTED {
                plan.left_out.0 += 1;
                plan.left_out.1 += one.delayed;
                continue;
            }
            commands += needed;
            listed += lists;
            let queue = one.queue;
            plan.asks.push(Ask { queue, late, how });
        }
        plan
    }
}

impl DelayedQueue {
    /// Whether to count late jobs, and how to count the others.
    fn needs(&self, buckets: &Buckets) -> (bool, How) {
        let now = buckets.start();
        let overdue = now.saturating_sub(LATE_AFTER);
        let span = self.span.unwrap_or(DelayedSpan {
            next: 0,
            last: u64::MAX,
        });
        let is_in_window = span.last >= overdue && span.next < buckets.end();
        let how = match (is_in_window, self.delayed <= LISTED_UP_TO) {
            (false, _) => How::None,
            (true, true) => How::List,
            (true, false) => {
                let first = buckets.part_of(span.next).unwrap_or(0);
                let last = buckets.part_of(span.last);
                How::Count(first, last.map_or(buckets.count(), |last| last + 1))
            }
        };
        (span.next < overdue, how)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::domain::upcoming::window::Window;

    const NOW: u64 = 1_795_897_020_000;

    fn queue(name: &str, delayed: u64, next: u64, last: u64) -> DelayedQueue {
        DelayedQueue {
            queue: QueueId::new("bull", name).unwrap(),
            delayed,
            span: Some(DelayedSpan { next, last }),
        }
    }

    fn buckets() -> Buckets {
        Buckets::of(Window::Hour, NOW)
    }

    #[test]
    fn few_jobs_are_listed_and_many_counted_only_where_there_are_some() {
        let plan = Plan::of(
            vec![
                queue("few", 60, NOW + 1, NOW + 2),
                queue("many", 61, NOW + 61_000, NOW + 120_000),
                queue("after", 5, NOW + 3_600_000, NOW + 3_700_000),
                queue("late", 1_000, NOW - 60_000, NOW - 20_000),
            ],
            &buckets(),
        );
        let asks: Vec<(&str, bool, &How)> = (plan.asks.iter())
            .map(|ask| (ask.queue.name(), ask.late, &ask.how))
            .collect();
        assert_eq!(
            asks,
            [
                ("late", true, &How::None),
                ("many", false, &How::Count(1, 3)),
                ("few", false, &How::List),
            ]
        );
        assert_eq!(plan.left_out, (0, 0));
    }

    #[test]
    fn whatever_there_is_takes_only_so_many_commands_and_the_rest_is_told() {
        for delayed in [1, 60, 61, 1_000_000] {
            let all = (0..10_000)
                .map(|n| queue(&format!("q{n}"), delayed, NOW - 60_000, u64::MAX))
                .collect();
            let plan = Plan::of(all, &buckets());
            let commands: usize = (plan.asks.iter())
                .map(|ask| match ask.how {
                    How::None => 1,
                    How::List => 2,
                    How::Count(from, to) => 1 + to - from,
                })
                .sum();
            assert!(commands <= MOST_COMMANDS, "{commands}");
            let left_out = 10_000 - plan.asks.len();
            assert_eq!(plan.left_out, (left_out, left_out as u64 * delayed));
        }
    }
}

//! The slow round, in which every queue has one turn, however quiet it is.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::Instant;

use crate::domain::queue::QueueId;

/// All queues, in the order of their turns.
#[derive(Debug)]
pub(super) struct Rotation {
    /// The next one is at the front.
    queues: VecDeque<QueueId>,
    /// Up to when turns were taken.
    taken_until: Instant,
}

impl Rotation {
    pub(super) fn new() -> Self {
        Self {
            queues: VecDeque::new(),
            taken_until: Instant::now(),
        }
    }

    pub(super) fn add(&mut self, queue: QueueId) {
        self.queues.push_back(queue);
    }

    pub(super) fn remove(&mut self, queue: &QueueId) {
        self.queues.retain(|other| other != queue);
    }

    /// Calls `turn` for each queue whose turn has come by `now`, where a round takes so long.
    pub(super) fn take_turns(
        &mut self,
        now: Instant,
        round: Duration,
        mut turn: impl FnMut(&QueueId),
    ) {
        let Some(a_turn) = round.checked_div(self.queues.len() as u32) else {
            return;
        };
        let passed = now.duration_since(self.taken_until);
        let turns = passed.as_nanos() / a_turn.as_nanos().max(1);
        // The rest of a turn counts towards the next; a whole missed round is not made up for.
        self.taken_until = match turns < self.queues.len() as u128 {
            true => self.taken_until + a_turn * turns as u32,
            false => now,
        };
        for _ in 0..turns.min(self.queues.len() as u128) {
            let Some(queue) = self.queues.pop_front() else {
                return;
            };
            turn(&queue);
            self.queues.push_back(queue);
        }
    }
}

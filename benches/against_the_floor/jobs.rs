//! Which of the seeded jobs are for what, so that one measurement does not meet what another left.

use crate::lab::seed::{STATES, SeededJob};

/// How many queues there are.
pub(crate) const QUEUES: usize = 1_000;

/// How many jobs each has.
pub(crate) const JOBS: usize = 20;

/// Queues from this one on are under load.
const LOADED_FROM: usize = 17;

/// The first job of each state in the first queue: those that are recorded.
pub(crate) fn recorded() -> Vec<SeededJob> {
    SeededJob::all(0..1, STATES).collect()
}

/// The jobs of the next queues: those that commands are counted with.
pub(crate) fn counted() -> Vec<SeededJob> {
    SeededJob::all(1..LOADED_FROM, JOBS).collect()
}

/// All other jobs: those that the load is about, queue by queue.
pub(crate) fn loaded() -> impl Iterator<Item = SeededJob> {
    SeededJob::all(LOADED_FROM..QUEUES, JOBS)
}

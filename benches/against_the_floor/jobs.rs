//! Assigns the seeded jobs to purposes, so that one measurement is not affected by another.

use crate::lab::seed::{STATES, SeededJob};

/// How many queues there are.
pub(crate) const QUEUES: usize = 1_000;

/// How many jobs each has.
pub(crate) const JOBS: usize = 20;

/// Queues from this one on are under load.
const LOADED_FROM: usize = 17;

/// The jobs that are recorded: the first of each state, in the first queue.
pub(crate) fn recorded() -> Vec<SeededJob> {
    SeededJob::all(0..1, STATES).collect()
}

/// The jobs for counting commands, in the next queues.
pub(crate) fn counted() -> Vec<SeededJob> {
    SeededJob::all(1..LOADED_FROM, JOBS).collect()
}

/// The jobs for the load: all others, queue by queue.
pub(crate) fn loaded() -> impl Iterator<Item = SeededJob> {
    SeededJob::all(LOADED_FROM..QUEUES, JOBS)
}

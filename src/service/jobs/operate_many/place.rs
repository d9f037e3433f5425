//! How far the pass of a run over many jobs is.

use crate::domain::job::cursor::JobCursor;

/// How far the pass is: in which of the queues, in which of the states, and where there.
#[derive(Debug, Default)]
pub(super) struct Place {
    pub(super) queue: usize,
    pub(super) state: usize,
    pub(super) cursor: JobCursor,
}

impl Place {
    /// The beginning of the next state.
    pub(super) fn next_state(&mut self) {
        (self.state, self.cursor) = (self.state + 1, JobCursor::default());
    }

    /// The beginning of the next queue.
    pub(super) fn next_queue(&mut self) {
        *self = Self {
            queue: self.queue + 1,
            ..Self::default()
        };
    }
}

//! Whether the answer of a write says that it was done.

use super::bullmq::operations::add::AddAnswer;
use super::bullmq::operations::job::Operated;
use super::bullmq::operations::update_data::Updated;
use super::bullmq::queue_operations::QueueOperated;
use super::bullmq::schedulers::changes::SchedulerChanged;
use super::bullmq::schedulers::set::SchedulerSet;
use super::records::alerts::SilenceKept;
use super::records::proposals::{Closed, Proposed};
use super::records::recipes::RecipeWritten;
use super::records::runs::{Begun, RunStopped};
use super::records::users::UserWritten;
use crate::domain::access::permission::Permission;
use crate::domain::queue::QueueId;

/// The answer of a write that was sent with its audit entry.
pub(crate) trait WriteAnswer {
    /// Whether the write was done, and its entry is in the log.
    fn is_applied(&self) -> bool;
}

/// Answers that are applied where they match a pattern.
macro_rules! applied {
    ($($answer:ty: $done:pat,)+) => {
        $(impl WriteAnswer for $answer {
            fn is_applied(&self) -> bool {
                matches!(self, $done)
            }
        })+
    };
}

applied! {
    AddAnswer: AddAnswer::Added(..),
    Operated: Operated::Done | Operated::DoneAndRemoved,
    Updated: Updated::Saved(_),
    QueueOperated: QueueOperated::Done,
    SchedulerChanged: SchedulerChanged::Done,
    SchedulerSet: SchedulerSet::Done,
    Closed: Closed::Done,
    Proposed: Proposed::Kept,
    RecipeWritten: RecipeWritten::Version(_),
    SilenceKept: SilenceKept::Yes,
    RunStopped: RunStopped::Stopping | RunStopped::Stopped,
    UserWritten: UserWritten::Done,
    // What is written whatever was there before.
    (): (),
    // The id of an entry that stands alone.
    String: _,
}

/// Whether there was something to change.
impl WriteAnswer for bool {
    fn is_applied(&self) -> bool {
        *self
    }
}

impl<A: Permission<Target = QueueId>> WriteAnswer for Begun<A> {
    fn is_applied(&self) -> bool {
        matches!(self, Self::Yes(_))
    }
}

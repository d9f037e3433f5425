//! Which ids a new scheduler may have.

use crate::domain::job::new_job::fields::LONGEST_TEXT;
use crate::domain::schedulers::scheduler::SchedulerId;

/// BullMQ 5 before it looked into the scheduler's hash took an id of so many parts for a repeatable job.
const PARTS_OF_LEGACY: usize = 5;

/// The id, or why a new scheduler can't have it.
pub(crate) fn scheduler_id(text: &str) -> Result<SchedulerId, String> {
    let length = text.chars().count();
    let Some(id) = SchedulerId::new(text) else {
        return Err("Id is missing.".to_owned());
    };
    if length > LONGEST_TEXT {
        return Err(format!(
            "Id has {length} characters. At most {LONGEST_TEXT} are allowed."
        ));
    }
    if text.contains(char::is_control) {
        return Err("Id can't hold control characters.".to_owned());
    }
    if text.split(':').count() >= PARTS_OF_LEGACY {
        return Err(
            "Id can have three colons at most. BullMQ takes one with more for a repeatable job."
                .to_owned(),
        );
    }
    // `repeat:<id>:<millis>` is the job of another scheduler.
    let last = text.rsplit_once(':').map(|(_, last)| last);
    if last.is_some_and(|last| !last.is_empty() && last.bytes().all(|byte| byte.is_ascii_digit())) {
        return Err(
            "Id can't end in a colon and a number. Jobs of schedulers have such keys.".to_owned(),
        );
    }
    Ok(id)
}

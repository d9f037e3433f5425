//! What a reader may see of an audit entry: the entry or not, and no name of a queue outside their scope.

use crate::domain::access::{Action, Operator};
use crate::domain::audit::action::AuditAction;
use crate::domain::audit::entry::LoggedEntry;
use crate::domain::queue::QueueId;

/// The start of a pin's note in earlier versions, which named the other version there instead of in a field of its own.
const OLD_PIN_NOTE: &str = "takes the pin from ";

/// The words with which earlier versions named the other job of a flow as an obstacle.
const OLD_FLOW_WORDS: [(&str, &str); 2] =
    [("its parent ", "its parent"), ("its child ", "its child")];

/// The entry as `operator` may see it; `None` if they may not. An admin with all queues sees everything; others see the
/// entries about queues in their scope, and their own.
pub(crate) fn seen_by(operator: &Operator, mut recorded: LoggedEntry) -> Option<LoggedEntry> {
    if !may_see(operator, &recorded) {
        return None;
    }
    if operator.scope().is_everything() {
        return Some(recorded);
    }
    let entry = &mut recorded.entry;
    let holds = |name: &str| {
        QueueId::new(&entry.prefix, name).is_ok_and(|queue| operator.scope().holds(&queue))
    };
    if !holds(&entry.other_queue) {
        entry.other_queue.clear();
    }
    let pins = [AuditAction::PinVersion, AuditAction::UnpinVersion];
    if pins.into_iter().any(|pin| entry.action == pin)
        && let Some(other) = entry.note.strip_prefix(OLD_PIN_NOTE)
        && !holds(other)
    {
        entry.note = format!("{OLD_PIN_NOTE}another version");
    }
    if entry.action == AuditAction::RetireVersion {
        entry.error = without_relatives(&entry.error);
        entry.note = without_relatives(&entry.note);
    }
    Some(recorded)
}

fn may_see(operator: &Operator, recorded: &LoggedEntry) -> bool {
    let entry = &recorded.entry;
    match entry.queue_id() {
        Some(queue) => {
            let towards = entry.to_queue_id();
            let scope = operator.scope();
            scope.holds(&queue) && towards.is_none_or(|towards| scope.holds(&towards))
        }
        None if entry.actor() == operator.actor() => true,
        None => operator.may_anywhere(Action::ManageUsers) && operator.scope().is_everything(),
    }
}

/// The text without the keys of a flow's jobs, which name their queues. The words after a key end it.
fn without_relatives(text: &str) -> String {
    const END: &str = " has not finished";
    let mut kept = text.to_owned();
    for (before, without) in OLD_FLOW_WORDS {
        let Some(at) = kept.find(before) else {
            continue;
        };
        // Up to the last end, since a job's id may hold these words too.
        match kept.rfind(END) {
            Some(end) if end > at => kept.replace_range(at..end, without),
            _ => {}
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_keys_of_relatives_are_cut_out() {
        let old = "1 job is waiting; job \"3\" is the child of a live flow: its parent bull:shop:7 has not finished; x";
        let kept = without_relatives(old);
        assert!(!kept.contains("shop"), "{kept}");
        assert!(kept.ends_with("its parent has not finished; x"), "{kept}");
        assert_eq!(without_relatives("plain"), "plain");
    }
}

//! The fields of an audit entry in words, and which of them a page already shows elsewhere.

/// The fields that a row of the log shows.
pub(super) const IN_ROW: &[&str] = &[
    "time", "actor", "role", "queue", "job", "to_queue", "to_job", "action", "outcome", "count",
    "first", "last", "subject",
];

/// The fields that the heading of an entry's own page shows.
pub(super) const IN_HEADING: &[&str] = &["time", "actor", "action", "outcome"];

/// A field's name on pages; its stored name where it has none.
pub(super) fn field_words(name: &'static str) -> &'static str {
    match name {
        "time" => "Time",
        "event" => "Event ID",
        "request" => "Request ID",
        "actor" => "Actor",
        "actor_kind" => "Kind of actor",
        "role" => "Role",
        "ip" => "IP address",
        "user_agent" => "Browser",
        "prefix" => "Prefix",
        "queue" => "Queue",
        "job" => "Job",
        "state" => "State of the job",
        "to_queue" => "Target queue",
        "to_job" => "Job in the target queue",
        "run" => "Run",
        "action" => "Action",
        "schema" => "Schema",
        "schema_hash" => "SHA-256 of the schema",
        "before" => "SHA-256 of the data before",
        "after" => "SHA-256 of the data after",
        "patch" => "Patch",
        "before_text" => "Data before",
        "apart" => "Change kept apart",
        "reason" => "Reason",
        "outcome" => "Outcome",
        "note" => "Note",
        "error" => "Error",
        "large" => "Large change",
        "first_changes" => "First changes",
        "other_queue" => "Other queue",
        "count" => "Number of events",
        "first" => "First event",
        "last" => "Last event",
        "subject" => "User",
        "before_piece" => "Replaced text",
        "undoes" => "Undoes entry",
        "policy" => "Policy",
        "policy_hash" => "SHA-256 of the policy",
        "ticket" => "Ticket",
        "ticket_link" => "Address of the ticket",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::audit::entry::Entry;

    #[test]
    fn every_field_has_words_of_its_own() {
        let entry = Entry::from_fields([]);
        let fields = entry.all();
        let words: Vec<&str> = fields.iter().map(|(name, _)| field_words(name)).collect();
        for (at, told) in words.iter().enumerate() {
            assert!(told.starts_with(char::is_uppercase), "{told}");
            assert!(!words[..at].contains(told), "{told} is there twice");
        }
    }
}

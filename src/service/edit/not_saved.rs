//! What the audit log keeps of an edit that was asked for and not saved.

use super::assess::EditRejection;
use super::request::EditRequest;
use crate::domain::access::Permit;
use crate::domain::access::permission::ChangesData;
use crate::domain::audit::action::AuditOutcome;
use crate::domain::audit::entry::Entry;
use crate::domain::audit::reason::Reason;
use crate::domain::audit::unrecorded::Act;
use crate::domain::edit::limit::within;
use crate::domain::edit::policy_refusal::{PolicyRefusal, RefusalKind};
use crate::domain::edit::problem::TextProblem;
use crate::domain::job::JobState;
use crate::service::Services;

fn told(problems: &[TextProblem]) -> String {
    let at = problems.first().map_or(String::new(), |first| {
        let pointer = first.pointer.as_deref().unwrap_or_default();
        format!(
            ", the first at line {}, column {} {pointer}",
            first.line, first.column
        )
    });
    format!("{} problems{at}", problems.len())
        .trim_end()
        .to_owned()
}

/// How the audit log counts a policy's refusal.
pub(crate) fn refused_as(refusal: &PolicyRefusal) -> AuditOutcome {
    match refusal.kind {
        RefusalKind::Faulty(_) => AuditOutcome::Failed,
        RefusalKind::StateNotAllowed { .. } => AuditOutcome::Conflict,
        RefusalKind::NotEditable { .. }
        | RefusalKind::HiddenChanged(_)
        | RefusalKind::NeedsPassword(_)
        | RefusalKind::NeedsApproval(_) => AuditOutcome::Denied,
    }
}

impl Services {
    /// Records an edit that was asked for and not done, and passes on why. The entry holds nothing of the data: a problem's
    /// words may quote a value that must be hidden.
    pub(super) async fn not_saved<A: ChangesData>(
        &self,
        permit: &Permit<A>,
        act: Act<A>,
        state: Option<JobState>,
        draft: &EditRequest,
        objection: EditRejection,
    ) -> EditRejection {
        let queue = &permit.target().queue;
        let redactor = self.redactor_for(queue, None).await;
        let hides_nothing = redactor.is_ok_and(|redactor| redactor.is_empty());
        let (outcome, cause) = match &objection {
            EditRejection::Unchanged => return objection,
            EditRejection::Invalid(problems) => (AuditOutcome::Invalid, told(problems)),
            EditRejection::Policy(refusal) => (refused_as(refusal), refusal.to_string()),
            EditRejection::SchemaFaulty(_) => (
                AuditOutcome::Failed,
                "the schema in force is faulty".to_owned(),
            ),
            EditRejection::SchemaMissing => (
                AuditOutcome::Invalid,
                "no schema, and one is required".to_owned(),
            ),
            EditRejection::TooLarge { size, limit } => (
                AuditOutcome::Invalid,
                format!("{size} bytes, and {limit} are allowed"),
            ),
            EditRejection::StoredTooLarge { size, limit } => (
                AuditOutcome::Invalid,
                format!("the stored data has {size} bytes, and {limit} are allowed"),
            ),
            EditRejection::HiddenChanged(changed) => (AuditOutcome::Invalid, changed.to_string()),
            EditRejection::BadReason(bad) => (AuditOutcome::Invalid, bad.to_string()),
            EditRejection::Stale(conflict) => (
                AuditOutcome::Conflict,
                match hides_nothing {
                    true => format!("the data is now {}", conflict.now_revision.as_str()),
                    false => "the data was changed by someone else".to_owned(),
                },
            ),
            EditRejection::Refused(refusal) => (AuditOutcome::Conflict, refusal.words().to_owned()),
            EditRejection::Gone => (AuditOutcome::Failed, "there is no such job".to_owned()),
            // Without the time that is left, so that repeats are counted into one entry.
            EditRejection::Limited(limit, _) => (
                AuditOutcome::Denied,
                format!("{} edits were made {}", limit.edits, within(limit.per)),
            ),
            EditRejection::NoRoom(why) => (AuditOutcome::Failed, why.clone()),
        };
        let reason = Reason::as_far_as_kept(&draft.reason);
        let reason = self.reason_of(queue, &reason, draft).await;
        let mut entry = Entry::of(permit, act.action(), outcome)
            .on_job(&permit.target().id, state)
            .reason(&reason)
            .because(cause);
        if hides_nothing {
            entry.before = draft.seen.as_str().to_owned();
        }
        self.note(&entry).await;
        objection
    }
}

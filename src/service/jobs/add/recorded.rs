//! What the audit log keeps of a job that is added: its data as a patch of nothing, its options in words, and their digest.

use super::checks::CheckedJob;
use super::request::AddRequest;
use crate::domain::access::Permit;
use crate::domain::access::permission::AddJob;
use crate::domain::audit::action::AuditOutcome;
use crate::domain::audit::redact::Redactor;
use crate::domain::audit::unrecorded::{Act, UnrecordedEntry};
use crate::domain::edit::patch::{Limit, Patch};
use crate::domain::job::Revision;
use crate::domain::json::Document;
use crate::service::Services;
use crate::service::error::ServiceError;
use crate::service::large_texts::blocking::run_blocking;

/// What an entry keeps, with the values hidden that the settings name.
pub(crate) struct Kept {
    /// The data as a patch of nothing; empty where it is too large.
    pub patch: String,
    /// What else is said of the job.
    pub note: String,
    /// The reason.
    pub reason: String,
}

impl Services {
    /// The entry of a job that passed the checks; the script adds its id and state.
    pub(super) async fn entry_of_new_job(
        &self,
        permit: &Permit<AddJob>,
        request: &AddRequest,
        checked: CheckedJob,
    ) -> Result<(CheckedJob, UnrecordedEntry<AddJob>), ServiceError> {
        let name = Some(request.name.as_str());
        let redactor = self.redactor_for(&request.queue, name).await?;
        let digest = redactor.seal(Revision::of(checked.data.as_bytes()).as_str());
        let note = format!("job name {:?}", request.name);
        let note = match checked.options.words() {
            none if none.is_empty() => note,
            words => format!("{note}; {words}"),
        };
        let reason = request.reason.clone();
        let work = move || {
            let kept = keep(&checked.data, &note, &reason, &redactor);
            (checked, kept)
        };
        let (checked, kept) = run_blocking(request.data.len(), work).await?;
        let kept = kept.map_err(ServiceError::Bad)?;
        let mut entry = UnrecordedEntry::new(permit, Act::ADD_JOB, AuditOutcome::Applied)
            .noting(kept.note)
            .reason(&kept.reason)
            .data_after(digest)
            .patch(kept.patch, String::new());
        if let Some((name, hash)) = &checked.schema {
            entry = entry.under_schema(name, hash);
        }
        if let Some(policy) = checked.policies.first() {
            entry = entry.under_policy(policy);
        }
        Ok((checked, entry))
    }
}

/// What an entry keeps of a job with this data.
pub(crate) fn keep(
    data: &str,
    note: &str,
    reason: &str,
    redactor: &Redactor,
) -> Result<Kept, String> {
    let document = Document::parse(data).map_err(|fault| fault.message)?;
    let redactor = redactor.knowing([&document]);
    let (patch, note) = match data.len() <= Limit::ENTRY.bytes {
        true => {
            let added = Patch::replacing_all(redactor.apply(&document.value_at(0)));
            (added.to_json(), note.to_owned())
        }
        // The job has it, and the entry its digest.
        false => {
            let note = format!(
                "{note}; {} bytes of data, too large to be kept here",
                data.len()
            );
            (String::new(), note)
        }
    };
    Ok(Kept {
        patch,
        note: redactor.apply_text(&note),
        reason: redactor.apply_text(reason.trim()),
    })
}

//! Why an edit was rejected, as its answer says it.

use std::time::Duration;

use axum::http::StatusCode;

use super::policy::{status_of, title_of};
use crate::domain::edit::limit::within;
use crate::service::edit::assess::EditRejection;
use crate::web::html::error::sentence;
use crate::web::html::format::duration;

/// The status, the title and the text of a rejection. Two have a page of their own: of them, the status alone.
pub(super) fn told(rejection: &EditRejection) -> (StatusCode, &'static str, String) {
    let invalid = StatusCode::UNPROCESSABLE_ENTITY;
    match rejection {
        EditRejection::Unchanged => (StatusCode::OK, "", String::new()),
        EditRejection::Stale(_) => (StatusCode::CONFLICT, "", String::new()),
        EditRejection::Invalid(_) => (
            invalid,
            "Not saved",
            "Each problem is listed next to the text.".to_owned(),
        ),
        EditRejection::HiddenChanged(changed) => (
            StatusCode::FORBIDDEN,
            "Hidden values were changed",
            format!("{changed} Nothing was saved."),
        ),
        EditRejection::Policy(refusal) => (
            status_of(refusal),
            title_of(refusal),
            format!("{refusal} Nothing was saved."),
        ),
        EditRejection::SchemaFaulty(faults) => {
            let faults: Vec<String> = faults.iter().map(ToString::to_string).collect();
            let text = format!(
                "Nothing was saved, because the schema for this job is invalid: {}",
                faults.join("; ")
            );
            (invalid, "Invalid schema", text)
        }
        EditRejection::SchemaMissing => (
            invalid,
            "A schema is required",
            "Nothing was saved: there is no schema for this job, and the setting require_schema requires one. \
             Add one to the schemas folder, which is reloaded automatically."
                .to_owned(),
        ),
        EditRejection::TooLarge { size, limit } => (
            StatusCode::PAYLOAD_TOO_LARGE,
            "Too large",
            format!(
                "It has {size} bytes without white space. The limit is {limit} bytes (setting max_data_bytes). \
                 Nothing was saved."
            ),
        ),
        EditRejection::StoredTooLarge { size, limit } => (
            StatusCode::PAYLOAD_TOO_LARGE,
            "Too large",
            format!(
                "The stored data has {size} bytes. The limit for editing is {limit} bytes (setting max_data_bytes). \
                 Nothing was saved."
            ),
        ),
        EditRejection::BadReason(bad) => (
            invalid,
            "Invalid reason",
            format!("{bad} Nothing was saved."),
        ),
        EditRejection::Refused(refusal) => (
            StatusCode::CONFLICT,
            "The job can't be edited now",
            format!("Nothing was changed. {}", refusal.words()),
        ),
        EditRejection::Limited(limit, wait) => {
            let text = format!(
                "You made {} edits {}, as many as {} allows. Nothing was saved. Try again in {}.",
                limit.edits,
                within(limit.per),
                limit.policy,
                duration(again_in(*wait) * 1_000)
            );
            (StatusCode::TOO_MANY_REQUESTS, "Too many edits", text)
        }
        EditRejection::NoRoom(why) => (
            StatusCode::CONFLICT,
            "Too many proposals",
            format!("{} Nothing was saved.", sentence(why)),
        ),
        EditRejection::Gone => (
            StatusCode::NOT_FOUND,
            "The job no longer exists",
            "The job was removed while you edited it, so nothing was saved. Your text is still here.".to_owned(),
        ),
    }
}

/// In how many seconds another edit is allowed.
pub(super) fn again_in(wait: Duration) -> u64 {
    wait.as_secs() + 1
}

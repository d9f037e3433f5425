//! Errors of those who ask too often.

use std::time::Duration;

use axum::http::StatusCode;

use super::error::PageError;

impl PageError {
    /// Too many of this person's requests were refused.
    pub(super) fn too_many_refusals(wait: Duration) -> Self {
        let seconds = wait.as_secs() + 1;
        Self::new(
            StatusCode::TOO_MANY_REQUESTS,
            "Too many refused requests",
            format!("Too many of your requests were refused. Try again in {seconds} s."),
            "Nothing was changed. The audit log counts the attempts.",
        )
        .again_in(seconds)
    }

    /// This person made too many changes.
    pub(super) fn too_many_changes(allowed: u32, wait: Duration) -> Self {
        let seconds = wait.as_secs() + 1;
        Self::new(
            StatusCode::TOO_MANY_REQUESTS,
            "Too many changes",
            format!(
                "You made as many changes as one person may in a minute: {allowed} (setting changes_per_minute). \
                 Try again in {seconds} s."
            ),
            "Nothing was changed. The audit log counts the attempts.",
        )
        .again_in(seconds)
    }
}

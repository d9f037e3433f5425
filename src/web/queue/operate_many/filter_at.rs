//! A filter of jobs in an address or form, and the address of a state's jobs under it.

use serde::Deserialize;

use crate::domain::job::JobState;
use crate::domain::job::filter::JobFilter;
use crate::domain::queue::QueueId;
use crate::web::app::App;

/// What an address or form says of a filter.
#[derive(Debug, Clone, Default, Deserialize)]
pub(crate) struct FilterAt {
    #[serde(default)]
    pub(crate) job_name: String,
    #[serde(default)]
    pub(crate) job_id: String,
    #[serde(default)]
    pub(crate) error: String,
}

impl FilterAt {
    /// The jobs of `state` that it means.
    pub(crate) fn filter(&self, state: JobState) -> JobFilter {
        JobFilter {
            states: vec![state.name().to_owned()],
            name: self.job_name.trim().to_owned(),
            id: self.job_id.trim().to_owned(),
            error: self.error.trim().to_owned(),
            ..JobFilter::default()
        }
    }

    /// The address of a state's jobs under it.
    pub(crate) fn href(&self, app: &App, queue: &QueueId, state: JobState) -> String {
        let query = [
            ("state", state.name()),
            ("job_name", self.job_name.as_str()),
            ("job_id", self.job_id.as_str()),
            ("error", self.error.as_str()),
        ];
        app.links().queue(queue, &query)
    }
}

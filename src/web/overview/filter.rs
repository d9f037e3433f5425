//! The overview's filter in an address.

use serde::Deserialize;

use crate::domain::job::JobState;
use crate::service::live::snapshot::OverviewFilter;
use crate::web::html::error::PageError;

/// The filter as the address holds it.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct OverviewFilterAt {
    #[serde(default)]
    pub(crate) q: String,
    #[serde(default)]
    pub(crate) state: String,
    #[serde(default)]
    pub(crate) problem: String,
    /// The first row of the page.
    #[serde(default)]
    pub(crate) from: Option<usize>,
}

impl OverviewFilterAt {
    /// The first row of the page; 0 is the first of all.
    pub(crate) fn from(&self) -> usize {
        self.from.unwrap_or(0)
    }

    pub(crate) fn parse(&self) -> Result<OverviewFilter, PageError> {
        let state = match self.state.as_str() {
            "" => None,
            name => Some(name.parse().map_err(PageError::bad)?),
        };
        Ok(OverviewFilter {
            name: self.q.trim().to_owned(),
            state,
            problems: self.problem == "1",
        })
    }
}

impl OverviewFilter {
    /// The filter as the pairs of an address's query.
    pub(crate) fn pairs(&self) -> [(&'static str, &str); 3] {
        [
            ("q", self.name.as_str()),
            ("state", self.state.map_or("", JobState::name)),
            ("problem", if self.problems { "1" } else { "" }),
        ]
    }
}

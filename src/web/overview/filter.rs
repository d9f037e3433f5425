//! The overview's address: its filter, its order, and its first row.

use serde::Deserialize;

use crate::domain::job::JobState;
use crate::domain::versions::sort::OverviewSort;
use crate::service::live::snapshot::OverviewFilter;
use crate::web::html::error::PageError;
use crate::web::html::links::Links;

/// The parameters as the address holds them.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct OverviewFilterAt {
    #[serde(default)]
    pub(crate) q: String,
    #[serde(default)]
    pub(crate) state: String,
    #[serde(default)]
    pub(crate) problem: String,
    /// The column to sort by, such as `name` or `-failed`.
    #[serde(default)]
    pub(crate) sort: String,
    /// The first row of the page.
    #[serde(default)]
    pub(crate) from: Option<usize>,
}

/// Which queues an overview shows, in which order, and from which row on. There are 23 orders.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub(crate) struct OverviewAddress {
    pub(crate) filter: OverviewFilter,
    /// The order of the rows; `None` for families with problems first.
    pub(crate) sort: Option<OverviewSort>,
    /// The first row of the page; 0 is the first of all.
    pub(crate) from: usize,
}

impl OverviewFilterAt {
    /// The parameters of an address; without its first row.
    pub(crate) fn of(address: &OverviewAddress) -> Self {
        let [(_, q), (_, state), (_, problem), (_, sort), _] = address.pairs();
        Self {
            q,
            state,
            problem,
            sort,
            from: None,
        }
    }

    pub(crate) fn parse(&self) -> Result<OverviewAddress, PageError> {
        let state = match self.state.as_str() {
            "" => None,
            name => Some(name.parse().map_err(PageError::bad)?),
        };
        let sort = match self.sort.as_str() {
            "" => None,
            sort => Some(sort.parse().map_err(PageError::bad)?),
        };
        let filter = OverviewFilter {
            name: self.q.trim().to_owned(),
            state,
            problems: self.problem == "1",
        };
        Ok(OverviewAddress {
            filter,
            sort,
            from: self.from.unwrap_or(0),
        })
    }
}

impl OverviewAddress {
    /// The address of `path` with this query and `more`.
    pub(crate) fn href(&self, links: Links<'_>, path: &str, more: &[(&str, &str)]) -> String {
        let pairs = self.pairs();
        let pairs: Vec<(&str, &str)> = pairs
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
            .chain(more.iter().copied())
            .collect();
        links.to(path, &pairs)
    }

    fn pairs(&self) -> [(&'static str, String); 5] {
        let OverviewFilter {
            name,
            state,
            problems,
        } = &self.filter;
        let from = match self.from {
            0 => String::new(),
            from => from.to_string(),
        };
        [
            ("q", name.clone()),
            ("state", state.map_or("", JobState::name).to_owned()),
            ("problem", if *problems { "1" } else { "" }.to_owned()),
            (
                "sort",
                self.sort.map_or_else(String::new, |sort| sort.to_string()),
            ),
            ("from", from),
        ]
    }

    /// The same queues in the same order, from another row on.
    pub(crate) fn from(&self, from: usize) -> Self {
        Self {
            from,
            ..self.clone()
        }
    }

    /// The first page of the same queues in another order.
    pub(crate) fn sorted(&self, sort: Option<OverviewSort>) -> Self {
        Self {
            filter: self.filter.clone(),
            sort,
            from: 0,
        }
    }
}

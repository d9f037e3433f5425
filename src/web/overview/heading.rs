//! The headings of the overview's columns, each a link that sorts by its column.

use super::filter::OverviewAddress;
use crate::domain::job::JobState;
use crate::domain::versions::sort::{OverviewSort, SortColumn};
use crate::web::app::App;

/// A heading.
pub(crate) struct Heading {
    /// The name of its class and icon.
    pub(crate) name: &'static str,
    /// The address sorted by it, or the other way round if it is already.
    pub(crate) href: String,
    /// `ascending` or `descending`; empty if the rows are not sorted by it.
    pub(crate) sorted: &'static str,
}

/// A choice of the order, for windows that are too narrow for headings.
pub(crate) struct SortChoice {
    /// As the address holds it.
    pub(crate) value: String,
    pub(crate) words: String,
    pub(crate) is_chosen: bool,
}

/// The headings that sort.
pub(crate) struct Headings {
    pub(crate) name: Heading,
    pub(crate) states: Vec<Heading>,
    pub(crate) workers: Heading,
    pub(crate) wait: Heading,
}

impl Headings {
    pub(crate) fn new(app: &App, address: &OverviewAddress) -> Self {
        let heading = |column: SortColumn| {
            let now = address.sort.filter(|sort| sort.column == column);
            let next = now.map_or_else(|| column.usual(), OverviewSort::reversed);
            Heading {
                name: column.name(),
                href: address.sorted(Some(next)).href(app.links(), "/", &[]),
                sorted: match now {
                    None => "",
                    Some(sort) if sort.descending => "descending",
                    Some(_) => "ascending",
                },
            }
        };
        Self {
            name: heading(SortColumn::Name),
            states: JobState::KEPT
                .into_iter()
                .map(|state| heading(SortColumn::State(state)))
                .collect(),
            workers: heading(SortColumn::Workers),
            wait: heading(SortColumn::Wait),
        }
    }
}

/// The orders to choose from: the usual one of each column, and the chosen one.
pub(crate) fn choices(chosen: Option<OverviewSort>) -> Vec<SortChoice> {
    let choice = |sort: Option<OverviewSort>| SortChoice {
        value: sort.map_or_else(String::new, |sort| sort.to_string()),
        words: words(sort),
        is_chosen: sort == chosen,
    };
    let usual = SortColumn::all().map(|column| Some(column.usual()));
    let mut choices: Vec<SortChoice> = std::iter::once(None).chain(usual).map(choice).collect();
    if !choices.iter().any(|choice| choice.is_chosen) {
        choices.push(choice(chosen));
    }
    choices
}

/// An order in words.
pub(crate) fn words(sort: Option<OverviewSort>) -> String {
    let Some(OverviewSort { column, descending }) = sort else {
        return "Problems first".to_owned();
    };
    match (column, descending) {
        (SortColumn::Name, false) => "Name, A to Z".to_owned(),
        (SortColumn::Name, true) => "Name, Z to A".to_owned(),
        (SortColumn::Wait, true) => "Longest wait first".to_owned(),
        (SortColumn::Wait, false) => "Shortest wait first".to_owned(),
        (column, true) => format!("Most {} first", column.name()),
        (column, false) => format!("Fewest {} first", column.name()),
    }
}

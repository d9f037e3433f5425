//! The pages of Bullkeeper that are found by name.

use crate::domain::access::{Action, Operator};
use crate::domain::find::matching::{Best, Pattern, best};

/// A page.
#[derive(Debug, Clone, Copy)]
pub(super) struct PagePlace {
    /// Its name, as the navigation has it.
    pub(super) name: &'static str,
    /// What else people call it, or look for there.
    also: &'static [&'static str],
    pub(super) path: &'static str,
    /// What it takes; `None` for a page that everybody has.
    needs: Option<Action>,
}

const fn page(name: &'static str, path: &'static str, also: &'static [&'static str]) -> PagePlace {
    PagePlace {
        name,
        also,
        path,
        needs: None,
    }
}

/// All pages that are about no single queue.
const PAGES: [PagePlace; 11] = [
    page("Overview", "/", &["queues", "home", "dashboard"]),
    page("Failures", "/failures", &["errors", "failed jobs"]),
    page("Search jobs", "/search", &["query", "job data"]),
    page("Schedulers", "/schedulers", &["cron", "repeatable jobs"]),
    page(
        "Upcoming",
        "/upcoming",
        &["timeline", "delayed jobs", "due"],
    ),
    page("History", "/history", &["charts", "throughput", "past"]),
    page("Runs", "/runs", &["operations", "moves"]),
    page("Workers", "/workers", &["processes"]),
    page("Account", "/account", &["password", "profile"]),
    PagePlace {
        needs: Some(Action::ReadAudit),
        ..page("Audit log", "/audit", &["history", "changes"])
    },
    PagePlace {
        needs: Some(Action::ViewServer),
        ..page("Redis", "/redis", &["server", "memory", "database"])
    },
];

/// A page under one of its names.
#[derive(Debug, Clone, Copy)]
pub(super) struct NamedPage {
    pub(super) page: PagePlace,
    name: &'static str,
}

/// The pages that this person has and whose names match.
pub(super) fn pages(operator: &Operator, typed: &str, most: usize) -> Best<NamedPage> {
    let mine = PAGES.into_iter().filter(|page| {
        let needs = page.needs;
        needs.is_none_or(|action| operator.may_anywhere(action))
    });
    let named: Vec<NamedPage> = mine
        .flat_map(|page| {
            let names = std::iter::once(page.name).chain(page.also.iter().copied());
            names.map(move |name| NamedPage { page, name })
        })
        .collect();
    let mut found = best(&Pattern::new(typed), &named, |one| one.name, named.len());
    let mut seen: Vec<&str> = Vec::new();
    found.found.retain(|(_, one)| {
        let is_new = !seen.contains(&one.page.path);
        seen.push(one.page.path);
        is_new
    });
    found.more = found.found.len().saturating_sub(most);
    found.found.truncate(most);
    found
}

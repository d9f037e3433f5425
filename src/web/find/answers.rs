//! The answers in groups, the group with the best answer first.

use super::pages::pages;
use crate::domain::access::Operator;
use crate::domain::find::matching::{Best, Rank};
use crate::domain::search::Query;
use crate::service::find::readings::Effort;
use crate::service::find::{Found, FoundFamily, FoundJob, JobSearch};
use crate::web::app::App;
use crate::web::html::format::thousands;

/// An answer.
#[derive(Debug)]
pub(super) struct AnswerView {
    /// Its name, which it was found by.
    pub(super) name: String,
    /// What it is: the queue and name of a job, the versions of a family, the role of a user.
    pub(super) about: String,
    pub(super) href: String,
    /// The class and icon of a job's state; empty for none.
    pub(super) state: &'static str,
    rank: Rank,
}

/// The answers of one kind.
#[derive(Debug)]
pub(super) struct GroupView {
    pub(super) label: &'static str,
    pub(super) icon: &'static str,
    pub(super) answers: Vec<AnswerView>,
    /// How many more there are; empty for none.
    pub(super) more: String,
}

/// All answers.
#[derive(Debug)]
pub(super) struct Answers {
    pub(super) groups: Vec<GroupView>,
    /// What was not looked at, and why; empty if there is nothing to say.
    pub(super) notes: Vec<String>,
    /// The search through jobs for the text; empty if no query holds it.
    pub(super) search_href: String,
    /// Whether there is nothing more to find.
    is_complete: bool,
}

impl Answers {
    /// What was found, and the pages whose names match.
    pub(super) fn new(
        app: &App,
        operator: &Operator,
        typed: &str,
        found: Found,
        effort: Effort,
    ) -> Self {
        let links = app.links();
        let is_complete = found.search.is_complete();
        let notes = notes(&found.search, found.jobs.len());
        let page = pages(operator, typed.trim(), effort.answers());
        let named = |rank, name: String, about: String, href: String| AnswerView {
            name,
            about,
            href,
            state: "",
            rank,
        };
        let jobs = found.jobs.into_iter().map(|job| job_view(app, job));
        let mut groups = vec![
            GroupView {
                label: "Jobs",
                icon: "info",
                answers: jobs.collect(),
                more: String::new(),
            },
            group("Queues", "queues", found.queues, |rank, one| {
                let prefix = links.prefix(one.prefix()).to_owned();
                named(rank, one.name().to_owned(), prefix, links.queue(&one, &[]))
            }),
            group("Families", "flow", found.families, |rank, one| {
                let href = links.family(&one.prefix, &one.name, "/family");
                named(rank, one.name.clone(), versions(&one), href)
            }),
            group("Pages", "forward", page, |rank, one| {
                let href = links.to(one.page.path, &[]);
                named(rank, one.page.name.to_owned(), String::new(), href)
            }),
            group("Users", "user", found.users, |rank, (name, role)| {
                let role = role.map_or("", |role| role.name()).to_owned();
                let href = links.to("/audit", &[("who", &name), ("kind", "user")]);
                named(rank, name, role, href)
            }),
        ];
        groups.retain(|group| !group.answers.is_empty());
        groups.sort_by_key(|group| group.answers[0].rank);
        // Typing errors are not looked for where something is named rightly.
        let is_near = |group: &GroupView| matches!(group.answers[0].rank, Rank::Near(_));
        if groups.first().is_some_and(|best| !is_near(best)) {
            groups.retain(|group| !is_near(group));
        }
        Self {
            groups,
            notes,
            search_href: search_href(app, typed.trim()),
            is_complete,
        }
    }

    /// How many there are.
    pub(super) fn count(&self) -> usize {
        self.groups.iter().map(|group| group.answers.len()).sum()
    }

    /// The address of the one answer that is exactly what was asked for. None if there are several, or might be.
    pub(super) fn only(&self, typed: &str) -> Option<&str> {
        let all = self.groups.iter().flat_map(|group| &group.answers);
        let exact: Vec<&AnswerView> = all.filter(|one| one.rank == Rank::Exact).collect();
        let same = exact.iter().filter(|one| one.name == typed.trim());
        let same: Vec<&AnswerView> = same.copied().collect();
        match (exact.as_slice(), same.as_slice(), self.is_complete) {
            ([one], _, true) | (_, [one], true) => Some(&one.href),
            _ => None,
        }
    }
}

fn group<T>(
    label: &'static str,
    icon: &'static str,
    best: Best<T>,
    mut view: impl FnMut(Rank, T) -> AnswerView,
) -> GroupView {
    let found = best.found.into_iter();
    GroupView {
        label,
        icon,
        answers: found.map(|(rank, one)| view(rank, one)).collect(),
        more: match best.more {
            0 => String::new(),
            more => thousands(more as u64),
        },
    }
}

fn job_view(app: &App, found: FoundJob) -> AnswerView {
    let links = app.links();
    let queue = links.name(&found.job.queue);
    let name = found.glance.name;
    AnswerView {
        name: found.job.id.as_str().to_owned(),
        about: match name.is_empty() {
            true => format!("in {queue}"),
            false => format!("{name} in {queue}"),
        },
        href: links.job(&found.job.queue, &found.job.id),
        state: found.glance.state.map_or("", |state| state.name()),
        rank: Rank::Exact,
    }
}

fn versions(family: &FoundFamily) -> String {
    match family.versions {
        1 => "1 version".to_owned(),
        many => format!("{} versions", thousands(many as u64)),
    }
}

/// The search through jobs for a text: as the query that it is, or else for the text itself.
fn search_href(app: &App, typed: &str) -> String {
    let quoted = serde_json::to_string(typed).unwrap_or_default();
    let queries = [typed, quoted.as_str()];
    let query = queries.into_iter().find(|text| Query::parse(text).is_ok());
    query.map_or_else(String::new, |query| {
        app.links().to("/search", &[("q", query)])
    })
}

/// What is to be said of the search for jobs.
fn notes(search: &JobSearch, shown: usize) -> Vec<String> {
    let note = match search {
        JobSearch::NotBegun => return Vec::new(),
        JobSearch::Failed(why) => format!("Jobs could not be looked up: {why}"),
        JobSearch::Done(found) if found.has_enough => format!(
            "At least {} jobs have this id. Write the queue before it, such as email:17, to look in that queue.",
            found.found.len()
        ),
        JobSearch::Done(found) if !found.is_complete() => format!(
            "The id was looked up in {} of {} queues, those with jobs first. Write the queue before it, such as email:17, to \
             look in that queue.",
            thousands(found.looked_at as u64),
            thousands(found.of as u64)
        ),
        JobSearch::Done(found) if found.found.len() > shown => format!(
            "{} more jobs have this id. Press Enter to see them.",
            thousands((found.found.len() - shown) as u64)
        ),
        JobSearch::Done(_) => return Vec::new(),
    };
    vec![note]
}

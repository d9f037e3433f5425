//! The schedulers of all queues.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use serde::Deserialize;

use super::RowsAt;
use super::row::SchedulerRow;
use crate::clock::unix_millis;
use crate::domain::schedulers::scheduler::{Schedule, Scheduler};
use crate::web::app::App;
use crate::web::html::error::PageError;
use crate::web::html::format::thousands;
use crate::web::html::frame::{Frame, Page};
use crate::web::html::parts::AwayView;
use crate::web::queue::pager::Pager;
use crate::web::request::address::Query;
use crate::web::request::session::SignedInUser;

/// What the list is filtered by.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct FilterAt {
    /// A part of the id, the queue, the job's name or the pattern.
    #[serde(default)]
    q: String,
    /// How the schedulers stand, or `legacy`.
    #[serde(default)]
    show: String,
}

/// What `show` may be, with the words for it.
const SHOWN: [(&str, &str); 6] = [
    ("", "All"),
    ("late", "Late"),
    ("stuck", "Stuck"),
    ("scheduled", "Scheduled"),
    ("ended", "Ended"),
    ("legacy", "Legacy"),
];

impl FilterAt {
    fn check(&self) -> Result<(), PageError> {
        match SHOWN.iter().any(|(name, _)| *name == self.show) {
            true => Ok(()),
            false => Err(PageError::bad(format!(
                "Schedulers can't be filtered by {:?}; allowed are late, stuck, scheduled, ended and legacy.",
                self.show
            ))),
        }
    }

    fn wants(&self, one: &Scheduler, now: u64) -> bool {
        let stands = match self.show.as_str() {
            "" => true,
            "legacy" => one.is_legacy(),
            show => one.standing(now).name() == show,
        };
        let pattern = match &one.schedule {
            Schedule::Pattern { pattern, .. } => pattern.as_str(),
            _ => "",
        };
        let wanted = self.q.trim().to_lowercase();
        let texts = [one.id.as_str(), one.queue.name(), &one.name, pattern];
        stands
            && texts
                .iter()
                .any(|text| text.to_lowercase().contains(&wanted))
    }
}

/// The page of all schedulers.
#[derive(Template)]
#[template(path = "schedulers/all.html")]
pub(crate) struct AllSchedulersView {
    frame: Frame,
    away: AwayView,
    q: String,
    /// The names, words, and whether they are chosen.
    shown: Vec<(&'static str, &'static str, bool)>,
    filtered: bool,
    clear_href: String,
    rows: Vec<SchedulerRow>,
    first: String,
    last: String,
    /// How many match, and how many there are.
    matching: String,
    total: String,
    /// What was not read: the queue, its page, and how many.
    left_out: Vec<(String, String, String)>,
    pager: Pager,
}

pub(crate) async fn page(
    State(app): State<App>,
    SignedInUser(operator): SignedInUser,
    Query(filter): Query<FilterAt>,
    Query(rows): Query<RowsAt>,
) -> Result<Page<AllSchedulersView>, PageError> {
    let (from, size) = rows.range()?;
    filter.check()?;
    let all = app.services.all_schedulers(&operator).await?;
    let now = unix_millis();
    let mut found: Vec<&Arc<Scheduler>> = (all.found.iter())
        .filter(|one| filter.wants(one, now))
        .collect();
    // What needs a look comes first.
    found.sort_by_cached_key(|one| (one.standing(now).urgency(), one.next));
    let matching = found.len() as u64;
    let shown: Vec<&Scheduler> = found
        .into_iter()
        .skip(usize::try_from(from).unwrap_or(usize::MAX))
        .take(usize::try_from(size).unwrap_or(usize::MAX))
        .map(Arc::as_ref)
        .collect();
    let last_runs = app.services.last_runs(&shown).await?;
    let links = app.links();
    let size_text = size.to_string();
    let href = |from: u64| {
        let from = from.to_string();
        let query = [
            ("q", filter.q.as_str()),
            ("show", filter.show.as_str()),
            ("from", from.as_str()),
            ("size", size_text.as_str()),
        ];
        links.to("/schedulers", &query)
    };
    let rows: Vec<SchedulerRow> = (shown.iter().zip(&last_runs))
        .map(|(one, last)| SchedulerRow::new(&app, one, last.as_ref()))
        .collect();
    Ok(Page::ok(AllSchedulersView {
        frame: app.frame(&operator, "schedulers"),
        away: AwayView::new(&app, &app.services.overview().now()),
        q: filter.q.clone(),
        shown: SHOWN
            .map(|(name, words)| (name, words, name == filter.show))
            .into(),
        filtered: !filter.q.is_empty() || !filter.show.is_empty(),
        clear_href: links.to("/schedulers", &[]),
        first: thousands(if rows.is_empty() { 0 } else { from + 1 }),
        last: thousands(from.saturating_add(rows.len() as u64)),
        rows,
        matching: thousands(matching),
        total: thousands(all.found.len() as u64),
        left_out: (all.left_out.iter())
            .map(|(queue, count)| {
                let href = super::list_href(links, queue, &[]);
                (queue.name().to_owned(), href, thousands(*count))
            })
            .collect(),
        pager: Pager::new(from, size, matching, href),
    }))
}

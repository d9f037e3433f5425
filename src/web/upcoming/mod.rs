//! What is to come: the delayed jobs that come due, the schedulers that run, and who is late. Of all queues, of a family, and of
//! one queue.

mod rows;

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use serde::Deserialize;

use super::app::App;
use super::html::charts::{UpcomingChart, upcoming_chart};
use super::html::error::PageError;
use super::html::format::{When, minute, thousands};
use super::html::frame::{Frame, Page};
use super::html::parts::AwayView;
use super::html::parts::Choice;
use super::html::queue_crumbs::QueueCrumbs;
use super::request::address::{FamilyAt, Query, QueueAt};
use super::request::session::SignedInUser;
use crate::domain::access::Operator;
use crate::domain::queue::QueueId;
use crate::domain::queue::queue_set::QueueSet;
use crate::domain::upcoming::window::Window;
use crate::service::upcoming::due::Upcoming;
use rows::{LateRow, LateSchedulerRow, PartRow, QueueRow, RunRow};

/// How far an address looks ahead.
#[derive(Debug, Deserialize)]
pub(crate) struct WindowAt {
    #[serde(default)]
    window: String,
}

impl WindowAt {
    fn window(&self) -> Result<Window, PageError> {
        match self.window.as_str() {
            "" => Ok(Window::default()),
            name => name.parse().map_err(|_| {
                PageError::bad(format!(
                    "There is no window {name:?}; allowed are hour, day and week."
                ))
            }),
        }
    }
}

/// The page of what is to come.
#[derive(Template)]
#[template(path = "upcoming/page.html")]
pub(crate) struct UpcomingPage {
    frame: Frame,
    away: AwayView,
    /// The way to the queue; `None` for other pages.
    crumbs: Option<QueueCrumbs>,
    /// The family and its page; empty for other pages.
    family: (String, String),
    /// QueueSet it is: ` of email/v2`; empty for all queues.
    of: String,
    windows: Vec<Choice>,
    window: &'static str,
    /// When this was read.
    read: When,
    /// How many jobs come due, and how many further runs there are, in the window.
    jobs: String,
    runs: String,
    /// How many jobs are delayed in all.
    all: String,
    /// When most come due, in words; empty if none do.
    peak: String,
    chart: UpcomingChart,
    parts: Vec<PartRow>,
    /// How many jobs are late; empty if none are.
    late_jobs: String,
    late: Vec<LateRow>,
    more_late: String,
    late_schedulers: Vec<LateSchedulerRow>,
    more_late_schedulers: String,
    queues: Vec<QueueRow>,
    more_queues: String,
    schedulers: Vec<RunRow>,
    more_schedulers: String,
    schedulers_href: String,
    /// What was not counted.
    notes: Vec<String>,
}

pub(crate) async fn all(
    State(app): State<App>,
    SignedInUser(operator): SignedInUser,
    Query(at): Query<WindowAt>,
) -> Result<Page<UpcomingPage>, PageError> {
    shown(&app, &operator, QueueSet::All, at.window()?).await
}

pub(crate) async fn of_family(
    State(app): State<App>,
    SignedInUser(operator): SignedInUser,
    Query(family): Query<FamilyAt>,
    Query(at): Query<WindowAt>,
) -> Result<Page<UpcomingPage>, PageError> {
    let whose = QueueSet::Family {
        prefix: family.prefix(&app)?.to_owned(),
        name: family.name.clone(),
    };
    shown(&app, &operator, whose, at.window()?).await
}

pub(crate) async fn of_queue(
    State(app): State<App>,
    SignedInUser(operator): SignedInUser,
    Query(queue): Query<QueueAt>,
    Query(at): Query<WindowAt>,
) -> Result<Page<UpcomingPage>, PageError> {
    let whose = QueueSet::Queue(queue.queue(&app)?);
    shown(&app, &operator, whose, at.window()?).await
}

/// The address of what is to come in a queue.
pub(crate) fn href_of_queue(app: &App, queue: &QueueId) -> String {
    href(app, &QueueSet::Queue(queue.clone()), Window::default())
}

/// The address of what is to come in a family.
pub(crate) fn href_of_family(app: &App, prefix: &str, family: &str) -> String {
    let whose = QueueSet::Family {
        prefix: prefix.to_owned(),
        name: family.to_owned(),
    };
    href(app, &whose, Window::default())
}

fn href(app: &App, whose: &QueueSet, window: Window) -> String {
    let links = app.links();
    let window = match window {
        usual if usual == Window::default() => "",
        window => window.name(),
    };
    let (path, name, prefix) = match whose {
        QueueSet::All => ("/upcoming", "", ""),
        QueueSet::Family { prefix, name } => ("/family/upcoming", name.as_str(), prefix.as_str()),
        QueueSet::Queue(queue) => ("/queue/upcoming", queue.name(), queue.prefix()),
    };
    let named = [
        ("name", name),
        ("prefix", links.prefix(prefix)),
        ("window", window),
    ];
    links.to(path, &named)
}

async fn shown(
    app: &App,
    operator: &Operator,
    whose: QueueSet,
    window: Window,
) -> Result<Page<UpcomingPage>, PageError> {
    let services = &app.services;
    let found = services.upcoming(operator, whose.clone(), window).await?;
    let now = found.buckets.start();
    let (delayed, runs) = (&found.delayed, &found.runs);
    let more = |count: usize| match count {
        0 => String::new(),
        count => thousands(count as u64),
    };
    let links = app.links();
    let ends = [now, found.buckets.end()].map(|at| minute(at, now));
    Ok(Page::ok(UpcomingPage {
        frame: app.frame(
            operator,
            if whose == QueueSet::All {
                "upcoming"
            } else {
                ""
            },
        ),
        away: AwayView::new(app, &services.overview().now()),
        crumbs: match &whose {
            QueueSet::Queue(queue) => Some(QueueCrumbs::new(app, queue)),
            _ => None,
        },
        family: match &whose {
            QueueSet::Family { prefix, name } => {
                (name.clone(), links.family(prefix, name, "/family"))
            }
            _ => Default::default(),
        },
        of: match &whose {
            QueueSet::All => String::new(),
            QueueSet::Family { name, .. } => format!(" of {name}"),
            QueueSet::Queue(queue) => format!(" of {}", queue.name()),
        },
        windows: Window::ALL
            .map(|choice| Choice {
                word: choice.name().to_owned(),
                href: href(app, &whose, choice),
                current: choice == window,
            })
            .into(),
        window: window.name(),
        read: When::of(now),
        jobs: thousands(delayed.parts.iter().sum()),
        runs: thousands(runs.parts.iter().sum()),
        all: thousands(delayed.all),
        peak: peak(&found),
        chart: upcoming_chart(&delayed.parts, &runs.parts, ends),
        parts: PartRow::all(&found),
        late_jobs: match delayed.late_jobs {
            0 => String::new(),
            jobs => thousands(jobs),
        },
        late: (delayed.late.rows.iter())
            .map(|late| LateRow::new(app, late))
            .collect(),
        more_late: more(delayed.late.more),
        late_schedulers: (runs.late.rows.iter())
            .map(|late| LateSchedulerRow::new(app, late))
            .collect(),
        more_late_schedulers: more(runs.late.more),
        queues: (delayed.queues.rows.iter())
            .map(|due| QueueRow::new(app, due, &found.buckets))
            .collect(),
        more_queues: more(delayed.queues.more),
        schedulers: (runs.schedulers.rows.iter())
            .map(|due| RunRow::new(app, due))
            .collect(),
        more_schedulers: more(runs.schedulers.more),
        schedulers_href: match &whose {
            QueueSet::Queue(queue) => super::schedulers::list_href(links, queue, &[]),
            _ => links.to("/schedulers", &[]),
        },
        notes: notes(&found),
    }))
}

/// When most delayed jobs come due, where that says something.
fn peak(found: &Arc<Upcoming>) -> String {
    let parts = &found.delayed.parts;
    let most = parts.iter().copied().max().unwrap_or(0);
    if most == 0 {
        return String::new();
    }
    let busiest = parts.iter().position(|count| *count == most).unwrap_or(0);
    let at = rows::span_words(&found.buckets, busiest);
    format!("Most come due {at}: {}.", thousands(most))
}

/// What was not counted, and why.
fn notes(found: &Arc<Upcoming>) -> Vec<String> {
    let (runs, mut notes) = (&found.runs, Vec::new());
    let (queues, jobs) = found.delayed.left_out;
    if queues > 0 {
        notes.push(format!(
            "{} queues with {} delayed jobs are not counted here, since there are so many. Their own pages count them.",
            thousands(queues as u64),
            thousands(jobs)
        ));
    }
    if runs.left_out > 0 {
        notes.push(format!(
            "{} schedulers are left out, since there are so many.",
            thousands(runs.left_out)
        ));
    }
    if runs.in_part > 0 {
        notes.push(format!(
            "Of {}, only the first runs are counted, since there are so many.",
            schedulers(runs.in_part)
        ));
    }
    if runs.unknown > 0 {
        notes.push(format!(
            "Of {}, only the next run is known; the pages of these schedulers say why.",
            schedulers(runs.unknown)
        ));
    }
    notes
}

fn schedulers(count: usize) -> String {
    match count {
        1 => "1 scheduler".to_owned(),
        count => format!("{} schedulers", thousands(count as u64)),
    }
}

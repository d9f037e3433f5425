//! Parts that many pages show: a state, a queue, a diff, a notice of new items, a notice that Redis is unreachable.

use askama::Template;

use super::format::{When, thousands, when};
use super::links::Links;
use crate::domain::edit::diff::{Diff, DiffRow};
use crate::domain::job::JobState;
use crate::domain::queue::{Counts, PausedBy, QueueFigures, QueueId};
use crate::service::live::snapshot::Snapshot;
use crate::web::app::App;

/// A state with its count, if known, and the list of its jobs.
#[derive(Debug, Clone)]
pub(crate) struct StateView {
    /// The state's name, which is also its class and its icon's name.
    pub(crate) name: &'static str,
    /// How many jobs are in it, with commas between thousands.
    pub(crate) count: String,
    /// Whether there are no jobs in it.
    pub(crate) is_none: bool,
    /// The address of the list; empty if there is none.
    pub(crate) href: String,
    /// Whether this state's list is being shown.
    pub(crate) current: bool,
    /// `60 in waiting`: jobs that a pause holds back where they waited; empty for none.
    pub(crate) held: String,
}

impl StateView {
    pub(crate) fn new(state: JobState, count: u64, href: String) -> Self {
        Self {
            name: state.name(),
            count: thousands(count),
            is_none: count == 0,
            href,
            current: false,
            held: String::new(),
        }
    }

    /// A state without a count.
    pub(crate) fn bare(state: JobState) -> Self {
        Self::new(state, 0, String::new())
    }
}

/// A queue in headings and lists.
#[derive(Debug, Clone)]
pub(crate) struct QueueView {
    /// Its full name.
    pub(crate) name: String,
    /// Its prefix; empty for the default one.
    pub(crate) prefix: String,
    /// Its family, if its name has a version.
    pub(crate) family: String,
    /// Its version as its name writes it; empty if it has none.
    pub(crate) version: String,
    /// Its page.
    pub(crate) href: String,
    /// Whether it is paused.
    pub(crate) paused: bool,
    /// A warning if another major of BullMQ paused it than opened it last; otherwise empty.
    pub(crate) paused_by_another: &'static str,
    /// How many workers, or `unknown`.
    pub(crate) workers: String,
    /// The list of its workers.
    pub(crate) workers_href: String,
    /// Whether jobs are outstanding and no worker is connected.
    pub(crate) stranded: bool,
    /// The page of its family; empty for a name without a version.
    pub(crate) family_href: String,
    /// When its oldest waiting job was added.
    pub(crate) oldest: Option<When>,
    /// The BullMQ version that wrote it; empty if it does not say.
    pub(crate) bull_version: String,
}

impl QueueView {
    pub(crate) fn new(
        figures: &QueueFigures,
        family: &str,
        version: &str,
        links: Links<'_>,
    ) -> Self {
        let queue: &QueueId = &figures.queue;
        Self {
            name: queue.name().to_owned(),
            prefix: links.prefix(queue.prefix()).to_owned(),
            family: family.to_owned(),
            version: version.to_owned(),
            href: links.queue(queue, &[]),
            paused: figures.paused,
            paused_by_another: figures.paused_by_another().map_or("", PausedBy::words),
            workers: figures
                .workers
                .map_or_else(|| "unknown".to_owned(), |workers| workers.to_string()),
            workers_href: links.workers_of(queue),
            stranded: figures.is_stranded(),
            family_href: match version.is_empty() {
                true => String::new(),
                false => links.family(queue.prefix(), family, "/family"),
            },
            oldest: figures.oldest_waiting.map(When::of),
            bull_version: figures.bull_version.text().unwrap_or_default().to_owned(),
        }
    }
}

/// The count of each state with its link.
pub(crate) fn states(counts: &Counts, href: impl Fn(JobState) -> String) -> Vec<StateView> {
    JobState::KEPT
        .into_iter()
        .map(|state| StateView::new(state, counts.of(state), href(state)))
        .collect()
}

/// Says of the paused jobs among `states` how many more a pause holds back where they waited, and where those are listed. Their
/// count stays that of the `paused` lists.
pub(crate) fn tell_held(states: &mut [StateView], held: u64, href: impl FnOnce() -> String) {
    let paused = states
        .iter_mut()
        .find(|state| state.name == JobState::Paused.name());
    if let Some(paused) = paused.filter(|_| held > 0) {
        paused.held = format!("{} in waiting", thousands(held));
        if paused.is_none {
            paused.href = href();
        }
    }
}

/// What came since the page was drawn and waits to be shown.
#[derive(Template, Default)]
#[template(path = "layout/_new.html")]
pub(crate) struct NewView {
    base: String,
    /// `3 new queues`; empty if nothing is new.
    text: String,
    href: String,
}

impl askama::filters::HtmlSafe for NewView {}

/// A notice that Redis is unreachable, since when and why.
#[derive(Template)]
#[template(path = "layout/_away.html")]
pub(crate) struct AwayView {
    base: String,
    stale: Option<(When, String)>,
    /// Whether there are any figures.
    taken: bool,
}

impl askama::filters::HtmlSafe for AwayView {}

impl NewView {
    /// A notice of this many new queues, with the address of the page that shows them.
    pub(crate) fn queues(app: &App, href: String, new: usize) -> Self {
        let text = match new {
            1 => "1 new queue".to_owned(),
            new => format!("{} new queues", thousands(new as u64)),
        };
        Self::new(app, text, href)
    }

    /// A notice with `text`; empty if nothing is new.
    pub(crate) fn new(app: &App, text: String, href: String) -> Self {
        Self {
            base: app.base_path.clone(),
            text,
            href,
        }
    }
}

impl AwayView {
    pub(crate) fn new(app: &App, snapshot: &Snapshot) -> Self {
        Self {
            base: app.base_path.clone(),
            stale: snapshot
                .stale
                .as_ref()
                .map(|stale| (when(stale.since), stale.cause.clone())),
            taken: snapshot.taken.is_some(),
        }
    }
}

/// Two texts side by side.
#[derive(Debug)]
pub(crate) struct DiffView {
    pub(crate) rows: Vec<DiffRow>,
    pub(crate) truncated: bool,
}

impl DiffView {
    pub(crate) fn new(diff: Diff) -> Self {
        Self {
            rows: diff.rows,
            truncated: diff.truncated,
        }
    }
}

/// One of several ways to see a page, such as an order, a size or a window of time.
#[derive(Debug)]
pub(crate) struct Choice {
    pub(crate) word: String,
    pub(crate) href: String,
    pub(crate) current: bool,
}

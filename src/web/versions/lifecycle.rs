//! A version's lifecycle on pages: a chip with its meaning, how its jobs drain, and the queue that was probably meant by
//! its name.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use askama::Template;
use time::OffsetDateTime;
use time::macros::format_description;

use super::drain_text::{brief_words, drain_words, left_words};
use crate::clock::unix_millis;
use crate::domain::access::scope::Scope;
use crate::domain::queue::{QueueFigures, QueueId};
use crate::domain::versions::lifecycle::{Lifecycle, LifecycleStatus};
use crate::service::live::snapshot::{Snapshot, VersionFigures};
use crate::web::app::App;

/// The viewer, and the time of the figures.
#[derive(Debug)]
pub(crate) struct ViewContext<'a> {
    scope: &'a Scope,
    /// When the figures were last checked: `12:41:07 UTC`; empty before the first time.
    checked: String,
    now: u64,
}

impl<'a> ViewContext<'a> {
    pub(crate) fn new(scope: &'a Scope, snapshot: &Snapshot) -> Self {
        Self {
            scope,
            checked: snapshot.taken.map(clock_of).unwrap_or_default(),
            now: unix_millis(),
        }
    }
}

impl ViewContext<'_> {
    /// The time of the view, in Unix milliseconds.
    pub(crate) fn now(&self) -> u64 {
        self.now
    }

    /// Whether the viewer may see a queue.
    pub(crate) fn sees(&self, queue: &QueueId) -> bool {
        self.scope.holds(queue)
    }
}

/// The lifecycle of one version.
#[derive(Template)]
#[template(path = "versions/_lifecycle.html")]
pub(crate) struct LifecycleView {
    base: String,
    /// Whether a chip is shown: a single queue that works as it should needs none.
    chip: bool,
    class: &'static str,
    icon: &'static str,
    word: &'static str,
    title: String,
    pinned: bool,
    /// How its jobs drain; empty if that does not apply.
    drain: String,
    /// The same with what it is based on, for a short text.
    explained: String,
    /// The name and address of the queue that was probably meant.
    meant: Option<(String, String)>,
    /// What the queue that was named lacks.
    lacks: &'static str,
}

impl askama::filters::HtmlSafe for LifecycleView {}

impl LifecycleView {
    pub(crate) fn new(app: &App, version: &VersionFigures, sight: &ViewContext<'_>) -> Self {
        let LifecycleStatus {
            lifecycle,
            is_pinned,
            ..
        } = version.standing;
        let is_of_nothing = version.lineage.label.is_empty() && !is_pinned;
        let (class, icon) = picture(lifecycle);
        Self {
            base: app.base_path.clone(),
            chip: !(is_of_nothing && lifecycle == Lifecycle::Current),
            class,
            icon,
            word: lifecycle.word(),
            title: title(version, sight),
            pinned: is_pinned,
            drain: match lifecycle {
                _ if !drains(version) => String::new(),
                // Without workers the number of jobs can't shrink.
                Lifecycle::Stranded => left_words(&version.drain(sight.now)),
                _ => drain_words(&version.drain(sight.now), sight.now),
            },
            explained: String::new(),
            meant: meant(app, version, sight),
            lacks: lacks(version),
        }
    }

    /// The chip alone, for a sentence that says the rest.
    pub(crate) fn in_sentence(
        app: &App,
        version: &VersionFigures,
        sight: &ViewContext<'_>,
    ) -> Self {
        Self {
            chip: true,
            drain: String::new(),
            meant: None,
            ..Self::new(app, version, sight)
        }
    }

    /// The same for a row among many: the drain in a few words, and no hint.
    pub(crate) fn brief(app: &App, version: &VersionFigures, sight: &ViewContext<'_>) -> Self {
        let brief = match drains(version) {
            true => brief_words(&version.drain(sight.now), sight.now),
            false => String::new(),
        };
        let whole = Self::new(app, version, sight);
        Self {
            explained: whole.drain,
            drain: brief,
            meant: None,
            ..whole
        }
    }
}

/// Says that a worker without a name in Redis was at work, and when.
pub(crate) fn unnamed_words(figures: &QueueFigures) -> String {
    let seen = match figures.worker_seen {
        Some(at) => {
            let at = clock_of(UNIX_EPOCH + Duration::from_millis(at));
            format!("a worker was last seen at {at}")
        }
        None => "a worker was here within the last half minute".to_owned(),
    };
    format!("{seen}, but Redis names none: whether any is left can’t be told yet")
}

/// The time of day: `12:41:07 UTC`.
fn clock_of(at: SystemTime) -> String {
    let clock = format_description!("[hour]:[minute]:[second] UTC");
    // Every time has an hour, a minute and a second.
    OffsetDateTime::from(at).format(clock).unwrap_or_default()
}

/// The name and address of the queue that was probably meant, if the viewer may see it.
pub(crate) fn meant(
    app: &App,
    version: &VersionFigures,
    sight: &ViewContext<'_>,
) -> Option<(String, String)> {
    let queue = version.meant.as_ref().filter(|queue| sight.sees(queue))?;
    Some((queue.name().to_owned(), app.links().queue(queue, &[])))
}

/// What a misnamed queue lacks.
pub(crate) fn lacks(version: &VersionFigures) -> &'static str {
    match version.figures.is_stranded() {
        true => "No workers here.",
        false => "No jobs come here.",
    }
}

/// Whether it makes sense to say when its jobs will be done.
fn drains(version: &VersionFigures) -> bool {
    let LifecycleStatus {
        lifecycle,
        is_current,
        ..
    } = version.standing;
    version.figures.counts.outstanding() > 0
        && (lifecycle == Lifecycle::Stranded || (lifecycle != Lifecycle::Current && !is_current))
}

fn picture(lifecycle: Lifecycle) -> (&'static str, &'static str) {
    match lifecycle {
        Lifecycle::Unknown => ("unknown", "unknown"),
        Lifecycle::Stranded => ("bad", "alert"),
        Lifecycle::RolledBack => ("warn", "back"),
        Lifecycle::Current => ("good", "current"),
        Lifecycle::Draining => ("active", "draining"),
        Lifecycle::Idle => ("none", "inactive"),
        Lifecycle::Drained => ("none", "drained"),
    }
}

/// What a version's lifecycle means, and when it was checked.
pub(crate) fn title(version: &VersionFigures, sight: &ViewContext<'_>) -> String {
    let figures = &version.figures;
    let unnamed = unnamed_words(figures);
    let means = match version.standing.lifecycle {
        Lifecycle::Unknown if figures.unnamed_workers => &unnamed,
        Lifecycle::Unknown => "Redis does not say which workers are connected",
        Lifecycle::Stranded => "jobs are outstanding and no worker is connected",
        Lifecycle::RolledBack => "it gets the new jobs although a newer version had taken over",
        Lifecycle::Current if version.standing.is_pinned => "pinned as the current version",
        Lifecycle::Current if figures.workers == Some(0) => {
            "the newest version; no worker is connected"
        }
        Lifecycle::Current => "the newest version with workers",
        Lifecycle::Draining => "not the current version; its workers do what is left",
        Lifecycle::Idle if version.standing.is_current => {
            "workers are connected, nothing is outstanding, and no job came in the last 5 minutes"
        }
        Lifecycle::Idle => "workers are connected and nothing is outstanding",
        Lifecycle::Drained => "nothing is outstanding and no worker is connected",
    };
    let word = version.standing.lifecycle.word();
    let first = word.get(..1).unwrap_or_default().to_uppercase();
    let rest = word.get(1..).unwrap_or_default();
    match sight.checked.is_empty() {
        true => format!("{first}{rest}: {means}"),
        false => format!("{first}{rest}: {means}. Checked {}", sight.checked),
    }
}

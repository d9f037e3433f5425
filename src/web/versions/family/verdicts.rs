//! The verdict on each version of a family, as a sentence, with what can be done about it.

use super::actions::Acts;
use super::table::Columns;
use crate::domain::access::Operator;
use crate::domain::versions::drain::Pace;
use crate::domain::versions::lifecycle::Lifecycle;
use crate::service::live::snapshot::{Snapshot, VersionFigures};
use crate::web::app::App;
use crate::web::html::format::{When, thousands};
use crate::web::versions::drain_text::{about, drain_words};
use crate::web::versions::lifecycle::{LifecycleView, ViewContext, lacks, meant, unnamed_words};

/// The verdict on one version.
pub(crate) struct Verdict {
    /// The version's name among the others, the queue's name, and its page.
    pub(crate) word: String,
    pub(crate) name: String,
    pub(crate) href: String,
    /// Its lifecycle; `None` if the version is gone.
    pub(crate) standing: Option<LifecycleView>,
    /// The sentence that follows the lifecycle's word.
    pub(crate) sentence: String,
    /// When the job that has waited longest was added, for a stranded version.
    pub(crate) oldest: Option<When>,
    /// The name and address of the queue that was probably meant, and what this one lacks.
    pub(crate) meant: Option<(String, String)>,
    pub(crate) lacks: &'static str,
    pub(crate) acts: Acts,
}

/// The verdicts on all versions of `columns`, for `operator`.
pub(crate) fn verdicts_of(
    app: &App,
    operator: &Operator,
    snapshot: &Snapshot,
    columns: &Columns,
) -> Vec<Verdict> {
    let sight = ViewContext::new(operator.scope(), snapshot);
    let several = columns.len() > 1;
    let verdict = |column: &super::table::Column| {
        let version = snapshot.queue(&column.queue);
        let oldest = version
            .filter(|version| version.standing.lifecycle == Lifecycle::Stranded)
            .and_then(|version| version.figures.oldest_waiting);
        Verdict {
            word: column.word.clone(),
            name: column.name.clone(),
            href: column.href.clone(),
            standing: version.map(|version| LifecycleView::in_sentence(app, version, &sight)),
            sentence: version.map_or_else(String::new, |version| {
                let quiet = app.services.rules().retire_quiet.as_millis();
                sentence(
                    version,
                    u64::try_from(quiet).unwrap_or(u64::MAX),
                    sight.now(),
                )
            }),
            oldest: oldest.map(When::of),
            meant: version.and_then(|version| meant(app, version, &sight)),
            lacks: version.map_or("", lacks),
            acts: version.map_or_else(Acts::default, |version| {
                Acts::of(app, operator, version, several)
            }),
        }
    };
    columns.iter().map(verdict).collect()
}

/// What the lifecycle of a version means for whoever looks after it; `quiet` is how long a version must be unused before it
/// may be retired, and `now` the time, both in milliseconds.
fn sentence(version: &VersionFigures, quiet: u64, now: u64) -> String {
    let (figures, standing) = (&version.figures, version.standing);
    let left = figures.counts.outstanding();
    let attended = format!("{}, {}", counted(left, "job"), workers(version));
    match standing.lifecycle {
        Lifecycle::Stranded => {
            let grows = match version.drain(now).pace {
                Pace::Growing { .. } => " and growing",
                _ => "",
            };
            format!(
                "{} left{grows}, and no worker is connected",
                counted(left, "job")
            )
        }
        Lifecycle::RolledBack => {
            format!("it gets the new jobs although a newer version had taken over; {attended}")
        }
        Lifecycle::Current if left == 0 && figures.workers == Some(0) => {
            "no jobs, and no worker is connected".to_owned()
        }
        Lifecycle::Current => attended,
        Lifecycle::Draining if standing.is_newer => drain_words(&version.drain(now), now),
        Lifecycle::Draining => {
            let drain = draining(version, now);
            format!("{drain}; it can be retired {}", once(true, quiet))
        }
        Lifecycle::Idle if standing.is_current => {
            format!(
                "{}, and no job came in the last 5 minutes",
                workers(version)
            )
        }
        Lifecycle::Idle if standing.is_newer => format!("no jobs yet, {}", workers(version)),
        Lifecycle::Idle => format!(
            "no jobs left, {}; it can be retired {}",
            workers(version),
            once(true, quiet)
        ),
        Lifecycle::Drained if standing.is_newer => {
            "no jobs yet, and no worker is connected".to_owned()
        }
        Lifecycle::Drained => {
            let once = once(false, quiet);
            format!("no jobs left, and no worker is connected; it can be retired {once}")
        }
        Lifecycle::Unknown if figures.unnamed_workers => unnamed_words(figures),
        Lifecycle::Unknown => format!(
            "{}, and Redis does not say which workers are connected",
            counted(left, "job")
        ),
    }
}

/// How a draining version's jobs become fewer: `312 jobs left, empty in about 7 min`.
fn draining(version: &VersionFigures, now: u64) -> String {
    let drain = version.drain(now);
    match (drain.pace, drain.delayed) {
        (Pace::Shrinking { done_at, .. }, None) => format!(
            "{} left, empty in about {}",
            counted(drain.left, "job"),
            about(done_at.saturating_sub(now))
        ),
        _ => drain_words(&drain, now),
    }
}

/// What has to come first. Only the page that retires a version knows whether a scheduler or a flow still needs it.
fn once(has_workers: bool, quiet: u64) -> String {
    let stopped = if has_workers {
        "when its workers have stopped"
    } else {
        "when"
    };
    match (has_workers, quiet) {
        (true, 0) => stopped.to_owned(),
        (false, 0) => "if nothing else needs it".to_owned(),
        (true, quiet) => format!("{stopped} and it was unused for {}", about(quiet)),
        (false, quiet) => format!("{stopped} it was unused for {}", about(quiet)),
    }
}

fn workers(version: &VersionFigures) -> String {
    match version.figures.workers {
        None => "an unknown number of workers".to_owned(),
        Some(0) => "no workers".to_owned(),
        Some(workers) => counted(workers.into(), "worker"),
    }
}

/// `1 job`, `2 jobs`.
fn counted(number: u64, what: &str) -> String {
    match number {
        1 => format!("1 {what}"),
        number => format!("{} {what}s", thousands(number)),
    }
}

//! The verdict on each version of a family, as a sentence, with what can be done about it.

use super::actions::Acts;
use super::table::{Column, Columns};
use crate::domain::access::Operator;
use crate::domain::versions::drain::{Drain, Pace};
use crate::domain::versions::lifecycle::Lifecycle;
use crate::service::live::snapshot::{Snapshot, VersionFigures};
use crate::web::app::App;
use crate::web::html::format::{When, thousands};
use crate::web::versions::drain_text::{about, drain_words};
use crate::web::versions::lifecycle::{LifecycleView, ViewContext, lacks, meant, unnamed_words};
use crate::web::versions::stranded_text::{last_worker_words, since_words};

/// The verdict on one version.
pub(crate) struct Verdict {
    /// The place of its column, by which the page finds it again when the order changes.
    pub(crate) place: usize,
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

/// The verdicts on all versions of `columns`, for `operator`: what needs someone first, the others newest first.
pub(crate) fn verdicts_of(
    app: &App,
    operator: &Operator,
    snapshot: &Snapshot,
    columns: &Columns,
) -> Vec<Verdict> {
    let sight = ViewContext::new(operator.scope(), snapshot);
    let quiet = app.services.rules().retire_quiet.as_millis();
    let quiet = u64::try_from(quiet).unwrap_or(u64::MAX);
    let several = columns.len() > 1;
    let verdict = |(place, column): (usize, &Column)| {
        let version = snapshot.queue(&column.queue);
        let oldest = version
            .filter(|version| version.standing.lifecycle == Lifecycle::Stranded)
            .and_then(|version| version.figures.oldest_waiting);
        Verdict {
            place,
            word: column.word.clone(),
            name: column.name.clone(),
            href: column.href.clone(),
            standing: version.map(|version| LifecycleView::in_sentence(app, version, &sight)),
            sentence: version
                .map_or_else(String::new, |version| sentence(version, quiet, sight.now())),
            oldest: oldest.map(When::of),
            meant: version.and_then(|version| meant(app, version, &sight)),
            lacks: version.map_or("", lacks),
            acts: version.map_or_else(Acts::default, |version| {
                Acts::of(app, operator, version, several)
            }),
        }
    };
    let mut verdicts: Vec<Verdict> = columns.iter().enumerate().map(verdict).collect();
    let lifecycle = |verdict: &Verdict| {
        let column = columns.iter().nth(verdict.place)?;
        Some(snapshot.queue(&column.queue)?.standing.lifecycle)
    };
    verdicts.sort_by_key(|verdict| urgency(lifecycle(verdict)));
    verdicts
}

/// The order of the verdicts.
fn urgency(lifecycle: Option<Lifecycle>) -> u8 {
    match lifecycle {
        Some(Lifecycle::Stranded) => 0,
        Some(Lifecycle::RolledBack) => 1,
        _ => 2,
    }
}

/// What the lifecycle of a version means for whoever looks after it; `quiet` is how long a version must be unused before it
/// may be retired, and `now` the time, both in milliseconds.
fn sentence(version: &VersionFigures, quiet: u64, now: u64) -> String {
    let (figures, standing) = (&version.figures, version.standing);
    let drain = || version.drain(now);
    let outstanding = outstanding(figures.counts.outstanding());
    let workers = workers(figures.workers);
    match standing.lifecycle {
        Lifecycle::Stranded => {
            let since = version
                .stranded
                .as_ref()
                .map_or_else(String::new, |stranded| {
                    let since = since_words(stranded, now);
                    format!(" {since}; {}", last_worker_words(stranded))
                });
            stranded(&drain()) + &since
        }
        Lifecycle::RolledBack => {
            let facts = format!("{outstanding}, {workers}");
            format!("it gets the new jobs although a newer version had taken over; {facts}")
        }
        Lifecycle::Current => format!("{outstanding}, {workers}"),
        Lifecycle::Draining if standing.is_newer => draining(&drain(), now),
        Lifecycle::Draining => {
            let once = once(true, quiet);
            format!("{}; it can be retired {once}", draining(&drain(), now))
        }
        Lifecycle::Idle if standing.is_current => {
            format!("{outstanding}, {workers}, and no job was added in the last 5 minutes")
        }
        Lifecycle::Drained | Lifecycle::Idle if standing.is_newer => {
            format!("{outstanding}, {workers}")
        }
        Lifecycle::Drained | Lifecycle::Idle => {
            let once = once(standing.lifecycle == Lifecycle::Idle, quiet);
            format!("{outstanding}, {workers}; it can be retired {once}")
        }
        Lifecycle::Unknown if figures.unnamed_workers => {
            format!("{outstanding}; {}", unnamed_words(figures))
        }
        Lifecycle::Unknown => {
            format!("{outstanding}; Redis does not say which workers are connected")
        }
    }
}

/// What a version without workers has left: `2 jobs left and growing, and no workers`.
fn stranded(drain: &Drain) -> String {
    let left = counted(drain.left, "job");
    match drain.pace {
        Pace::Growing { .. } => format!("{left} left and growing, and no workers"),
        _ => format!("{left} left, and no workers"),
    }
}

/// How a draining version's jobs become fewer: `312 jobs left, empty in about 7 min`.
fn draining(drain: &Drain, now: u64) -> String {
    match (drain.pace, drain.delayed) {
        (Pace::Shrinking { done_at, .. }, None) => {
            let left = counted(drain.left, "job");
            match done_at.saturating_sub(now) {
                0..60_000 => format!("{left} left, empty in less than a minute"),
                wait => format!("{left} left, empty in about {}", about(wait)),
            }
        }
        _ => drain_words(drain, now),
    }
}

/// What has to happen before a version can be retired. Only the page that retires it knows whether a scheduler or a flow
/// still needs it.
fn once(has_workers: bool, quiet: u64) -> String {
    let unused = match quiet {
        0 => String::new(),
        1..60_000 => format!("{} s", quiet.div_ceil(1_000)),
        _ => about(quiet),
    };
    match (has_workers, unused.is_empty()) {
        (true, true) => "once its workers have stopped".to_owned(),
        (true, false) => {
            format!("once its workers have stopped and it has been unused for {unused}")
        }
        (false, true) => "now, unless a scheduler or a flow needs it".to_owned(),
        (false, false) => format!("once it has been unused for {unused}"),
    }
}

fn workers(workers: Option<u32>) -> String {
    match workers {
        None => "an unknown number of workers".to_owned(),
        Some(0) => "no workers".to_owned(),
        Some(workers) => counted(workers.into(), "worker"),
    }
}

fn outstanding(jobs: u64) -> String {
    match jobs {
        0 => "no jobs outstanding".to_owned(),
        jobs => format!("{} outstanding", counted(jobs, "job")),
    }
}

/// `1 job`, `2 jobs`.
fn counted(number: u64, what: &str) -> String {
    match number {
        1 => format!("1 {what}"),
        number => format!("{} {what}s", thousands(number)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::queue::DelayedSpan;

    const NOW: u64 = 1_700_000_000_000;
    const MINUTE: u64 = 60_000;

    fn drain(left: u64, pace: Pace, due: Option<u64>) -> Drain {
        let delayed = due.map(|due| DelayedSpan {
            next: NOW + due,
            last: NOW + due,
        });
        Drain {
            left,
            pace,
            delayed,
        }
    }

    fn shrinking(minutes: u64) -> Pace {
        Pace::Shrinking {
            per_minute: 40.0,
            over: 2,
            done_at: NOW + minutes * MINUTE,
        }
    }

    #[test]
    fn a_draining_version_says_when_it_will_be_empty_or_why_that_is_not_known() {
        let growing = Pace::Growing {
            per_minute: 2.0,
            over: 3,
        };
        for (drain, words) in [
            (
                drain(1_312, shrinking(7), None),
                "1,312 jobs left, empty in about 7 min",
            ),
            (
                drain(1, shrinking(0), None),
                "1 job left, empty in less than a minute",
            ),
            (
                drain(3, Pace::Measuring, None),
                "3 left, rate not measured yet",
            ),
            (
                drain(3, Pace::Still { over: 5 }, Some(2 * MINUTE)),
                "3 left, no fewer in the last 5 min; the next delayed job is due in 2 min",
            ),
            (
                drain(3, growing, None),
                "3 left, growing by 2.0 a minute over the last 3 min",
            ),
        ] {
            let said = draining(&drain, NOW);
            assert!(said.starts_with(words), "{said}");
        }
    }

    #[test]
    fn what_is_stranded_says_whether_it_grows() {
        let growing = Pace::Growing {
            per_minute: 2.0,
            over: 3,
        };
        let said = [
            drain(1, Pace::Measuring, None),
            drain(26, shrinking(1), None),
            drain(2, growing, None),
        ]
        .map(|drain| stranded(&drain));
        assert_eq!(
            said,
            [
                "1 job left, and no workers",
                "26 jobs left, and no workers",
                "2 jobs left and growing, and no workers",
            ]
        );
    }

    #[test]
    fn what_has_to_come_before_retiring_is_said_with_the_setting() {
        let said = [(true, 0), (true, 15 * MINUTE), (false, 0), (false, 20_000)];
        assert_eq!(
            said.map(|(has_workers, quiet)| once(has_workers, quiet)),
            [
                "once its workers have stopped",
                "once its workers have stopped and it has been unused for 15 min",
                "now, unless a scheduler or a flow needs it",
                "once it has been unused for 20 s",
            ]
        );
    }
}

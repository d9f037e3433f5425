//! Where a version stands, as pages show it: a chip with what it means, how its jobs drain, and which queue was probably
//! meant by its name.

use askama::Template;
use time::OffsetDateTime;
use time::macros::format_description;

use super::App;
use super::view::{day, thousands};
use crate::domain::drain::{Drain, Pace};
use crate::domain::lifecycle::{Lifecycle, Standing};
use crate::domain::queue::QueueId;
use crate::domain::scope::Scope;
use crate::service::sign_in::unix_millis;
use crate::service::snapshot::{Snapshot, VersionFigures};

const MINUTE_MS: u64 = 60_000;
const HOUR_MS: u64 = 60 * MINUTE_MS;
const DAY_MS: u64 = 24 * HOUR_MS;

/// Who looks, and at which moment's figures.
#[derive(Debug)]
pub(super) struct Sight<'a> {
    scope: &'a Scope,
    /// When the figures were checked last: `12:41:07 UTC`; empty before the first time.
    checked: String,
    now: u64,
}

impl<'a> Sight<'a> {
    pub(super) fn new(scope: &'a Scope, snapshot: &Snapshot) -> Self {
        let clock = |at: std::time::SystemTime| {
            let clock = format_description!("[hour]:[minute]:[second] UTC");
            // Every moment has an hour, a minute and a second.
            OffsetDateTime::from(at).format(clock).unwrap_or_default()
        };
        Self {
            scope,
            checked: snapshot.taken.map(clock).unwrap_or_default(),
            now: unix_millis(),
        }
    }
}

impl Sight<'_> {
    /// Whether one who looks may know of a queue.
    pub(super) fn sees(&self, queue: &QueueId) -> bool {
        self.scope.holds(queue)
    }
}

/// Where one version stands.
#[derive(Template)]
#[template(path = "_lifecycle.html")]
pub(super) struct LifecycleView {
    base: String,
    /// Whether there is anything to tell: a queue alone that works as it should needs no chip.
    chip: bool,
    class: &'static str,
    icon: &'static str,
    word: &'static str,
    title: String,
    pinned: bool,
    /// How its jobs drain; empty where that is no question.
    drain: String,
    /// The same with what it rests on, where it is told in few words.
    explained: String,
    /// The queue that was probably meant, and its address.
    meant: Option<(String, String)>,
    /// What is wrong with the one that was named.
    lacks: &'static str,
}

impl askama::filters::HtmlSafe for LifecycleView {}

impl LifecycleView {
    pub(super) fn new(app: &App, version: &VersionFigures, sight: &Sight<'_>) -> Self {
        let Standing {
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
                // Without workers nothing becomes less.
                Lifecycle::Stranded => left_words(&version.drain(sight.now)),
                _ => drain_words(&version.drain(sight.now), sight.now),
            },
            explained: String::new(),
            meant: meant(app, version, sight),
            lacks: lacks(version),
        }
    }

    /// The same in one line, for a row among many: the drain in a few words, and no hint.
    pub(super) fn brief(app: &App, version: &VersionFigures, sight: &Sight<'_>) -> Self {
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

/// The name and address of the queue that was probably meant, if one who looks may know of it.
pub(super) fn meant(
    app: &App,
    version: &VersionFigures,
    sight: &Sight<'_>,
) -> Option<(String, String)> {
    let queue = version.meant.as_ref().filter(|queue| sight.sees(queue))?;
    Some((queue.name().to_owned(), app.links().queue(queue, &[])))
}

/// What a queue with a wrong name lacks.
pub(super) fn lacks(version: &VersionFigures) -> &'static str {
    match version.figures.is_stranded() {
        true => "No workers here.",
        false => "No jobs come here.",
    }
}

/// Whether it is a question when its jobs will be done.
fn drains(version: &VersionFigures) -> bool {
    let Standing {
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

/// What a version's lifecycle means, and when it was looked at.
pub(super) fn title(version: &VersionFigures, sight: &Sight<'_>) -> String {
    let figures = &version.figures;
    let means = match version.standing.lifecycle {
        Lifecycle::Unknown if figures.unnamed_workers => {
            "a worker was here within the last half minute, but Redis names none: whether any is left can’t be told yet"
        }
        Lifecycle::Unknown => "Redis does not say which workers are connected",
        Lifecycle::Stranded => "jobs are outstanding and no worker is connected",
        Lifecycle::RolledBack => "it gets the new jobs although a newer version had taken over",
        Lifecycle::Current if version.standing.is_pinned => "pinned as the current version",
        Lifecycle::Current if figures.workers == Some(0) => {
            "the newest version; no worker is connected"
        }
        Lifecycle::Current => "the newest version with workers",
        Lifecycle::Draining => "not the current version; its workers do what is left",
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

/// How a version drains in so few words that they fit a row: `312 left, about 8 min`.
fn brief_words(drain: &Drain, now: u64) -> String {
    let left = left_words(drain);
    let kept_until = drain.delayed.map(|span| span.last);
    match (drain.pace, kept_until) {
        (Pace::Growing { .. }, _) => left,
        (_, Some(last)) if last >= now + 2 * DAY_MS => format!("{left}, kept until {}", day(last)),
        (Pace::Shrinking { done_at, .. }, _) => {
            format!("{left}, about {}", about(done_at.saturating_sub(now)))
        }
        (_, Some(last)) if last > now => format!("{left}, kept for {}", about(last - now)),
        _ => left,
    }
}

/// How much is left, and whether it becomes more.
fn left_words(drain: &Drain) -> String {
    let left = thousands(drain.left);
    match drain.pace {
        Pace::Growing { .. } => format!("{left} left and growing"),
        _ => format!("{left} left"),
    }
}

/// How a version's jobs drain, in words: `312 left, 42 fewer a minute over 15 min, done in about 8 min`.
pub(super) fn drain_words(drain: &Drain, now: u64) -> String {
    if drain.left == 0 {
        return String::new();
    }
    let left = thousands(drain.left);
    let mut words = match drain.pace {
        Pace::Measuring => format!("{left} left, speed not measured yet"),
        Pace::Still { over } => format!("{left} left, none fewer over {over} min"),
        Pace::Growing { per_minute, over } => {
            format!(
                "{left} left and growing, {} more a minute over {over} min",
                amount(per_minute)
            )
        }
        Pace::Shrinking {
            per_minute,
            over,
            done_at,
        } => {
            let speed = format!(
                "{left} left, {} fewer a minute over {over} min",
                amount(per_minute)
            );
            match done_at.saturating_sub(now) {
                // Said by the delayed jobs below.
                _ if is_kept_by_delayed(drain, done_at) => speed,
                wait => format!("{speed}, done in about {}", about(wait)),
            }
        }
    };
    if let Some(span) = drain.delayed {
        words.push_str(&delayed_words(span.next, span.last, now));
    }
    words
}

fn is_kept_by_delayed(drain: &Drain, done_at: u64) -> bool {
    drain.delayed.is_some_and(|span| span.last == done_at)
}

fn delayed_words(next: u64, last: u64, now: u64) -> String {
    let next = match next.saturating_sub(now) {
        0 => "a delayed job is due now".to_owned(),
        wait => format!("the next delayed job is due in {}", about(wait)),
    };
    match last.saturating_sub(now) {
        0..HOUR_MS => format!("; {next}"),
        wait @ HOUR_MS..172_800_000 => {
            format!(
                "; {next}, and delayed jobs keep it for another {}",
                about(wait)
            )
        }
        _ => format!("; {next}, and delayed jobs keep it until {}", day(last)),
    }
}

/// A speed: whole from ten on, one digit more below.
fn amount(per_minute: f64) -> String {
    match per_minute >= 9.95 {
        true => thousands(per_minute.round() as u64),
        false => format!("{per_minute:.1}"),
    }
}

/// A length of time as an estimate is said: `less than a minute`, `8 min`, `3 h`, `12 d`.
pub(super) fn about(millis: u64) -> String {
    match millis {
        0..MINUTE_MS => "less than a minute".to_owned(),
        MINUTE_MS..5_400_000 => format!("{} min", millis.div_ceil(MINUTE_MS)),
        5_400_000..172_800_000 => format!("{} h", (millis + HOUR_MS / 2) / HOUR_MS),
        _ => format!("{} d", (millis + 12 * HOUR_MS) / (24 * HOUR_MS)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::queue::DelayedSpan;

    const NOW: u64 = 1_700_000_000_000;

    fn said(left: u64, pace: Pace, delayed: Option<(u64, u64)>) -> String {
        let delayed = delayed.map(|(next, last)| DelayedSpan { next, last });
        drain_words(
            &Drain {
                left,
                pace,
                delayed,
            },
            NOW,
        )
    }

    #[test]
    fn a_drain_is_said_with_what_it_rests_on() {
        let shrinking = |done_at| Pace::Shrinking {
            per_minute: 42.0,
            over: 15,
            done_at,
        };
        for (said, expected) in [
            (said(0, Pace::Measuring, None), ""),
            (
                said(3, Pace::Measuring, None),
                "3 left, speed not measured yet",
            ),
            (
                said(1_312, shrinking(NOW + 8 * MINUTE_MS), None),
                "1,312 left, 42 fewer a minute over 15 min, done in about 8 min",
            ),
            (
                said(
                    3,
                    Pace::Growing {
                        per_minute: 1.25,
                        over: 4,
                    },
                    None,
                ),
                "3 left and growing, 1.2 more a minute over 4 min",
            ),
            (
                said(3, Pace::Still { over: 15 }, None),
                "3 left, none fewer over 15 min",
            ),
            (
                said(
                    3,
                    Pace::Still { over: 15 },
                    Some((NOW + 120_000, NOW + 120_000)),
                ),
                "3 left, none fewer over 15 min; the next delayed job is due in 2 min",
            ),
            (
                said(
                    3,
                    shrinking(NOW + 30 * 24 * HOUR_MS),
                    Some((NOW, NOW + 30 * 24 * HOUR_MS)),
                ),
                "3 left, 42 fewer a minute over 15 min; a delayed job is due now, and delayed jobs keep it until 2023-12-14",
            ),
        ] {
            assert_eq!(said, expected);
        }
    }

    #[test]
    fn a_row_says_a_drain_in_few_words() {
        let brief = |pace, last: Option<u64>| {
            let delayed = last.map(|last| DelayedSpan { next: NOW, last });
            let left = 3;
            brief_words(
                &Drain {
                    left,
                    pace,
                    delayed,
                },
                NOW,
            )
        };
        let (per_minute, over, done_at) = (42.0, 15, NOW + 8 * MINUTE_MS);
        let shrinking = Pace::Shrinking {
            per_minute,
            over,
            done_at,
        };
        for (said, expected) in [
            (brief(Pace::Measuring, None), "3 left"),
            (
                brief(Pace::Growing { per_minute, over }, None),
                "3 left and growing",
            ),
            (brief(shrinking, None), "3 left, about 8 min"),
            (
                brief(shrinking, Some(NOW + 30 * DAY_MS)),
                "3 left, kept until 2023-12-14",
            ),
            (
                brief(Pace::Still { over }, Some(NOW + 3 * HOUR_MS)),
                "3 left, kept for 3 h",
            ),
        ] {
            assert_eq!(said, expected);
        }
    }

    #[test]
    fn an_estimate_is_rounded_as_one() {
        let said = [30_000, 61_000, 5_400_000, 172_800_000].map(about);
        assert_eq!(said, ["less than a minute", "2 min", "2 h", "2 d"]);
    }
}

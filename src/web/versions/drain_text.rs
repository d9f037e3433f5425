//! How a version drains, in words: the jobs left, the speed, and when it will be empty.

use crate::domain::versions::drain::{Drain, Pace};
use crate::web::html::format::{day, thousands};

const MINUTE_MS: u64 = 60_000;
const HOUR_MS: u64 = 60 * MINUTE_MS;
const DAY_MS: u64 = 24 * HOUR_MS;

/// How a version drains, in a few words for a row: `312 left, about 8 min`.
pub(crate) fn brief_words(drain: &Drain, now: u64) -> String {
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

/// How many jobs are left, and whether the number grows.
pub(crate) fn left_words(drain: &Drain) -> String {
    let left = thousands(drain.left);
    match drain.pace {
        Pace::Growing { .. } => format!("{left} left and growing"),
        _ => format!("{left} left"),
    }
}

/// How a version's jobs drain, in words: `312 left, falling by 42 a minute over the last 15 min, empty in about 8 min`.
pub(crate) fn drain_words(drain: &Drain, now: u64) -> String {
    if drain.left == 0 {
        return String::new();
    }
    let left = thousands(drain.left);
    let mut words = match drain.pace {
        Pace::Measuring => format!("{left} left, rate not measured yet"),
        Pace::Still { over } => format!("{left} left, no fewer in the last {over} min"),
        Pace::Growing { per_minute, over } => {
            format!(
                "{left} left, growing by {} a minute over the last {over} min",
                amount(per_minute)
            )
        }
        Pace::Shrinking {
            per_minute,
            over,
            done_at,
        } => {
            let speed = format!(
                "{left} left, falling by {} a minute over the last {over} min",
                amount(per_minute)
            );
            match done_at.saturating_sub(now) {
                // The text on delayed jobs below says it.
                _ if is_kept_by_delayed(drain, done_at) => speed,
                wait => format!("{speed}, empty in about {}", about(wait)),
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

/// A speed: a whole number from ten on, with one decimal below.
fn amount(per_minute: f64) -> String {
    match per_minute >= 9.95 {
        true => thousands(per_minute.round() as u64),
        false => format!("{per_minute:.1}"),
    }
}

/// An estimated duration: `less than a minute`, `8 min`, `3 h`, `12 d`.
pub(crate) fn about(millis: u64) -> String {
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
                "3 left, rate not measured yet",
            ),
            (
                said(1_312, shrinking(NOW + 8 * MINUTE_MS), None),
                "1,312 left, falling by 42 a minute over the last 15 min, empty in about 8 min",
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
                "3 left, growing by 1.2 a minute over the last 4 min",
            ),
            (
                said(3, Pace::Still { over: 15 }, None),
                "3 left, no fewer in the last 15 min",
            ),
            (
                said(
                    3,
                    Pace::Still { over: 15 },
                    Some((NOW + 120_000, NOW + 120_000)),
                ),
                "3 left, no fewer in the last 15 min; the next delayed job is due in 2 min",
            ),
            (
                said(
                    3,
                    shrinking(NOW + 30 * 24 * HOUR_MS),
                    Some((NOW, NOW + 30 * 24 * HOUR_MS)),
                ),
                "3 left, falling by 42 a minute over the last 15 min; a delayed job is due now, and delayed jobs keep it until 2023-12-14",
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

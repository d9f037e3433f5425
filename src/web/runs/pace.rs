//! How long a run takes, and how fast it is, in words.

use crate::web::html::format::{duration, thousands};

/// How long a run takes, and how fast it is.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Pace {
    /// From its beginning to its last step, pauses included.
    pub(super) duration: String,
    /// Empty where nothing can be said yet.
    pub(super) speed: String,
    /// About how long it will still take; empty unless it is at work.
    pub(super) left: String,
}

impl Pace {
    /// The pace of a run that took so many milliseconds for the jobs it `looked_at`, of `total`.
    pub(super) fn new(took: u64, looked_at: u64, total: u64, at_work: bool) -> Self {
        let took = took.max(1);
        let a_minute = looked_at.saturating_mul(60_000) / took;
        let left = match looked_at {
            0 => 0,
            done => took.saturating_mul(total.saturating_sub(done)) / done,
        };
        Self {
            duration: duration(took),
            speed: match a_minute {
                0 => String::new(),
                1 => "1 job a minute".to_owned(),
                120.. => format!("{} jobs a second", thousands(a_minute / 60)),
                jobs => format!("{} jobs a minute", thousands(jobs)),
            },
            left: match at_work && left > 0 {
                true => format!("about {}", duration(left.div_ceil(1_000) * 1_000)),
                false => String::new(),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_at_work_says_how_long_it_will_take_and_an_ended_one_how_long_it_took() {
        let told = |took, looked_at, total, at_work| {
            let pace = Pace::new(took, looked_at, total, at_work);
            [pace.duration, pace.speed, pace.left].join("; ")
        };
        assert_eq!(
            told(10_000, 5_000, 20_000, true),
            "10.0 s; 500 jobs a second; about 30.0 s"
        );
        assert_eq!(
            told(10_000, 5_000, 20_000, false),
            "10.0 s; 500 jobs a second; "
        );
        assert_eq!(told(60_000, 7, 7, true), "1 min 0 s; 7 jobs a minute; ");
        assert_eq!(told(0, 0, 391, true), "1 ms; ; ");
        assert_eq!(
            told(u64::MAX, u64::MAX, u64::MAX, true)
                .matches(';')
                .count(),
            2
        );
    }
}

//! What is in force in a queue that an operation changes: in words, and as it would be typed into the operation's form.

use super::QueueOperation;
use crate::domain::operations::parameters::how_long;

/// What a queue keeps of its limits, as it is stored, and how many events it has.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct QueueLimits {
    /// How many jobs may be active at once.
    pub concurrency: Option<String>,
    /// How many jobs may begin within a time.
    pub max: Option<String>,
    /// That time, in milliseconds.
    pub duration: Option<String>,
    /// How many events its stream has.
    pub events: u64,
}

/// What is in force.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct InForce {
    /// In words: `Now: 5 active jobs at once.`
    pub words: String,
    /// The same by the names of the operation's parameters; none where nothing is set.
    pub typed: Vec<(&'static str, String)>,
}

impl QueueOperation {
    /// Whether it changes anything that [`QueueLimits`] tells of.
    pub fn changes_limits(self) -> bool {
        matches!(
            self,
            Self::LimitConcurrency | Self::LimitRate | Self::TrimEvents
        )
    }

    /// What is in force of what it changes; nothing where it changes no limits.
    pub fn in_force(self, limits: &QueueLimits) -> InForce {
        match self {
            Self::LimitConcurrency => concurrency(limits),
            Self::LimitRate => rate(limits),
            Self::TrimEvents => InForce {
                words: match limits.events {
                    1 => "Now: 1 event.".to_owned(),
                    events => format!("Now: {events} events."),
                },
                typed: Vec::new(),
            },
            _ => InForce::default(),
        }
    }
}

/// A limit that is set; BullMQ takes 0 for none.
fn number(stored: Option<&String>) -> Option<u64> {
    stored?.parse().ok().filter(|number| *number > 0)
}

fn no_limit() -> InForce {
    InForce {
        words: "Now: no limit.".to_owned(),
        typed: Vec::new(),
    }
}

/// What is said of a limit that this program can't read, and so does not put into the form.
fn odd(stored: &str) -> InForce {
    let shown: String = stored.chars().take(60).collect();
    InForce {
        words: format!("Now: {shown:?}, which is no limit that BullMQ makes."),
        typed: Vec::new(),
    }
}

fn concurrency(limits: &QueueLimits) -> InForce {
    match (number(limits.concurrency.as_ref()), &limits.concurrency) {
        (Some(jobs), _) => InForce {
            words: match jobs {
                1 => "Now: 1 active job at once.".to_owned(),
                jobs => format!("Now: {jobs} active jobs at once."),
            },
            typed: vec![("concurrency", jobs.to_string())],
        },
        (None, None) => no_limit(),
        (None, Some(stored)) if stored == "0" => no_limit(),
        (None, Some(stored)) => odd(stored),
    }
}

fn rate(limits: &QueueLimits) -> InForce {
    let (max, duration) = (limits.max.as_ref(), limits.duration.as_ref());
    match (number(max), number(duration)) {
        (Some(jobs), Some(millis)) => InForce {
            words: match jobs {
                1 => format!("Now: 1 job within {}.", how_long(millis)),
                jobs => format!("Now: {jobs} jobs within {}.", how_long(millis)),
            },
            typed: vec![("max", jobs.to_string()), ("duration", how_long(millis))],
        },
        _ => match (max, duration) {
            (None, None) => no_limit(),
            (max, duration) => odd(&format!(
                "{} within {} ms",
                max.map_or("?", String::as_str),
                duration.map_or("?", String::as_str)
            )),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::operations::parameters::Parameters;

    fn limits(concurrency: &str, max: &str, duration: &str) -> QueueLimits {
        let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        QueueLimits {
            concurrency: some(concurrency),
            max: some(max),
            duration: some(duration),
            events: 3,
        }
    }

    #[test]
    fn what_is_in_force_can_be_typed_again_as_it_is() {
        let limits = limits("5", "100", "90000");
        for (operation, words, told) in [
            (
                QueueOperation::LimitConcurrency,
                "Now: 5 active jobs at once.",
                vec!["5"],
            ),
            (
                QueueOperation::LimitRate,
                "Now: 100 jobs within 1m 30s.",
                vec!["100", "90000"],
            ),
        ] {
            let in_force = operation.in_force(&limits);
            assert_eq!(in_force.words, words);
            let typed = |name: &str| {
                let found = in_force.typed.iter().find(|(other, _)| *other == name);
                found.map(|(_, text)| text.as_str())
            };
            let parsed = Parameters::parse(operation.spec().parameters, typed, 0);
            assert_eq!(parsed.unwrap().for_script(), told);
        }
    }

    #[test]
    fn no_limit_and_an_odd_one_are_said_and_not_typed() {
        for (limits, words) in [
            (limits("", "", ""), "Now: no limit."),
            (limits("0", "", ""), "Now: no limit."),
            (
                limits("many", "", ""),
                "Now: \"many\", which is no limit that BullMQ makes.",
            ),
        ] {
            let in_force = QueueOperation::LimitConcurrency.in_force(&limits);
            assert_eq!((in_force.words.as_str(), in_force.typed.len()), (words, 0));
        }
        let half = QueueOperation::LimitRate.in_force(&limits("", "7", ""));
        assert!(half.words.contains("7 within ? ms"), "{}", half.words);
        assert!(!QueueOperation::Drain.changes_limits());
    }
}

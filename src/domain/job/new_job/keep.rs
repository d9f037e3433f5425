//! Whether a job stays once it has finished: `removeOnComplete` and `removeOnFail`.

use serde_json::{Value, json};

use super::durations::as_duration;
use crate::domain::operations::parameters::duration;

/// Whether a job stays once it has finished.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keep {
    /// It is removed.
    Nothing,
    /// It stays.
    All,
    /// It stays while it is among so many of the newest.
    Newest(u64),
    /// It stays for so many seconds, and while it is among so many of the newest, if that is said.
    Aged(u64, Option<u64>),
}

/// What may be typed.
const ALLOWED: &str = "Allowed is yes, no, how many to keep, such as 1000, for how long, such as 24 h, or both, such as 1000, 24 h.";

/// The largest number of jobs.
const MOST: u64 = 1_000_000_000;

impl Keep {
    /// Reads what a person typed; `None` for nothing.
    ///
    /// # Errors
    /// What is wrong with it, and what is allowed.
    pub(super) fn parse(text: &str) -> Result<Option<Self>, String> {
        let wrong = || format!("can't be {text:?}. {ALLOWED}");
        let keep = match text {
            "" => return Ok(None),
            "yes" => Self::Nothing,
            "no" => Self::All,
            text => {
                let (mut count, mut age) = (None, None);
                for part in text.split(',').map(str::trim) {
                    let number = part.parse::<u64>().ok().filter(|number| *number <= MOST);
                    let seconds = || duration(part).map(|age| age.as_secs());
                    match (number, seconds()) {
                        (Some(number), _) if count.is_none() => count = Some(number),
                        (None, Some(seconds)) if age.is_none() && seconds > 0 => {
                            age = Some(seconds);
                        }
                        _ => return Err(wrong()),
                    }
                }
                match (age, count) {
                    (Some(age), count) => Self::Aged(age, count),
                    (None, Some(count)) => Self::Newest(count),
                    (None, None) => return Err(wrong()),
                }
            }
        };
        Ok(Some(keep))
    }

    /// As it would be typed.
    pub(super) fn typed(self) -> String {
        match self {
            Self::Nothing => "yes".to_owned(),
            Self::All => "no".to_owned(),
            Self::Newest(count) => count.to_string(),
            Self::Aged(age, None) => as_duration(age * 1000),
            Self::Aged(age, Some(count)) => {
                format!("{count}, {}", as_duration(age * 1000))
            }
        }
    }

    /// As a program gives it to BullMQ.
    pub(super) fn value(self) -> Value {
        match self {
            Self::Nothing => json!(true),
            Self::All => json!(false),
            Self::Newest(count) => json!(count),
            Self::Aged(age, None) => json!({ "age": age }),
            Self::Aged(age, Some(count)) => json!({ "age": age, "count": count }),
        }
    }

    /// From what a job's options hold; `None` where no field of the form says the same.
    pub(super) fn of_value(value: &Value) -> Option<Self> {
        match value {
            Value::Bool(true) => Some(Self::Nothing),
            Value::Bool(false) => Some(Self::All),
            Value::Number(count) => count.as_u64().map(Self::Newest),
            Value::Object(parts) => {
                let known = parts.keys().all(|key| key == "age" || key == "count");
                let number = |key: &str| parts.get(key).map(Value::as_u64);
                match (known, number("age"), number("count")) {
                    (true, Some(Some(age)), None) if age > 0 => Some(Self::Aged(age, None)),
                    (true, Some(Some(age)), Some(Some(count))) if age > 0 => {
                        Some(Self::Aged(age, Some(count)))
                    }
                    (true, None, Some(Some(count))) => Some(Self::Newest(count)),
                    _ => None,
                }
            }
            _ => None,
        }
    }
}

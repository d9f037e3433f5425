//! What ends a stuck job: an active one that no worker holds any more.

use serde_json::Value;

use super::Operation;

impl Operation {
    /// Whether it ends a job that is stuck.
    pub fn ends_stuck(self) -> bool {
        matches!(self, Self::FailStuck | Self::CompleteStuck)
    }

    /// Whether a job with these options, in JSON, is removed once it has ended so.
    pub fn is_end_of(self, options: &[u8]) -> bool {
        let rule = match self {
            Self::FailStuck => "removeOnFail",
            Self::CompleteStuck => "removeOnComplete",
            _ => return false,
        };
        let Ok(options) = serde_json::from_slice::<Value>(options) else {
            return false;
        };
        let is_0 = |value: &Value| value.as_f64() == Some(0.0);
        match &options[rule] {
            Value::Bool(is_removed) => *is_removed,
            Value::Object(rule) => rule.get("count").is_some_and(is_0),
            rule => is_0(rule),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_job_is_removed_where_its_options_keep_none() {
        for (options, failed, completed) in [
            (r#"{"removeOnFail":true}"#, true, false),
            (
                r#"{"removeOnFail":0,"removeOnComplete":{"count":0}}"#,
                true,
                true,
            ),
            (
                r#"{"removeOnFail":false,"removeOnComplete":{"age":0}}"#,
                false,
                false,
            ),
            (r#"{"removeOnComplete":{"age":5,"count":0.0}}"#, false, true),
            (r#"{"removeOnComplete":10}"#, false, false),
            ("[1]", false, false),
            ("no JSON", false, false),
        ] {
            let of = |operation: Operation| operation.is_end_of(options.as_bytes());
            assert_eq!(of(Operation::FailStuck), failed, "{options}");
            assert_eq!(of(Operation::CompleteStuck), completed, "{options}");
        }
    }
}

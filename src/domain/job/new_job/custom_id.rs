//! Which ids of its own a job may have.

use crate::domain::job::JobId;

/// The id, or why it can't be one. What depends on the queue and its BullMQ is checked elsewhere.
///
/// BullMQ 5 and 6 refuse integers; 4 takes them and warns. It counts ids up itself, and the job that is given a taken one
/// replaces the other, so they are refused whatever the version.
pub(super) fn custom_id(text: &str) -> Result<Option<JobId>, &'static str> {
    let Some(id) = JobId::new(text) else {
        return Ok(None);
    };
    if text == "0" || text.starts_with("0:") {
        return Err("can't be 0 or begin with 0:. BullMQ has such ids for itself.");
    }
    if is_integer(text) {
        return Err("can't be an integer. BullMQ counts those up, and would give the id again.");
    }
    match text.contains(char::is_control) {
        true => Err("can't hold control characters."),
        false => Ok(Some(id)),
    }
}

/// Whether JavaScript's `String(parseInt(text, 10))` is `text`.
fn is_integer(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let all_digits = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    // From here on JavaScript writes an exponent.
    const LARGEST_WRITTEN_OUT: f64 = 1e21;
    let number = text.parse::<f64>().ok().filter(|_| all_digits);
    // -0 is written 0.
    let written = number.filter(|number| number.abs() < LARGEST_WRITTEN_OUT && text != "-0");
    text == "NaN" || written.is_some_and(|number| number.to_string() == text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_own_id_is_refused_where_bullmq_refuses_it() {
        for id in [
            "0",
            "0:a",
            "1",
            "-5",
            "17",
            "NaN",
            "9007199254740992",
            "12345678901234567000",
            "a\nb",
        ] {
            assert!(custom_id(id).is_err(), "{id}");
        }
        for id in [
            "a",
            "007",
            "1.5",
            "1e3",
            "+7",
            "-0",
            "a:b:c",
            "9007199254740993",
            "12345678901234567890",
            "1000000000000000000000",
            "order/17 ü",
            "-",
        ] {
            assert!(matches!(custom_id(id), Ok(Some(_))), "{id}");
        }
        assert_eq!(custom_id(""), Ok(None));
    }
}

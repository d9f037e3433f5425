//! A stored scheduler as the fields of the form that changes it.

use std::collections::HashMap;

use serde_json::{Map, Value};

use super::TemplateOption;
use super::fields::{BY_INTERVAL, BY_PATTERN, END, EVERY, LIMIT, PATTERN, REPEAT, START, ZONE};
use crate::domain::job::new_job::carried::carried_over;
use crate::domain::job::new_job::durations::as_duration;
use crate::domain::operations::parameters::rfc3339;
use crate::domain::queue::QueueId;
use crate::domain::schedulers::scheduler::{Schedule, Scheduler};

/// The options that a field of the form may say the same of.
const WITH_FIELDS: [&str; 6] = [
    "priority",
    "lifo",
    "attempts",
    "backoff",
    "removeOnComplete",
    "removeOnFail",
];

/// The fields that say when a scheduler runs.
pub(crate) fn timing_typed(scheduler: &Scheduler) -> HashMap<String, String> {
    let mut typed = HashMap::new();
    let mut put = |name: &str, text: String| typed.insert(name.to_owned(), text);
    match &scheduler.schedule {
        Schedule::Pattern { pattern, zone } => {
            put(REPEAT, BY_PATTERN.to_owned());
            put(PATTERN, pattern.clone());
            put(ZONE, zone.clone().unwrap_or_default());
        }
        Schedule::Every(millis) => {
            put(REPEAT, BY_INTERVAL.to_owned());
            put(EVERY, as_duration(*millis));
        }
        Schedule::Unknown => {}
    }
    for (name, time) in [(START, scheduler.start), (END, scheduler.end)] {
        if let Some(time) = time {
            put(name, rfc3339(time));
        }
    }
    if let Some(limit) = scheduler.limit {
        put(LIMIT, limit.to_string());
    }
    typed
}

/// What stored options mean as fields of the form, and those that no field says the same of, which stay as they are.
///
/// # Errors
/// If they can't be read.
pub(crate) fn template_typed(
    stored: Option<&[u8]>,
    queue: &QueueId,
) -> Result<(HashMap<String, String>, Vec<TemplateOption>), &'static str> {
    let Some(stored) = stored else {
        return Ok((HashMap::new(), Vec::new()));
    };
    let Ok(Value::Object(options)) = serde_json::from_slice::<Value>(stored) else {
        return Err("The stored options of its jobs can't be read, so it can't be changed here.");
    };
    let (with_fields, others): (Map<String, Value>, Map<String, Value>) = options
        .into_iter()
        .partition(|(name, _)| WITH_FIELDS.contains(&name.as_str()));
    let text = Value::Object(with_fields.clone()).to_string();
    let (typed, left) = carried_over(text.as_bytes(), queue, |_| false);
    let unsaid = with_fields
        .into_iter()
        .filter(|(name, _)| left.contains(name));
    let others = others.into_iter().filter(|(_, value)| !value.is_null());
    Ok((typed, unsaid.chain(others).collect()))
}

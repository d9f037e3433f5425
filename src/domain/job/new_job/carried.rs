//! The options of a job as the fields of a form that adds another like it.

use std::collections::HashMap;

use serde_json::Value;

use super::durations::as_duration;
use super::fields::{
    BACKOFF, BACKOFF_DELAY, DEDUPLICATION, DEDUPLICATION_TTL, ON_COMPLETE, ON_FAIL, ON_FAILURE,
    PARENT_ID, PARENT_QUEUE,
};
use super::keep::Keep;
use crate::domain::queue::QueueId;

/// What the options of a job of `queue` mean as fields of the form, and the names of those that no field says the same of.
/// `sees` is whether the person may know of a queue; of a parent in another nothing is said. The job's own id is left out.
pub(crate) fn carried_over(
    options: &[u8],
    queue: &QueueId,
    sees: impl Fn(&QueueId) -> bool,
) -> (HashMap<String, String>, Vec<String>) {
    let (mut typed, mut left) = (HashMap::new(), Vec::new());
    let Ok(Value::Object(options)) = serde_json::from_slice::<Value>(options) else {
        return (typed, left);
    };
    for (name, value) in &options {
        if value.is_null() {
            continue;
        }
        let fields = match name.as_str() {
            "jobId" => Some(Vec::new()),
            "parent" => match parent(value, queue) {
                Some((parent, _)) if !sees(&parent) => Some(Vec::new()),
                found => found.map(|(_, fields)| fields),
            },
            name => fields_of(name, value),
        };
        match fields {
            Some(fields) => {
                typed.extend(
                    fields
                        .into_iter()
                        .map(|(name, text)| (name.to_owned(), text)),
                );
            }
            None => left.push(name.clone()),
        }
    }
    if !typed.contains_key(PARENT_ID) {
        typed.remove(ON_FAILURE);
    }
    (typed, left)
}

type Fields = Vec<(&'static str, String)>;

fn fields_of(name: &str, value: &Value) -> Option<Fields> {
    let on_failure =
        |option: &str| (value == &Value::Bool(true)).then(|| vec![(ON_FAILURE, option.to_owned())]);
    match name {
        "attempts" => Some(vec![("attempts", value.as_u64()?.to_string())]),
        "delay" => Some(match value.as_u64()? {
            0 => Vec::new(),
            delay => vec![("delay", as_duration(delay))],
        }),
        "priority" => Some(vec![("priority", value.as_u64()?.to_string())]),
        "lifo" => Some(match value.as_bool()? {
            true => vec![("lifo", "1".to_owned())],
            false => Vec::new(),
        }),
        "backoff" => backoff(value),
        "de" => deduplication(value),
        "removeOnComplete" => Some(vec![(ON_COMPLETE, Keep::of_value(value)?.typed())]),
        "removeOnFail" => Some(vec![(ON_FAIL, Keep::of_value(value)?.typed())]),
        "fpof" => on_failure("failParentOnFailure"),
        "rdof" => on_failure("removeDependencyOnFailure"),
        "idof" => on_failure("ignoreDependencyOnFailure"),
        "cpof" => on_failure("continueParentOnFailure"),
        _ => None,
    }
}

fn backoff(value: &Value) -> Option<Fields> {
    let parts = value.as_object()?;
    let kind = parts.get("type")?.as_str()?;
    let delay = parts.get("delay")?.as_u64().filter(|delay| *delay > 0)?;
    let known = parts.len() == 2 && matches!(kind, "fixed" | "exponential");
    known.then(|| {
        vec![
            (BACKOFF, kind.to_owned()),
            (BACKOFF_DELAY, as_duration(delay)),
        ]
    })
}

fn deduplication(value: &Value) -> Option<Fields> {
    let parts = value.as_object()?;
    let id = parts.get("id")?.as_str()?.to_owned();
    match (parts.len(), parts.get("ttl").map(Value::as_u64)) {
        (1, None) => Some(vec![(DEDUPLICATION, id)]),
        (2, Some(Some(ttl))) if ttl > 0 => Some(vec![
            (DEDUPLICATION, id),
            (DEDUPLICATION_TTL, as_duration(ttl)),
        ]),
        _ => None,
    }
}

/// The parent's queue, and its fields; `None` where it is under another prefix.
fn parent(value: &Value, queue: &QueueId) -> Option<(QueueId, Fields)> {
    let id = value.get("id")?.as_str()?.to_owned();
    let key = value.get("queue")?.as_str()?;
    let name = key.strip_prefix(queue.prefix())?.strip_prefix(':')?;
    let parent = QueueId::new(queue.prefix(), name).ok()?;
    let fields = vec![(PARENT_ID, id), (PARENT_QUEUE, name.to_owned())];
    Some((parent, fields))
}

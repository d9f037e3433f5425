//! The options of a new job as a program gives them to BullMQ, and in words.

use serde_json::{Value, json};

use super::durations::as_duration;
use super::keep::Keep;
use super::options::JobOptions;

impl JobOptions {
    /// A JSON list of the options and their values, in an order in which a program may give them. BullMQ's own text of the
    /// options depends on that order.
    pub fn pairs(&self) -> String {
        let mut pairs: Vec<(&str, Value)> = Vec::new();
        let mut pair = |name, value: Value| pairs.push((name, value));
        if self.delay > 0 {
            pair("delay", json!(self.delay));
        }
        if self.priority > 0 {
            pair("priority", json!(self.priority));
        }
        if self.lifo {
            pair("lifo", json!(true));
        }
        if self.attempts > 0 {
            pair("attempts", json!(self.attempts));
        }
        if let Some(backoff) = &self.backoff {
            pair(
                "backoff",
                json!({ "type": backoff.kind, "delay": backoff.delay }),
            );
        }
        if let Some(id) = &self.id {
            pair("jobId", json!(id.as_str()));
        }
        if let Some(deduplication) = &self.deduplication {
            let value = match deduplication.ttl {
                Some(ttl) => json!({ "id": deduplication.id, "ttl": ttl }),
                None => json!({ "id": deduplication.id }),
            };
            pair("deduplication", value);
        }
        if let Some(keep) = self.remove_on_complete {
            pair("removeOnComplete", keep.value());
        }
        if let Some(keep) = self.remove_on_fail {
            pair("removeOnFail", keep.value());
        }
        if let Some(parent) = &self.parent {
            let queue = &parent.job.queue;
            let key = format!("{}:{}", queue.prefix(), queue.name());
            pair(
                "parent",
                json!({ "id": parent.job.id.as_str(), "queue": key }),
            );
            if let Some(option) = parent.on_failure {
                pair(option, json!(true));
            }
        }
        Value::from_iter(pairs.into_iter().map(|(name, value)| json!([name, value]))).to_string()
    }

    /// For the audit log: what differs from a job without options. Never the parent's queue, which its reader may not see.
    pub fn words(&self) -> String {
        let keep =
            |label: &str, keep: Option<Keep>| keep.map(|keep| format!("{label}: {}", keep.typed()));
        let positive =
            |label: &str, number: u64| (number > 0).then(|| format!("{label}: {number}"));
        let said = [
            (self.delay > 0).then(|| format!("Delay: {}", as_duration(self.delay))),
            positive("Priority", self.priority),
            self.lifo.then(|| "LIFO".to_owned()),
            positive("Attempts", self.attempts),
            self.backoff
                .as_ref()
                .map(|backoff| format!("Backoff: {} {}", backoff.kind, as_duration(backoff.delay))),
            self.id.as_ref().map(|id| format!("Job id: {id}")),
            self.deduplication.as_ref().map(|one| match one.ttl {
                Some(ttl) => format!("Deduplication: {} for {}", one.id, as_duration(ttl)),
                None => format!("Deduplication: {}", one.id),
            }),
            keep("Remove when completed", self.remove_on_complete),
            keep("Remove when failed", self.remove_on_fail),
            self.parent.as_ref().map(|parent| {
                let then = parent.on_failure.map(|option| format!(", {option}"));
                format!("Parent: {}{}", parent.job.id, then.unwrap_or_default())
            }),
        ];
        said.into_iter().flatten().collect::<Vec<_>>().join("; ")
    }
}

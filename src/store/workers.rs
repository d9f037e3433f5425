//! Who works on a queue, out of one CLIENT LIST for all queues.

use std::collections::HashMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::{Store, StoreError, reply};
use crate::domain::queue::QueueId;

/// How many workers each queue has; a queue that is not in it has none.
pub type Workers = HashMap<QueueId, u32>;

impl Store {
    /// Counts the connected workers of every queue. `None` where the Redis user may not run CLIENT LIST, which means
    /// "unknown", not "none". A worker whose own name holds a space can't be seen: Redis refuses such client names.
    pub async fn workers(&self) -> Result<Option<Workers>, StoreError> {
        match self.redis.command(redis::cmd("CLIENT").arg("LIST")).await {
            Ok(answer) => {
                let list = reply::text(answer).unwrap_or_default();
                Ok(Some(count(&list, &self.prefixes)))
            }
            Err(StoreError::Refused(_)) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// BullMQ names a worker's blocking connection `{prefix}:{base64 of the queue's name}`, with `:w:{name}` where the
/// worker has a name; its other connection has no name, so each worker counts once. `:qe` is a listener of events.
fn count(list: &str, prefixes: &[String]) -> Workers {
    let mut workers = Workers::new();
    for line in list.lines() {
        let Some(name) = line
            .split(' ')
            .find_map(|field| field.strip_prefix("name="))
            .filter(|name| !name.is_empty())
        else {
            continue;
        };
        if let Some(queue) = worked_on(name, prefixes) {
            *workers.entry(queue).or_default() += 1;
        }
    }
    workers
}

fn worked_on(name: &str, prefixes: &[String]) -> Option<QueueId> {
    prefixes.iter().find_map(|prefix| {
        let rest = name.strip_prefix(prefix.as_str())?.strip_prefix(':')?;
        let (encoded, purpose) = rest.split_once(':').unwrap_or((rest, ""));
        if !(purpose.is_empty() || purpose.starts_with("w:")) {
            return None;
        }
        let decoded = STANDARD.decode(encoded).ok()?;
        QueueId::new(prefix, &String::from_utf8(decoded).ok()?).ok()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn workers_are_counted_by_queue_and_listeners_are_not() {
        let name = STANDARD.encode("email/v2");
        let list = format!(
            "id=1 addr=x name=bull:{name} age=1\nid=2 name=bull:{name}:w:mailer-1 age=1\nid=3 name=bull:{name}:qe age=1\nid=4 name= age=2\nid=5 name=other:{name} age=3\n"
        );
        let workers = count(&list, &["bull".to_owned()]);
        let queue = QueueId::new("bull", "email/v2").unwrap();
        assert_eq!(workers.get(&queue), Some(&2));
        assert_eq!(workers.len(), 1);
    }
}

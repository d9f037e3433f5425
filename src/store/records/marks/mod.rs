//! The marks: a sorted set of their ids by time, and a hash of what they say. Beside them is what the leader saw when it looked
//! last, so that a restart neither misses a mark nor makes one twice.

use std::collections::HashMap;
use std::sync::LazyLock;

use redis::Script;
use serde_json::{Value as Json, json};

use super::audit::add_entry;
use super::damaged::LeaderRecord;
use crate::domain::access::permission::MarkMoment;
use crate::domain::audit::unrecorded::UnrecordedEntry;
use crate::domain::history::mark::{Mark, MarkTarget};
use crate::domain::queue::QueueId;
use crate::store::Store;
use crate::store::connection::reply;
use crate::store::error::StoreError;

/// How many marks are kept.
pub(crate) const MOST_MARKS: usize = 1_000;

/// How long a mark is kept, in milliseconds: 90 days.
pub(crate) const KEPT_MS: u64 = 90 * 86_400_000;

static WATCHED: LazyLock<Script> = LazyLock::new(|| {
    Script::new(concat!(
        include_str!("bounds.lua"),
        include_str!("watched.lua")
    ))
});
static ADD: LazyLock<Script> =
    LazyLock::new(|| Script::new(concat!(include_str!("bounds.lua"), include_str!("add.lua"))));

/// What the leader saw, and the marks of it.
#[derive(Debug, Default)]
pub(crate) struct MarksToKeep {
    /// What was seen, by its name; `None` to forget it.
    pub(crate) seen: Vec<(String, Option<String>)>,
    pub(crate) marks: Vec<Mark>,
}

impl Store {
    /// What the leader goes on from: [`Store::marks_seen`], once records of another type are set aside.
    pub(crate) async fn begin_marks_seen(
        &self,
        token: &str,
    ) -> Result<HashMap<String, String>, StoreError> {
        let records = [
            LeaderRecord::MarksSeen,
            LeaderRecord::Marks,
            LeaderRecord::MarksByTime,
        ];
        self.set_aside_odd(token, &records).await?;
        self.marks_seen().await
    }

    /// What the leader saw when it looked last, by its name.
    pub(crate) async fn marks_seen(&self) -> Result<HashMap<String, String>, StoreError> {
        let mut all = redis::pipe();
        all.cmd("HGETALL").arg(self.own.marks_seen());
        let answer = self.redis.read(&mut all).await?.into_iter().next();
        let fields = answer.map(reply::pairs).unwrap_or_default().into_iter();
        let is_text = |(name, seen): (Vec<u8>, Vec<u8>)| {
            let name = String::from_utf8(name).ok()?;
            Some((name, reply::lossy(seen)))
        };
        Ok(fields.filter_map(is_text).collect())
    }

    /// Keeps what the leader saw, and the marks of it. Returns false if another process leads.
    pub(crate) async fn keep_seen_marks(
        &self,
        token: &str,
        kept: &MarksToKeep,
        now_ms: u64,
    ) -> Result<bool, StoreError> {
        let mut invocation = WATCHED.prepare_invoke();
        invocation
            .key(self.own.leader())
            .key(self.own.marks_by_time())
            .key(self.own.marks())
            .key(self.own.marks_seen());
        invocation
            .arg(token)
            .arg(now_ms.saturating_sub(KEPT_MS))
            .arg(MOST_MARKS)
            .arg(kept.seen.len());
        for (name, value) in &kept.seen {
            invocation
                .arg(name)
                .arg(value.as_deref().unwrap_or_default());
        }
        for mark in &kept.marks {
            invocation.arg(&mark.id).arg(mark.at_ms).arg(stored(mark));
        }
        Ok(self.redis.script::<i64>(&invocation).await? == 1)
    }

    /// Keeps a mark that a person made, and writes its entry.
    pub(crate) async fn add_mark(
        &self,
        entry: &UnrecordedEntry<MarkMoment>,
        mark: &Mark,
    ) -> Result<(), StoreError> {
        let mut invocation = ADD.prepare_invoke();
        invocation
            .key(self.own.audit())
            .key(self.own.marks_by_time())
            .key(self.own.marks());
        invocation
            .arg(mark.at_ms.saturating_sub(KEPT_MS))
            .arg(MOST_MARKS)
            .arg(&mark.id)
            .arg(mark.at_ms)
            .arg(stored(mark));
        add_entry(&mut invocation, entry.as_entry());
        self.redis.script::<i64>(&invocation).await?;
        Ok(())
    }

    /// The marks from one time up to another, in Unix milliseconds, oldest first.
    pub(crate) async fn marks_between(&self, from: u64, to: u64) -> Result<Vec<Mark>, StoreError> {
        let mut range = redis::pipe();
        range
            .cmd("ZRANGEBYSCORE")
            .arg(self.own.marks_by_time())
            .arg(from)
            .arg(format!("({to}"))
            .arg("LIMIT")
            .arg(0)
            .arg(MOST_MARKS);
        let answer = self.redis.read(&mut range).await?.into_iter().next();
        let ids = answer.map(reply::texts).unwrap_or_default();
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let mut texts = redis::pipe();
        texts.cmd("HMGET").arg(self.own.marks()).arg(&ids);
        let answer = self.redis.read(&mut texts).await?.into_iter().next();
        let texts = answer.map(reply::items).unwrap_or_default();
        let marks = ids.into_iter().zip(texts);
        Ok(marks
            .filter_map(|(id, text)| read(id, &reply::text(text)?))
            .collect())
    }

    /// The stream id of the newest audit entry; `0-0` if there is none.
    pub(crate) async fn newest_audit_id(&self) -> Result<String, StoreError> {
        let newest = self
            .audit_before(super::audit::NEWEST, "-", 1, &|_| false)
            .await?;
        Ok(newest.last.unwrap_or_else(|| "0-0".to_owned()))
    }
}

fn stored(mark: &Mark) -> String {
    let kind: &str = mark.kind.into();
    let (queue, pattern) = match &mark.target {
        MarkTarget::Queue(queue) => (Some(queue.to_string()), None),
        MarkTarget::Pattern(pattern) => (None, Some(pattern)),
    };
    json!({
        "at": mark.at_ms,
        "kind": kind,
        "queue": queue,
        "pattern": pattern,
        "words": mark.words,
        "by": mark.by,
    })
    .to_string()
}

/// A stored mark; `None` if it can't be read.
fn read(id: String, text: &str) -> Option<Mark> {
    let stored: Json = serde_json::from_str(text).ok()?;
    let text = |name: &str| stored[name].as_str();
    let target = match (text("queue"), text("pattern")) {
        (Some(queue), _) => {
            let (prefix, name) = queue.rsplit_once(':')?;
            MarkTarget::Queue(QueueId::new(prefix, name).ok()?)
        }
        (None, pattern) => MarkTarget::Pattern(pattern?.to_owned()),
    };
    Some(Mark {
        id,
        at_ms: stored["at"].as_u64()?,
        kind: text("kind")?.parse().ok()?,
        target,
        words: text("words")?.to_owned(),
        by: text("by")?.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::domain::history::mark::MarkKind;

    #[test]
    fn a_mark_comes_back_as_it_was_stored_and_a_damaged_one_does_not() {
        let queue = QueueId::new("a:b", "email/v2").unwrap();
        for target in [
            MarkTarget::Queue(queue),
            MarkTarget::Pattern("email/*".to_owned()),
        ] {
            let mark = Mark {
                id: "x".to_owned(),
                at_ms: 1_700_000_000_000,
                kind: MarkKind::FirstSeen,
                target,
                words: "\"email/v2\" was seen for the first time".to_owned(),
                by: String::new(),
            };
            assert_eq!(read("x".to_owned(), &stored(&mark)), Some(mark));
        }
        for damaged in [
            "",
            "{}",
            "[1]",
            r#"{"at":1,"kind":"other","pattern":"*","words":"","by":""}"#,
        ] {
            assert_eq!(read("x".to_owned(), damaged), None, "{damaged}");
        }
    }
}

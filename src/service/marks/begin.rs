//! A process that begins to look for marks goes on from what was seen before.

use std::collections::HashMap;

use super::seen::{BEGUN, CURSOR, SEEN_AT_ONCE, Watch, existing};
use crate::domain::history::sightings::Sighting;
use crate::domain::queue::event::StreamId;
use crate::service::Services;
use crate::service::leader::leadership::LeaderToken;
use crate::service::live::snapshot::Snapshot;
use crate::store::error::StoreError;
use crate::store::records::damaged::LeaderRecord;

impl Services {
    /// What was seen so far, as Redis has it. Where Redis has lost it, it is what this process saw `before`, and at the very first
    /// look all that is there.
    pub(super) async fn begin_watch(
        &self,
        token: &LeaderToken,
        snapshot: &Snapshot,
        before: Option<&Watch>,
    ) -> Result<Option<Watch>, StoreError> {
        let mut stored = self.store.begin_marks_seen(token.as_str()).await?;
        if stored.remove(BEGUN).is_some() {
            return self.go_on_watching(token, snapshot, stored).await;
        }
        let (seen, cursor) = match before {
            Some(before) => (before.seen.clone(), before.cursor.clone()),
            None => (existing(snapshot), self.store.newest_audit_id().await?),
        };
        if !self.keep_all_seen(token, &seen).await? {
            return Ok(None);
        }
        let begun = vec![
            (CURSOR.to_owned(), Some(cursor.clone())),
            (BEGUN.to_owned(), Some("1".to_owned())),
        ];
        let kept = self.keep_seen(token, begun, Vec::new()).await?;
        Ok(kept.then(|| Watch::new(seen, cursor)))
    }

    /// Goes on from what is stored. What of it can't be read is set aside: those versions count as seen, and the audit log is read
    /// from its end on.
    async fn go_on_watching(
        &self,
        token: &LeaderToken,
        snapshot: &Snapshot,
        mut stored: HashMap<String, String>,
    ) -> Result<Option<Watch>, StoreError> {
        let cursor = stored.remove(CURSOR);
        let is_damaged = |cursor: &String| cursor.parse::<StreamId>().is_err();
        let mut damaged: Vec<Vec<u8>> = Vec::new();
        if cursor.as_ref().is_some_and(is_damaged) {
            damaged.push(CURSOR.into());
        }
        let mut seen: HashMap<String, Sighting> = HashMap::new();
        for (queue, text) in stored {
            if let Some(sighting) = Sighting::read(&text) {
                seen.insert(queue, sighting);
            } else {
                damaged.push(queue.into_bytes());
            }
        }
        let cursor = match cursor.filter(|cursor| !is_damaged(cursor)) {
            Some(cursor) => cursor,
            None if damaged
                .first()
                .is_some_and(|name| name == CURSOR.as_bytes()) =>
            {
                self.store.newest_audit_id().await?
            }
            None => "0-0".to_owned(),
        };
        if !damaged.is_empty() {
            let record = LeaderRecord::MarksSeen;
            let aside = self
                .store
                .set_aside_fields(token.as_str(), &record, &damaged);
            aside.await?;
            let mut again = existing(snapshot);
            again.retain(|queue, _| damaged.iter().any(|name| name == queue.as_bytes()));
            if !self.keep_all_seen(token, &again).await? {
                return Ok(None);
            }
            seen.extend(again);
        }
        Ok(Some(Watch::new(seen, cursor)))
    }

    async fn keep_all_seen(
        &self,
        token: &LeaderToken,
        seen: &HashMap<String, Sighting>,
    ) -> Result<bool, StoreError> {
        let seen: Vec<_> = seen.iter().collect();
        for some in seen.chunks(SEEN_AT_ONCE) {
            let stored = some
                .iter()
                .map(|(queue, seen)| ((*queue).clone(), Some(seen.stored())));
            if !self.keep_seen(token, stored.collect(), Vec::new()).await? {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

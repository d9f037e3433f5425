//! The leader makes marks of what it sees: versions in the snapshot, and what people did in the audit log.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::seen::{CURSOR, SEEN_AT_ONCE, Watch, seen_now, versions};
use crate::clock::unix_millis;
use crate::domain::audit::action::{AuditAction, AuditOutcome};
use crate::domain::audit::entry::LoggedEntry;
use crate::domain::background::BackgroundTask;
use crate::domain::history::mark::{Mark, MarkKind, MarkTarget};
use crate::domain::history::sightings::{Sighting, mark_of};
use crate::domain::run::RunState;
use crate::service::Services;
use crate::service::leader::leadership::LeaderToken;
use crate::service::live::snapshot::Snapshot;
use crate::store::error::StoreError;
use crate::store::records::marks::MarksToKeep;

/// How often the leader looks.
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// How many audit entries are read at once, and how often one after the other.
const ENTRIES_AT_ONCE: u64 = 100;
const READS_AT_ONCE: usize = 20;

impl Services {
    /// Makes marks while this process leads, until `stop`.
    pub(crate) async fn watch_for_marks(&self, stop: CancellationToken) {
        self.overview.ready().await;
        let mut tick = tokio::time::interval(LOOK_EVERY);
        tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut watch = None;
        loop {
            tokio::select! {
                _ = tick.tick() => {}
                () = stop.cancelled() => return,
            }
            let Some(token) = self.leadership().token() else {
                watch = None;
                continue;
            };
            let looked = self.look_for_marks(&mut watch, &token).await;
            let turn = looked.as_ref().copied();
            self.tasks.note(BackgroundTask::WatchMarks, turn);
            if let (Err(_), Some(watch)) = (&looked, &mut watch) {
                watch.is_unsure = true;
            }
        }
    }

    async fn look_for_marks(
        &self,
        watch: &mut Option<Watch>,
        token: &LeaderToken,
    ) -> Result<(), StoreError> {
        let snapshot = self.overview.now();
        if snapshot.stale.is_some() || snapshot.taken.is_none() {
            return Ok(());
        }
        if watch.as_ref().is_none_or(|watch| watch.is_unsure) {
            *watch = self.begin_watch(token, &snapshot, watch.as_ref()).await?;
        }
        let Some(watch) = watch else {
            return Ok(());
        };
        if watch.snapshot != Some(snapshot.mark)
            && self.look_at_versions(watch, token, &snapshot).await?
        {
            watch.snapshot = Some(snapshot.mark);
        }
        self.look_at_audit(watch, token).await
    }

    pub(super) async fn keep_seen(
        &self,
        token: &LeaderToken,
        seen: Vec<(String, Option<String>)>,
        marks: Vec<Mark>,
    ) -> Result<bool, StoreError> {
        let kept = MarksToKeep { seen, marks };
        self.store
            .keep_seen_marks(token.as_str(), &kept, unix_millis())
            .await
    }

    /// Looks at the versions that changed since the last look; returns false if another process leads by now.
    async fn look_at_versions(
        &self,
        watch: &mut Watch,
        token: &LeaderToken,
        snapshot: &Snapshot,
    ) -> Result<bool, StoreError> {
        let now = unix_millis();
        let seen_to = watch.snapshot.map_or(0, |seen| seen.number);
        let mut changed = Vec::new();
        for version in versions(snapshot).filter(|version| version.changed > seen_to) {
            let queue = &version.figures.queue;
            let before = watch.seen.get(&queue.to_string()).copied();
            let (next, happened) = Sighting::next(before, &seen_now(version));
            if before != Some(next) {
                let marks = happened.into_iter().map(|kind| mark_of(queue, kind, now));
                changed.push((queue.to_string(), next, marks.collect::<Vec<_>>()));
            }
        }
        for some in changed.chunks(SEEN_AT_ONCE) {
            let seen = some
                .iter()
                .map(|(queue, next, _)| (queue.clone(), Some(next.stored())));
            let marks = some.iter().flat_map(|(.., marks)| marks.clone()).collect();
            if !self.keep_seen(token, seen.collect(), marks).await? {
                return Ok(false);
            }
            let seen = some.iter().map(|(queue, next, _)| (queue.clone(), *next));
            watch.seen.extend(seen);
        }
        self.forget_gone(watch, token, snapshot).await
    }

    /// Forgets the versions that are gone, so that what is kept is bounded by the queues that are there. Returns false if another
    /// process leads by now.
    async fn forget_gone(
        &self,
        watch: &mut Watch,
        token: &LeaderToken,
        snapshot: &Snapshot,
    ) -> Result<bool, StoreError> {
        // Each that is there was seen by now.
        if watch.seen.len() == versions(snapshot).count() {
            return Ok(true);
        }
        let there: std::collections::HashSet<String> = versions(snapshot)
            .map(|version| version.figures.queue.to_string())
            .collect();
        let gone: Vec<String> = watch
            .seen
            .keys()
            .filter(|queue| !there.contains(*queue))
            .cloned()
            .collect();
        for some in gone.chunks(SEEN_AT_ONCE) {
            let seen = some.iter().map(|queue| (queue.clone(), None)).collect();
            if !self.keep_seen(token, seen, Vec::new()).await? {
                return Ok(false);
            }
            some.iter().for_each(|queue| {
                watch.seen.remove(queue);
            });
        }
        Ok(true)
    }

    async fn look_at_audit(
        &self,
        watch: &mut Watch,
        token: &LeaderToken,
    ) -> Result<(), StoreError> {
        for _ in 0..READS_AT_ONCE {
            let after = format!("({}", watch.cursor);
            let entries = self.store.audit_from(&after, "+", ENTRIES_AT_ONCE).await?;
            let Some(last) = entries.last() else {
                return Ok(());
            };
            let cursor = last.id.clone();
            let marks = entries.iter().filter_map(mark_of_entry).collect();
            let seen = vec![(CURSOR.to_owned(), Some(cursor.clone()))];
            if !self.keep_seen(token, seen, marks).await? {
                return Ok(());
            }
            watch.cursor = cursor;
        }
        Ok(())
    }
}

/// The mark of what a person or a policy did; `None` for what the charts don't show.
fn mark_of_entry(logged: &LoggedEntry) -> Option<Mark> {
    let entry = &logged.entry;
    if *entry.outcome.value()? != AuditOutcome::Applied {
        return None;
    }
    let queue = entry.queue_id()?;
    let name = queue.name();
    // Of a run only its end counts, and only if it was not stopped.
    let is_done = entry.note.starts_with(RunState::Done.name());
    // The other version may be one that a reader must not know of.
    let (kind, words) = match entry.action.value()? {
        AuditAction::RetireVersion if is_done => (MarkKind::Retired, format!("{name} was retired")),
        AuditAction::MoveJobs if is_done => (
            MarkKind::Moved,
            format!("jobs of {name} were moved to another version"),
        ),
        AuditAction::PinVersion => (MarkKind::Pinned, format!("{name} was pinned")),
        AuditAction::UnpinVersion => (
            MarkKind::Pinned,
            format!("the pin of {name} was taken away"),
        ),
        _ => return None,
    };
    Some(Mark {
        id: format!("audit:{}", logged.id),
        at_ms: logged.id.split('-').next()?.parse().ok()?,
        kind,
        target: MarkTarget::Queue(queue),
        words,
        by: entry.actor().name().to_owned(),
    })
}

//! Writes the audit log: at once, combined if events repeat, or later if Redis does not take an entry now.

use std::time::Duration;

use super::repeats::{Moment, Repeat, Sort};
use crate::clock::unix_millis;
use crate::domain::audit::action::AuditOutcome;
use crate::domain::audit::entry::Entry;
use crate::domain::background::BackgroundTask;
use crate::service::Services;
use crate::store::applied::WriteAnswer;
use crate::store::error::StoreError;

impl Services {
    /// Records something that changes nothing but must not happen unrecorded, such as a sign-in; the caller stops if this
    /// fails. If Redis refuses the entry, a later entry says that it failed. Returns the stream id, which is empty with
    /// `--read-only`.
    pub(crate) async fn note_or_fail(&self, entry: &Entry) -> Result<String, StoreError> {
        let written = self.write(entry).await;
        self.witnessed(entry, written)
    }

    /// Records something that changed nothing and can be repeated: see [`crate::service::audit::repeats`]. Returns how long
    /// the person must wait if they exceeded the rate at which refusals are recorded one by one.
    pub(crate) async fn note(&self, entry: &Entry) -> Option<Duration> {
        if let Some(outcome) = entry.outcome.value() {
            self.count_action(entry, *outcome);
        }
        match Sort::of(entry) {
            Some(sort) => self.note_repeatable(sort, entry, entry).await,
            None => {
                self.note_end(entry).await;
                None
            }
        }
    }

    /// The same for an entry that may differ from `alike`, which holds what all of its kind have in common.
    pub(crate) async fn note_repeatable(
        &self,
        sort: Sort,
        entry: &Entry,
        alike: &Entry,
    ) -> Option<Duration> {
        match self.repeats.take(sort, alike, Moment::now()) {
            Repeat::First => {
                self.note_end(entry).await;
                None
            }
            Repeat::Counted => None,
            Repeat::TooMany(wait) => Some(wait),
        }
    }

    /// Records something that has happened and can't be undone: the outcome of an intent, a sign-out. If Redis does not
    /// take it now, it is written later.
    pub(crate) async fn note_end(&self, entry: &Entry) {
        let sent = unix_millis();
        if let Err(error) = self.write(entry).await {
            tracing::error!(%error, ?entry, "an audit entry could not be written; it is tried again");
            let sent = matches!(error, StoreError::Away(_)).then_some(sent);
            self.unwritten.keep(entry.clone(), sent);
        }
    }

    /// Passes on the result of a change that was written with its entry. If Redis refused both, the process's log says so
    /// at once, and the audit log once Redis takes entries again.
    pub(crate) fn witnessed<T: WriteAnswer>(
        &self,
        entry: &Entry,
        result: Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let error = match &result {
            Ok(answer) => {
                if let Some(outcome) = entry.outcome.value().filter(|_| answer.is_applied()) {
                    self.count_action(entry, *outcome);
                }
                return result;
            }
            Err(StoreError::Away(_)) => {
                self.count_action(entry, AuditOutcome::Unknown);
                return result;
            }
            Err(error) => error,
        };
        self.count_action(entry, AuditOutcome::Failed);
        let (actor, action, job) = (entry.actor(), entry.action.text(), entry.job.text());
        let (queue, request) = (&entry.queue, &entry.request);
        tracing::error!(%error, %actor, %action, queue, %job, request, "Redis refused a change and its audit entry");
        let failed = entry
            .without_change(AuditOutcome::Failed)
            .because(error.plain());
        if self.repeats.take(Sort::Failed, &failed, Moment::now()) == Repeat::First {
            self.unwritten.keep(failed, None);
        }
        result
    }

    /// The same; `None` if the answer was lost, so that it is not known whether the change was made. If it was, its script has
    /// written the entry.
    pub(crate) fn witnessed_if_heard<T: WriteAnswer>(
        &self,
        entry: &Entry,
        result: Result<T, StoreError>,
    ) -> Result<Option<T>, StoreError> {
        match self.witnessed(entry, result) {
            Err(StoreError::Away(cause)) => {
                tracing::warn!(?entry, cause, "it is not known whether a change was made");
                Ok(None)
            }
            heard => heard.map(Some),
        }
    }

    /// Writes the entries of closed windows, and those that Redis did not take before. One task calls it regularly.
    pub async fn write_audit_due(&self) {
        for entry in self.repeats.closed(Some(Moment::now().at)) {
            self.unwritten.keep(entry, None);
        }
        let now = Moment::now().at;
        // An entry that is not taken now is tried again; the log said so the first time.
        if self.unwritten.is_due(now) {
            let written = self.write_waiting().await;
            if written.is_err() {
                self.unwritten.failed(now);
            }
            let turn = written.as_ref().copied();
            self.tasks.note(BackgroundTask::WriteAudit, turn);
        }
    }

    /// Closes all windows and writes what waits, before the process ends.
    pub async fn finish_audit(&self) {
        for entry in self.repeats.closed(None) {
            self.unwritten.keep(entry, None);
        }
        if let Err(error) = self.write_waiting().await {
            while let Some(waiting) = self.unwritten.next() {
                let entry = waiting.entry;
                tracing::error!(%error, ?entry, "an audit entry could not be written, and the process ends");
                self.unwritten.written();
            }
        }
    }

    async fn write_waiting(&self) -> Result<(), StoreError> {
        let _turn = self.unwritten.turn.lock().await;
        let mut refused = None;
        for _ in 0..self.unwritten.len() {
            let Some(waiting) = self.unwritten.next() else {
                break;
            };
            let is_there = match waiting.sent {
                Some(sent) => self.store.has_audit_event(&waiting.entry, sent).await?,
                None => false,
            };
            if !is_there {
                let sent = unix_millis();
                match self.write(&waiting.entry).await {
                    Ok(_) => {}
                    // Perhaps only this entry's job is at fault: the next may be taken.
                    Err(error @ StoreError::Unexpected(_)) => {
                        self.unwritten.put_last();
                        refused = Some(error);
                        continue;
                    }
                    Err(error) => {
                        if matches!(error, StoreError::Away(_)) {
                            self.unwritten.sent(sent);
                        }
                        return Err(error);
                    }
                }
            }
            self.unwritten.written();
        }
        refused.map_or(Ok(()), Err)
    }

    /// Writes an entry. With `--read-only` nothing may be written, so only the process's log has it.
    async fn write(&self, entry: &Entry) -> Result<String, StoreError> {
        if self.rules.read_only {
            tracing::info!(?entry, "not recorded: --read-only");
            return Ok(String::new());
        }
        self.store.append_audit(entry).await
    }
}

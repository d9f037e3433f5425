//! Records reads of the audit log: one entry for each reader and hour, and one for each export with its number of entries.

use std::sync::Arc;

use super::export::ExportFormat;
use super::repeats::{Moment, Repeat, Sort};
use crate::domain::access::Operator;
use crate::domain::audit::action::{AuditAction, AuditOutcome};
use crate::domain::audit::entry::Entry;
use crate::domain::audit::filter::AuditFilter;
use crate::service::Services;

impl Services {
    /// Records that someone reads the audit log.
    pub(crate) async fn note_read(&self, operator: &Operator) {
        let entry = Entry::new(operator, AuditAction::ReadLog, AuditOutcome::Applied);
        self.note_repeatable(Sort::Read, &entry, &entry).await;
    }

    /// Starts counting an export. It is recorded when the answer is dropped: at its end, or where it broke off.
    pub fn begin_export(
        self: &Arc<Self>,
        operator: &Operator,
        filter: &AuditFilter,
        format: ExportFormat,
    ) -> ExportRead {
        let alike = Entry::new(operator, AuditAction::ExportLog, AuditOutcome::Applied)
            .noting(format!("as {}, {filter}", format.name()));
        self.record_export(alike, ["entry", "entries"])
    }

    /// Starts counting an export of what `counted` names, one and several, to be recorded in this entry.
    pub(crate) fn record_export(
        self: &Arc<Self>,
        alike: Entry,
        counted: [&'static str; 2],
    ) -> ExportRead {
        let Entry { request, note, .. } = &alike;
        let (actor, what) = (alike.actor(), counted[1]);
        tracing::info!(%actor, request, note, "an export of {what} begins");
        ExportRead {
            services: Arc::clone(self),
            alike,
            counted,
            entries: 0,
            is_whole: false,
        }
    }
}

/// A running export.
#[derive(Debug)]
pub struct ExportRead {
    services: Arc<Services>,
    alike: Entry,
    counted: [&'static str; 2],
    entries: u64,
    is_whole: bool,
}

impl ExportRead {
    /// Counts what was sent.
    pub fn add(&mut self, entries: usize) {
        self.entries += entries as u64;
    }

    /// Marks the export as complete.
    pub fn is_whole(&mut self) {
        self.is_whole = true;
    }
}

impl Drop for ExportRead {
    fn drop(&mut self) {
        let Services {
            repeats, unwritten, ..
        } = &*self.services;
        if repeats.take(Sort::Export, &self.alike, Moment::now()) != Repeat::First {
            return;
        }
        let [one, several] = self.counted;
        let entries = match self.entries {
            1 => format!("1 {one}"),
            entries => format!("{entries} {several}"),
        };
        let end = if self.is_whole {
            ""
        } else {
            ", then broken off"
        };
        let note = format!("{}: {entries}{end}", self.alike.note);
        // A drop can't wait for Redis, so the entry is written within a second.
        unwritten.keep(self.alike.clone().noting(note), None);
    }
}

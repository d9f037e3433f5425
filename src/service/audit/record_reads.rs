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
        let Entry { request, note, .. } = &alike;
        tracing::info!(
            actor = %operator.actor(),
            request,
            note,
            "an export of the audit log begins"
        );
        ExportRead {
            services: Arc::clone(self),
            alike,
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
    entries: u64,
    is_whole: bool,
}

impl ExportRead {
    /// Counts entries that were sent.
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
        let entries = match self.entries {
            1 => "1 entry".to_owned(),
            entries => format!("{entries} entries"),
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

//! Reading the audit log is itself recorded: who read it, once an hour; who exported it, each time, and how much.

use std::sync::Arc;

use super::export::ExportFormat;
use super::repeats::{Moment, Repeat, Sort};
use crate::domain::access::Operator;
use crate::domain::audit::action::{AuditAction, AuditOutcome};
use crate::domain::audit::entry::Entry;
use crate::domain::audit::filter::AuditFilter;
use crate::service::Services;

impl Services {
    /// Records that someone reads the log.
    pub(crate) async fn note_read(&self, operator: &Operator) {
        let entry = Entry::new(operator, AuditAction::ReadLog, AuditOutcome::Applied);
        self.note_repeatable(Sort::Read, &entry, &entry).await;
    }

    /// Begins to count an export, which is recorded when the answer is dropped: at its end, or where it broke off.
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

/// An export under way.
#[derive(Debug)]
pub struct ExportRead {
    services: Arc<Services>,
    alike: Entry,
    entries: u64,
    is_whole: bool,
}

impl ExportRead {
    /// So many more entries are handed out.
    pub fn add(&mut self, entries: usize) {
        self.entries += entries as u64;
    }

    /// All are.
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
        // A drop can't wait for Redis: it is written within a second.
        unwritten.keep(self.alike.clone().noting(note), None);
    }
}

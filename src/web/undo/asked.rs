//! An undo that someone asks for, and what all its pages show.

use crate::domain::access::Operator;
use crate::domain::audit::entry::LoggedEntry;
use crate::domain::job::JobState;
use crate::service::large_texts::memory_budget::{BRIEFLY, BudgetShare, DATA_TAKES};
use crate::service::undo::target::UndoTarget;
use crate::web::app::App;
use crate::web::audit::entry_view::EntryView;
use crate::web::html::error::PageError;
use crate::web::html::parts::StateView;
use crate::web::html::queue_crumbs::QueueCrumbs;
use crate::web::job::status::AtView;

/// The job of an undo, and the entry of the edit.
#[derive(Debug)]
pub(super) struct UndoHead {
    pub(super) at: AtView,
    pub(super) to_queue: QueueCrumbs,
    pub(super) job_href: String,
    pub(super) name: String,
    pub(super) state: Option<StateView>,
}

/// An undo that someone asks for.
pub(super) struct Asked<'a> {
    pub(super) app: &'a App,
    pub(super) operator: &'a Operator,
    pub(super) entry: &'a str,
    pub(super) reason: String,
    /// What else the form said, where it was sent: `retry` for Undo and retry.
    pub(super) sent: Option<String>,
}

impl Asked<'_> {
    /// The room in memory that the job's data takes, and its size.
    pub(super) async fn room(
        &self,
        target: &UndoTarget,
    ) -> Result<(usize, BudgetShare), PageError> {
        let services = &self.app.services;
        let stored = services.stored_size(&target.queue, &target.id).await?;
        let large = target.recorded.entry.large.value();
        let size = stored + large.map_or(0, |large| large.before);
        let room = services.room().take(DATA_TAKES * size, BRIEFLY).await?;
        Ok((size as usize, room))
    }

    pub(super) fn head(
        &self,
        target: &UndoTarget,
        name: &str,
        state: Option<JobState>,
    ) -> UndoHead {
        let (app, queue, id) = (self.app, &target.queue, &target.id);
        UndoHead {
            at: AtView::new(app, queue, id),
            to_queue: QueueCrumbs::new(app, queue),
            job_href: app.links().job(queue, id),
            name: name.to_owned(),
            state: state.map(StateView::bare),
        }
    }

    pub(super) fn entry_href(&self) -> String {
        self.app.links().to("/audit/entry", &[("id", self.entry)])
    }

    pub(super) fn rows(&self, entries: &[LoggedEntry]) -> Vec<EntryView> {
        let rows = entries.iter();
        rows.map(|one| EntryView::new(self.app, one)).collect()
    }
}

//! The alarm of an edit that was saved without the second person that it takes, for admins.

use crate::domain::access::Operator;
use crate::domain::job::JobId;
use crate::web::app::App;
use crate::web::html::format::When;

/// An edit that was saved without the second person that it takes.
#[derive(Debug)]
pub(super) struct BrokenGlassView {
    pub(super) by: String,
    pub(super) when: When,
    pub(super) queue: String,
    pub(super) job: String,
    pub(super) job_href: String,
}

impl BrokenGlassView {
    /// The newest of the last 24 hours, for an admin.
    pub(super) fn of(app: &App, operator: &Operator) -> Option<Self> {
        let glass = app.services.broken_glass(operator)?;
        let (queue, job) = (glass.queue_id()?, JobId::new(glass.job.as_str())?);
        Some(Self {
            by: glass.by,
            when: When::of(glass.at),
            queue: app.links().name(&queue),
            job: glass.job,
            job_href: app.links().job(&queue, &job),
        })
    }
}

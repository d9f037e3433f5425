//! The alarm of an edit or a run that was saved or begun without the second person that it takes, for admins.

use crate::domain::access::Operator;
use crate::domain::job::JobId;
use crate::web::app::App;
use crate::web::html::format::When;

/// An edit or a run without the second person that it takes.
#[derive(Debug)]
pub(super) struct BrokenGlassView {
    pub(super) by: String,
    pub(super) when: When,
    pub(super) queue: String,
    /// The job's id; empty for a run.
    pub(super) job: String,
    /// The page of the job or the run.
    pub(super) href: String,
}

impl BrokenGlassView {
    /// The newest of the last 24 hours, for an admin.
    pub(super) fn of(app: &App, operator: &Operator) -> Option<Self> {
        let glass = app.services.broken_glass(operator)?;
        let queue = glass.queue_id()?;
        let links = app.links();
        let href = match glass.run.as_str() {
            "" => links.job(&queue, &JobId::new(glass.job.as_str())?),
            run => links.to("/run", &[("id", run)]),
        };
        Some(Self {
            by: glass.by,
            when: When::of(glass.at),
            queue: app.links().name(&queue),
            job: glass.job,
            href,
        })
    }
}

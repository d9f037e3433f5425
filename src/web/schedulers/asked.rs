//! What is shown before something is done to a scheduler: which one, and the form that does it.

use super::list_href;
use super::row::SchedulerRow;
use crate::domain::audit::reason::LONGEST_REASON;
use crate::domain::schedulers::scheduler::Scheduler;
use crate::web::app::App;

/// A scheduler, and the fields of the form.
#[derive(Debug)]
pub(super) struct AskedScheduler {
    pub(super) row: SchedulerRow,
    pub(super) prefix: String,
    pub(super) schedulers_href: String,
    /// The address that the form is sent to.
    pub(super) action: String,
    pub(super) revision: String,
    pub(super) reason: String,
    /// What is wrong with the reason; empty for nothing.
    pub(super) problem: String,
    pub(super) needs_reason: bool,
    pub(super) longest_reason: usize,
}

impl AskedScheduler {
    /// The form that is sent to `path`, as it begins.
    pub(super) fn new(app: &App, scheduler: &Scheduler, revision: String, path: &str) -> Self {
        let (links, queue) = (app.links(), &scheduler.queue);
        Self {
            row: SchedulerRow::new(app, scheduler, None),
            prefix: links.prefix(queue.prefix()).to_owned(),
            schedulers_href: list_href(links, queue, &[]),
            action: links.to(path, &[]),
            revision,
            reason: String::new(),
            problem: String::new(),
            needs_reason: app.services.rules().require_reason,
            longest_reason: LONGEST_REASON,
        }
    }
}

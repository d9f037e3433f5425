//! The bar below a queue's list: how many jobs are selected, and what can be done to them.

use askama::Template;

use super::operate_many::filter_at::FilterAt;
use super::operate_many::offered;
use crate::domain::access::Operator;
use crate::domain::job::JobState;
use crate::domain::operations::OperationSpec;
use crate::domain::queue::QueueId;
use crate::service::jobs::queue::QueuePage;
use crate::web::app::App;
use crate::web::html::format::thousands;
use crate::web::repair::offered::may_repair;

/// The bar below a list: how many jobs are selected, and what can be done to them.
#[derive(Template)]
#[template(path = "queue/_selection.html")]
pub(crate) struct SelectionView {
    base: String,
    action: String,
    queue: String,
    prefix: String,
    state: &'static str,
    filter: FilterAt,
    /// Whether the page lists all jobs of the state.
    whole: bool,
    /// Which jobs all of them are: `All 1,200 failed jobs`.
    all_words: String,
    operations: Vec<&'static OperationSpec>,
    /// Where the form goes that repairs them; empty for those who may not, or for jobs that are never repaired.
    repair_href: String,
}

impl askama::filters::HtmlSafe for SelectionView {}

impl SelectionView {
    /// The bar below the rows that were found; `None` where there is nothing that this person may do to them.
    pub(super) fn new(
        app: &App,
        operator: &Operator,
        found: &QueuePage,
        filter: &FilterAt,
    ) -> Option<Self> {
        let queue = &found.queue.figures.queue;
        let total = found.queue.figures.counts.of(found.state);
        if found.rows.is_empty() {
            return None;
        }
        let bar = Self::of_this_page(app, operator, queue, found.state)?;
        Some(Self {
            filter: filter.clone(),
            whole: found.walk.is_none() && found.rows.len() as u64 >= total,
            all_words: match found.walk.is_some() {
                true => "All that match".to_owned(),
                false => format!("All {} {} jobs", thousands(total), found.state),
            },
            ..bar
        })
    }

    /// The bar below jobs of one state that a page lists by itself; `None` where there is nothing that this person may do to
    /// them.
    pub(crate) fn of_this_page(
        app: &App,
        operator: &Operator,
        queue: &QueueId,
        state: JobState,
    ) -> Option<Self> {
        let (links, operations) = (app.links(), offered(operator, queue, state));
        let may_repair = state != JobState::Active && may_repair(operator, queue);
        (may_repair || !operations.is_empty()).then(|| Self {
            base: app.base_path.clone(),
            action: links.to("/queue/selected", &[]),
            queue: queue.name().to_owned(),
            prefix: links.prefix(queue.prefix()).to_owned(),
            state: state.name(),
            filter: FilterAt::default(),
            whole: true,
            all_words: String::new(),
            operations,
            repair_href: match may_repair {
                true => links.to("/repair/form", &[]),
                false => String::new(),
            },
        })
    }
}

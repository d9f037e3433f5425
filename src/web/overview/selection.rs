//! What can be done to many queues from the overview: to those that are selected, and to all that its filter finds.

use askama::Template;

use crate::domain::access::Operator;
use crate::domain::job::JobState;
use crate::service::live::snapshot::OverviewFilter;
use crate::web::app::App;
use crate::web::queue::operate_many::queues::offered::{OverQueues, offered_over_queues};

/// The bar below the list. Its buttons are for the selected queues.
#[derive(Template)]
#[template(path = "overview/_selection.html")]
pub(crate) struct QueueSelectionView {
    base: String,
    action: String,
    /// Whether the overview lists all queues.
    pub(super) is_of_all: bool,
    /// What can be done, each with its address for all queues that are listed.
    pub(super) all: Vec<(String, OverQueues)>,
}

impl askama::filters::HtmlSafe for QueueSelectionView {}

impl QueueSelectionView {
    /// `None` where there is nothing that this person may do.
    pub(super) fn new(app: &App, operator: &Operator, filter: &OverviewFilter) -> Option<Self> {
        let which = [
            ("q", filter.name.as_str()),
            ("with", filter.state.map_or("", JobState::name)),
            ("problem", if filter.problems { "1" } else { "" }),
        ];
        let offered = offered_over_queues(operator).into_iter();
        let all: Vec<_> = offered.map(|one| (one.href(app, &which), one)).collect();
        (!all.is_empty()).then(|| Self {
            base: app.base_path.clone(),
            action: app.links().to("/queues/selected", &[]),
            is_of_all: *filter == OverviewFilter::default(),
            all,
        })
    }
}

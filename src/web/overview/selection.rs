//! What can be done to many queues from the overview: to those that are selected, and to all that its filter finds.

use askama::Template;

use crate::domain::access::Operator;
use crate::service::jobs::operate_many::queues::MOST_QUEUES;
use crate::service::live::snapshot::OverviewFilter;
use crate::web::app::App;
use crate::web::overview::filter::OverviewAddress;
use crate::web::queue::operate_many::queues::offered::{OverQueues, offered_over_queues};
use crate::web::queue::operate_queues::offered::{ForQueues, offered_for_queues};
use crate::web::queue::which_queues::{WhichFields, WhichQueues};

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
    /// What can be done to the queues themselves.
    pub(super) queues: Vec<ForQueues>,
    /// Where the form with what is done to the queues goes.
    change_action: String,
    /// What the form says of the list.
    which: WhichFields,
    /// How many queues can be selected at once.
    most: usize,
}

impl askama::filters::HtmlSafe for QueueSelectionView {}

impl QueueSelectionView {
    /// `None` where there is nothing that this person may do.
    pub(super) fn new(app: &App, operator: &Operator, address: &OverviewAddress) -> Option<Self> {
        let which = WhichQueues::listed(address);
        let offered = offered_over_queues(operator).into_iter();
        let all: Vec<_> = offered.map(|one| (one.href(app, &which), one)).collect();
        (!all.is_empty()).then(|| Self {
            base: app.base_path.clone(),
            action: app.links().to("/queues/selected", &[]),
            is_of_all: address.filter == OverviewFilter::default(),
            all,
            queues: offered_for_queues(app, operator, &which),
            change_action: app.links().to("/queues/change/selected", &[]),
            which: which.fields(),
            most: MOST_QUEUES,
        })
    }
}

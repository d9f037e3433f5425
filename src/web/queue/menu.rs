//! The menu of a queue's page: the operations that this person may do to the queue as it is.

use askama::Template;

use crate::domain::access::{Action, Operator};
use crate::domain::operations::on_queue::{QueueOperation, QueueOperationSpec};
use crate::domain::queue::QueueFigures;
use crate::web::app::App;

/// The menu of a queue's page.
#[derive(Template, Debug)]
#[template(path = "queue/_menu.html")]
pub(crate) struct MenuView {
    base: String,
    queue: String,
    prefix: String,
    items: Vec<MenuItem>,
    /// Labels of what the queue's BullMQ has not, and why.
    missing: Vec<(&'static str, &'static str)>,
}

impl askama::filters::HtmlSafe for MenuView {}

/// An operation in the menu.
#[derive(Debug)]
struct MenuItem {
    spec: &'static QueueOperationSpec,
    asks: bool,
    href: String,
    ask_href: String,
}

impl MenuView {
    /// What this person may do to the queue as it is.
    pub(super) fn new(app: &App, operator: &Operator, figures: &QueueFigures) -> Self {
        let (links, queue) = (app.links(), &figures.queue);
        let prefix = links.prefix(queue.prefix());
        let of_4 = figures.bull_version.is_before_5();
        let (mut items, mut missing) = (Vec::new(), Vec::new());
        for one in QueueOperation::ALL {
            let spec = one.spec();
            let may = operator.may(Action::OperateQueue(*one), queue);
            if !may || !spec.on.offered.is_for(figures) {
                continue;
            }
            if of_4 && !spec.on.not_in_4.is_empty() {
                missing.push((spec.label, spec.on.not_in_4));
                continue;
            }
            items.push(MenuItem {
                spec,
                asks: spec.asks(),
                href: links.to(spec.path, &[]),
                ask_href: links.to(spec.path, &[("queue", queue.name()), ("prefix", prefix)]),
            });
        }
        Self {
            base: app.base_path.clone(),
            queue: queue.name().to_owned(),
            prefix: prefix.to_owned(),
            items,
            missing,
        }
    }
}

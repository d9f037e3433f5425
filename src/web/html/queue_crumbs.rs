//! The way to what belongs to a queue: the overview, the queue's family, the queue.

use askama::Template;

use crate::domain::queue::QueueId;
use crate::web::app::App;

/// The first steps of a breadcrumb; a template puts the others behind it.
#[derive(Template, Debug, Clone)]
#[template(path = "layout/_queue_crumbs.html")]
pub(crate) struct QueueCrumbs {
    base: String,
    /// Empty for a name without a version.
    family: String,
    family_href: String,
    queue: String,
    queue_href: String,
}

impl askama::filters::HtmlSafe for QueueCrumbs {}

impl QueueCrumbs {
    pub(crate) fn new(app: &App, queue: &QueueId) -> Self {
        let links = app.links();
        let lineage = app.services.rules().pattern.split(queue.name());
        let (family, family_href) = match lineage.label.is_empty() {
            true => (String::new(), String::new()),
            false => {
                let href = links.family(queue.prefix(), &lineage.family, "/family");
                (lineage.family, href)
            }
        };
        Self {
            base: app.base_path.clone(),
            family,
            family_href,
            queue: queue.name().to_owned(),
            queue_href: links.queue(queue, &[]),
        }
    }
}

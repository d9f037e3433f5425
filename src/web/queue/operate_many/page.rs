//! The page of an operation on many jobs of one queue: its dry run, and the form that begins it.

use askama::Template;

use super::asked::{Asked, ConfirmFields, Notice};
use super::filter_at::FilterAt;
use crate::domain::access::Operator;
use crate::domain::job::JobId;
use crate::domain::job::filter::JobFilter;
use crate::domain::operations::OperationSpec;
use crate::domain::operations::parameters::ParameterFault;
use crate::domain::queue::QueueId;
use crate::service::jobs::operate_many::dry_run::ManyJobsDryRun;
use crate::web::app::App;
use crate::web::html::format::thousands;
use crate::web::html::frame::Frame;
use crate::web::html::queue_crumbs::QueueCrumbs;

/// What someone asks for in one queue.
pub(super) struct AskedOfQueue<'a> {
    pub(super) app: &'a App,
    pub(super) operator: &'a Operator,
    pub(super) queue: QueueId,
    pub(super) filter: FilterAt,
    /// The ids of a selection, instead of the filter.
    pub(super) ids: Vec<String>,
    pub(super) asked: Asked,
}

/// The page.
#[derive(Template)]
#[template(path = "queue/operate_many.html")]
pub(super) struct ManyJobsPage {
    frame: Frame,
    spec: &'static OperationSpec,
    /// Why it was not begun.
    notice: Option<Notice>,
    queue: String,
    prefix: String,
    to_queue: QueueCrumbs,
    state: &'static str,
    state_href: String,
    filter: FilterAt,
    /// A query that the jobs match; empty for none.
    query: String,
    /// The ids of a selection; empty for all jobs that the filter finds.
    ids: Vec<String>,
    /// Which jobs, in words.
    which: String,
    consequences: &'static str,
    would: String,
    none: bool,
    total: String,
    looked_at: String,
    /// Not all jobs were checked.
    sampled: bool,
    /// For how many it won't work, and why.
    wont: Vec<(String, &'static str)>,
    listed: Vec<ListedView>,
    confirm: ConfirmFields,
    action: String,
}

/// A job that it won't work for.
struct ListedView {
    id: String,
    href: String,
    why: String,
}

impl AskedOfQueue<'_> {
    /// The jobs that are meant.
    pub(super) fn meant(&self) -> JobFilter {
        match self.ids.is_empty() {
            true => JobFilter {
                query: self.asked.query.clone(),
                ..self.filter.filter(self.asked.state)
            },
            false => JobFilter {
                states: vec![self.asked.state.name().to_owned()],
                ids: self.ids.clone(),
                ..JobFilter::default()
            },
        }
    }
}

impl ManyJobsPage {
    pub(super) fn new(
        of: &AskedOfQueue<'_>,
        filter: &JobFilter,
        review: ManyJobsDryRun,
        notice: Option<Notice>,
        faults: &[ParameterFault],
    ) -> Self {
        let (links, spec, asked) = (of.app.links(), of.asked.spec(), &of.asked);
        let listed = review.listed.iter().map(|skipped| ListedView {
            href: JobId::new(skipped.job.as_str())
                .map_or_else(String::new, |id| links.job(&of.queue, &id)),
            id: skipped.job.clone(),
            why: skipped.why.clone(),
        });
        Self {
            frame: of.app.frame(of.operator, ""),
            spec,
            notice,
            queue: of.queue.name().to_owned(),
            prefix: links.prefix(of.queue.prefix()).to_owned(),
            to_queue: QueueCrumbs::new(of.app, &of.queue),
            state: asked.state.name(),
            state_href: of.filter.href(of.app, &of.queue, asked.state),
            filter: of.filter.clone(),
            query: asked.query.clone(),
            ids: of.ids.clone(),
            which: filter.words(),
            consequences: spec.harm.words(),
            would: thousands(review.would),
            none: review.would == 0 && review.looked_at >= review.total,
            total: thousands(review.total),
            looked_at: thousands(review.looked_at),
            sampled: review.looked_at < review.total,
            wont: reasons(&review),
            listed: listed.collect(),
            confirm: asked.confirm_fields(review.at_most(), faults),
            action: links.to("/queue/operate", &[]),
        }
    }
}

/// For how many jobs it won't work, and why.
pub(super) fn reasons(review: &ManyJobsDryRun) -> Vec<(String, &'static str)> {
    let wont = review.wont.iter();
    wont.map(|(why, count)| (thousands(*count), *why)).collect()
}

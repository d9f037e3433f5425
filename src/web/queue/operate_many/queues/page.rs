//! The page of an operation on the jobs of many queues: the dry run queue by queue, and the form that begins the run.

use askama::Template;

use crate::domain::access::Operator;
use crate::domain::operations::OperationSpec;
use crate::domain::operations::parameters::ParameterFault;
use crate::service::jobs::operate_many::queues::{LeftOut, ManyQueuesDryRun, QueueDryRun};
use crate::web::app::App;
use crate::web::html::format::thousands;
use crate::web::html::frame::Frame;
use crate::web::queue::operate_many::asked::{Asked, ConfirmFields, Notice};
use crate::web::queue::operate_many::page::reasons;
use crate::web::queue::which_queues::{WhichFields, WhichQueues, form_name};

/// What someone asks for in many queues.
pub(super) struct AskedOfQueues<'a> {
    pub(super) app: &'a App,
    pub(super) operator: &'a Operator,
    pub(super) asked: Asked,
    /// Where they were chosen.
    pub(super) which: WhichQueues,
    /// Which queues, in words; empty for those that are named.
    pub(super) of: String,
}

/// The page.
#[derive(Template)]
#[template(path = "queue/operate_queues.html")]
pub(super) struct ManyQueuesPage {
    frame: Frame,
    spec: &'static OperationSpec,
    notice: Option<Notice>,
    state: &'static str,
    /// A query that the jobs match; empty for none.
    query: String,
    of: String,
    consequences: &'static str,
    would: String,
    none: bool,
    looked_at: String,
    total: String,
    sampled: bool,
    rows: Vec<QueueRow>,
    /// How many queues it would be done in.
    queues: String,
    /// How many more queues have no such job; empty for none.
    without: String,
    /// The names of the queues, as the form sends them.
    names: Vec<String>,
    confirm: ConfirmFields,
    action: String,
    which: WhichFields,
    back_href: String,
    back: String,
}

/// What a dry run found in one queue.
struct QueueRow {
    name: String,
    href: String,
    total: String,
    would: String,
    wont: Vec<(String, &'static str)>,
    /// How many jobs were checked, where not all were; empty otherwise.
    checked: String,
    /// Why the queue is left out; empty where it is not.
    left_out: &'static str,
    /// The run that has the queue, and its page.
    run: Option<(String, String)>,
}

impl AskedOfQueues<'_> {
    /// The page for what a dry run found.
    pub(super) fn view(
        &self,
        review: &ManyQueuesDryRun,
        notice: Option<Notice>,
        faults: &[ParameterFault],
    ) -> ManyQueuesPage {
        let (links, spec) = (self.app.links(), self.asked.spec());
        let meant = review.meant();
        let (looked_at, total) = review.looked_at();
        ManyQueuesPage {
            frame: self.app.frame(self.operator, ""),
            spec,
            notice,
            state: self.asked.state.name(),
            query: self.asked.query.clone(),
            of: match (self.of.is_empty(), review.queues.len()) {
                (false, _) => self.of.clone(),
                (true, 1) => "1 queue".to_owned(),
                (true, count) => format!("{count} queues"),
            },
            consequences: spec.harm.words(),
            would: thousands(review.would()),
            none: meant.is_empty() || review.would() == 0 && looked_at >= total,
            looked_at: thousands(looked_at),
            total: thousands(total),
            sampled: looked_at < total,
            rows: review.queues.iter().map(|one| self.row(one)).collect(),
            queues: thousands(meant.len() as u64),
            without: match review.without {
                0 => String::new(),
                more => thousands(more as u64),
            },
            names: meant.iter().map(|queue| form_name(queue)).collect(),
            confirm: self.asked.confirm_fields(review.at_most(), faults),
            action: links.to("/queues/operate", &[]),
            which: self.which.fields(),
            back_href: self.which.back_href(self.app, &[]),
            back: self.which.back_words().to_owned(),
        }
    }

    fn row(&self, one: &QueueDryRun) -> QueueRow {
        let links = self.app.links();
        let mut row = QueueRow {
            name: links.name(&one.queue),
            href: links.queue_state(&one.queue, self.asked.state),
            total: String::new(),
            would: String::new(),
            wont: Vec::new(),
            checked: String::new(),
            left_out: "",
            run: None,
        };
        match &one.found {
            Ok(found) => {
                row.total = thousands(found.total);
                row.would = thousands(found.would);
                row.wont = reasons(found);
                if found.looked_at < found.total {
                    row.checked = thousands(found.looked_at);
                }
            }
            Err(LeftOut::Unreadable(why)) => row.left_out = why,
            Err(LeftOut::Busy(None)) => row.left_out = "another run is using it",
            Err(LeftOut::Busy(Some(run))) => {
                let id = run.as_str();
                row.run = Some((id.to_owned(), links.to("/run", &[("id", id)])));
            }
        }
        row
    }
}

//! One operation on the jobs of many queues at once: of a selection on the overview, of a family, or of all that the overview's
//! filter finds. The page names each queue with its dry run, and its form sends exactly those.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use super::asked::{Asked, AskedAt, ConfirmFields, Notice, begun, faults_notice};
use super::page::reasons;
use crate::domain::access::{Action, Operator};
use crate::domain::job::JobState;
use crate::domain::job::filter::JobFilter;
use crate::domain::operations::parameters::ParameterFault;
use crate::domain::operations::{Operation, OperationSpec};
use crate::domain::queue::QueueId;
use crate::service::jobs::operate_many::queues::{
    LeftOut, MOST_QUEUES, ManyQueuesDryRun, QueueChoice, QueueDryRun,
};
use crate::web::app::App;
use crate::web::html::error::PageError;
use crate::web::html::format::thousands;
use crate::web::html::frame::{Frame, Page};
use crate::web::overview::filter::OverviewFilterAt;
use crate::web::queue::selected_form::SelectedForm;
use crate::web::request::address::{FamilyAt, Form, Query, QueueAt};
use crate::web::request::session::SignedInUser;
use crate::web::runs::to_run;

/// The operations that pages offer for many queues, with the state of the jobs.
const OFFERED: [(Operation, JobState); 2] = [
    (Operation::Retry, JobState::Failed),
    (Operation::Promote, JobState::Delayed),
];

/// A button that does an operation to jobs of many queues.
#[derive(Debug)]
pub(crate) struct OverQueues {
    pub(crate) spec: &'static OperationSpec,
    pub(crate) state: &'static str,
}

/// Those that this person may press.
pub(crate) fn offered_over_queues(operator: &Operator) -> Vec<OverQueues> {
    let may = |action| operator.may_anywhere(action);
    OFFERED
        .iter()
        .filter(|(one, _)| may(Action::Operate(*one)) && may(Action::OperateMany))
        .map(|(one, state)| OverQueues {
            spec: one.spec(),
            state: state.name(),
        })
        .collect()
}

impl OverQueues {
    /// The address of its dry run for the queues that `which` says.
    pub(crate) fn href(&self, app: &App, which: &[(&str, &str)]) -> String {
        let what = [("operation", self.spec.id), ("state", self.state)];
        app.links().to("/queues/operate", &[&what, which].concat())
    }
}

/// What the address says of the queues: a family, or the overview's filter.
#[derive(Debug, Deserialize)]
pub(crate) struct QueuesAt {
    #[serde(default)]
    family: String,
    #[serde(default)]
    prefix: String,
    #[serde(default)]
    q: String,
    /// Only queues with jobs in this state.
    #[serde(default)]
    with: String,
    #[serde(default)]
    problem: String,
    #[serde(flatten)]
    asked: AskedAt,
}

/// What someone asks for in many queues.
struct AskedOfQueues<'a> {
    app: &'a App,
    operator: &'a Operator,
    asked: Asked,
    /// Which queues, in words; empty for those that are named.
    of: String,
}

/// The page.
#[derive(Template)]
#[template(path = "queue/operate_queues.html")]
struct ManyQueuesPage {
    frame: Frame,
    spec: &'static OperationSpec,
    notice: Option<Notice>,
    state: &'static str,
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
    back_href: String,
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

pub(crate) async fn page(
    State(app): State<App>,
    SignedInUser(operator): SignedInUser,
    Query(at): Query<QueuesAt>,
) -> Result<Response, PageError> {
    let (choice, of) = at.choice(&app)?;
    let asked = AskedOfQueues::new(&app, &operator, at.asked, of)?;
    asked.page(choice, StatusCode::OK, None, &[]).await
}

/// The same page for queues that were selected on the overview.
pub(crate) async fn page_of_selected(
    State(app): State<App>,
    SignedInUser(operator): SignedInUser,
    Form(fields): Form<Vec<(String, String)>>,
) -> Result<Response, PageError> {
    let selected = selected_queues(fields)?;
    let asked = AskedOfQueues::new(&app, &operator, selected.at, String::new())?;
    let queues = named(&app, &selected.picked)?;
    if queues.is_empty() {
        let text = "No queue is selected. Go back and select the queues first.";
        return Err(PageError::bad(text));
    }
    let choice = QueueChoice::Named(queues);
    asked.page(choice, StatusCode::OK, None, &[]).await
}

pub(crate) async fn begin(
    State(app): State<App>,
    SignedInUser(operator): SignedInUser,
    Form(fields): Form<Vec<(String, String)>>,
) -> Result<Response, PageError> {
    let selected = selected_queues(fields)?;
    let queues = named(&app, &selected.picked)?;
    AskedOfQueues::new(&app, &operator, selected.at, String::new())?
        .begin(queues)
        .await
}

/// The form with a selection of queues.
fn selected_queues(fields: Vec<(String, String)>) -> Result<SelectedForm<AskedAt>, PageError> {
    SelectedForm::parse(fields, "queue", MOST_QUEUES, "queues")
}

/// The queues of a form, each as `prefix:name`; a name holds no colon.
fn named(app: &App, picked: &[String]) -> Result<Vec<QueueId>, PageError> {
    let queue = |text: &String| {
        let (prefix, name) = text.rsplit_once(':').unwrap_or(("", text));
        QueueAt::named(name, prefix).queue(app)
    };
    picked.iter().map(queue).collect()
}

/// A queue as a form names it.
pub(crate) fn form_name(queue: &QueueId) -> String {
    format!("{}:{}", queue.prefix(), queue.name())
}

impl QueuesAt {
    /// Which queues are meant, also in words.
    fn choice(&self, app: &App) -> Result<(QueueChoice, String), PageError> {
        if !self.family.is_empty() {
            let at = FamilyAt::named(&self.family, &self.prefix);
            let choice = QueueChoice::Family {
                prefix: at.prefix(app)?.to_owned(),
                name: self.family.clone(),
            };
            return Ok((choice, format!("all versions of {}", self.family)));
        }
        let filter = OverviewFilterAt {
            q: self.q.clone(),
            state: self.with.clone(),
            problem: self.problem.clone(),
            from: None,
        }
        .parse()?;
        let mut of = match filter.name.is_empty() {
            true => "all queues".to_owned(),
            false => format!("all queues named like {:?}", filter.name),
        };
        if let Some(state) = filter.state {
            of += &format!(" with {state} jobs");
        }
        if filter.problems {
            of += " with problems";
        }
        Ok((QueueChoice::Filtered(filter), of))
    }
}

impl<'a> AskedOfQueues<'a> {
    fn new(
        app: &'a App,
        operator: &'a Operator,
        at: AskedAt,
        of: String,
    ) -> Result<Self, PageError> {
        Ok(Self {
            app,
            operator,
            asked: Asked::new(at)?,
            of,
        })
    }

    /// The jobs that are meant in each queue.
    fn filter(&self) -> JobFilter {
        JobFilter {
            states: vec![self.asked.state.name().to_owned()],
            ..JobFilter::default()
        }
    }

    async fn begin(&self, queues: Vec<QueueId>) -> Result<Response, PageError> {
        let parameters = match self.asked.parameters() {
            Ok(parameters) => parameters,
            Err(faults) => {
                let notice = faults_notice(faults.text);
                let status = StatusCode::UNPROCESSABLE_ENTITY;
                let choice = QueueChoice::Named(queues);
                return self
                    .page(choice, status, Some(notice), &faults.fields)
                    .await;
            }
        };
        let request = self
            .asked
            .request(queues.clone(), self.filter(), parameters);
        let services = &self.app.services;
        match begun(services.begin_many(self.operator, &request).await?) {
            Ok(run) => Ok(to_run(self.app, &run)),
            Err((status, notice)) => {
                let choice = QueueChoice::Named(queues);
                self.page(choice, status, Some(notice), &[]).await
            }
        }
    }

    /// The page with what was typed, and the dry run.
    async fn page(
        &self,
        choice: QueueChoice,
        status: StatusCode,
        notice: Option<Notice>,
        faults: &[ParameterFault],
    ) -> Result<Response, PageError> {
        self.asked.check_state()?;
        let (services, filter) = (&self.app.services, self.filter());
        let review = services
            .review_many_queues(self.operator, self.asked.operation, &filter, choice)
            .await?;
        let page = self.view(&review, notice, faults);
        Ok(Page::with(status, page).into_response())
    }

    fn view(
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
            back_href: links.to("/", &[]),
        }
    }

    fn row(&self, one: &QueueDryRun) -> QueueRow {
        let links = self.app.links();
        let mut row = QueueRow {
            name: one.queue.name().to_owned(),
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
            Err(LeftOut::Busy(run)) => {
                let id = run.as_str();
                row.run = Some((id.to_owned(), links.to("/run", &[("id", id)])));
            }
        }
        row
    }
}

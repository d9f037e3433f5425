//! The page of one proposal: what it changes, and the forms that decide on it.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use super::row::ProposalRow;
use super::{ASKED, ASKED_RUN};
use crate::domain::access::{Action, Operator};
use crate::domain::proposals::{ProposalId, ProposalRules, ProposalStatus, ProposedChange};
use crate::service::large_texts::memory_budget::BudgetShare;
use crate::service::proposals::read::{OpenedProposal, ShownChange};
use crate::web::app::App;
use crate::web::html::error::{PageError, sentence};
use crate::web::html::frame::{Frame, Page};
use crate::web::html::parts::DiffView;
use crate::web::html::password_field::PasswordField;
use crate::web::job::edit::review::{ChangeView, listed};
use crate::web::request::address::Query;
use crate::web::request::forms::large::keeping;
use crate::web::request::fresh_password::PasswordProblem;
use crate::web::request::notices::Notices;
use crate::web::request::session::SignedInUser;

/// The notices of decisions.
pub(super) const APPROVED: &str = "proposal-approved";
pub(super) const BEGUN: &str = "proposal-begun";
pub(super) const REJECTED: &str = "proposal-rejected";
pub(super) const WITHDRAWN: &str = "proposal-withdrawn";

/// The proposal in an address or form.
#[derive(Debug, Deserialize)]
pub(crate) struct ProposalAt {
    pub(super) id: String,
}

impl ProposalAt {
    pub(super) fn proposal(&self) -> Result<ProposalId, PageError> {
        self.id
            .parse()
            .map_err(|_| PageError::not_found(format!("There is no proposal {:?}.", self.id)))
    }
}

/// The page of one proposal.
#[derive(Template)]
#[template(path = "proposals/one.html")]
pub(crate) struct ProposalPage {
    frame: Frame,
    row: ProposalRow,
    is_pending: bool,
    /// The rules it was checked against, in words; empty where there are none.
    rules: String,
    changes: Vec<ChangeView>,
    not_listed: &'static str,
    diff: Option<DiffView>,
    /// The details of a run that its words leave out: a heading, and the text.
    details: Option<(&'static str, String)>,
    /// Why the difference is not shown; empty where it is.
    not_shown: String,
    may_decide: bool,
    /// Why the reader may not decide, in words; empty where they may, or lack the right.
    no_decision: String,
    is_own: bool,
    password: Option<PasswordField>,
    /// What was just done, and whether all is well.
    pub(super) notice: Option<(bool, String)>,
    /// The reason for a rejection as it was typed, and what is wrong with it.
    pub(super) why: String,
    pub(super) why_problem: String,
    /// What was done to the job; empty for readers who may not read the audit log.
    history_href: String,
}

impl ProposalPage {
    /// Whether it is about a run.
    pub(super) fn is_run(&self) -> bool {
        self.row.is_run
    }
}

pub(crate) async fn page(
    State(app): State<App>,
    SignedInUser(operator): SignedInUser,
    notices: Notices,
    Query(at): Query<ProposalAt>,
) -> Result<Response, PageError> {
    let id = at.proposal()?;
    let done = notices.take().await;
    drawn(&app, &operator, &id, None, |page| {
        page.notice = done.and_then(|done| told(&done.what));
        StatusCode::OK
    })
    .await
}

/// The page of a proposal as it is now; `add` adds what became of a decision.
pub(super) async fn drawn(
    app: &App,
    operator: &Operator,
    id: &ProposalId,
    problem: Option<&PasswordProblem>,
    add: impl FnOnce(&mut ProposalPage) -> StatusCode,
) -> Result<Response, PageError> {
    let opened = app.services.open_proposal(operator, id).await?;
    let (room, mut page) = view(app, operator, opened, problem);
    let status = add(&mut page);
    let mut answer = Page::with(status, page).into_response();
    if let Some(problem) = problem {
        problem.add_headers(&mut answer);
    }
    Ok(keeping(room, answer))
}

fn told(done: &str) -> Option<(bool, String)> {
    let text = match done {
        ASKED => "Asked for approval. Nothing is saved until someone else approves it.",
        ASKED_RUN => "Asked for approval. Nothing begins until someone else approves it.",
        APPROVED => "Approved and saved.",
        BEGUN => "Approved. The run has begun.",
        REJECTED => "Rejected. Nothing was done.",
        WITHDRAWN => "Withdrawn. Nothing was done.",
        _ => return None,
    };
    Some((true, text.to_owned()))
}

fn view(
    app: &App,
    operator: &Operator,
    opened: OpenedProposal,
    problem: Option<&PasswordProblem>,
) -> (BudgetShare, ProposalPage) {
    let OpenedProposal {
        proposal,
        change,
        is_own,
        may_decide,
        room,
    } = opened;
    let is_pending = proposal.status == ProposalStatus::Pending;
    let no_rules = ProposalRules::default();
    let (rules, history) = match &proposal.what {
        ProposedChange::Edit(edit) => (
            &edit.rules,
            vec![("queue", proposal.queue.name()), ("job", edit.job.as_str())],
        ),
        ProposedChange::Run(run) => (&no_rules, vec![("run", run.id.as_str())]),
    };
    let rules = [&rules.schema, &rules.policy];
    let mut page = ProposalPage {
        frame: app.frame(operator, "proposals"),
        row: ProposalRow::new(app, &proposal),
        is_pending,
        rules: rules
            .into_iter()
            .filter(|name| !name.is_empty())
            .cloned()
            .collect::<Vec<_>>()
            .join(", "),
        changes: Vec::new(),
        not_listed: "",
        diff: None,
        details: None,
        not_shown: String::new(),
        may_decide: is_pending && may_decide.is_ok(),
        no_decision: match (&may_decide, is_own) {
            (Err(Some(not)), false) => sentence(&not.to_string()),
            (Err(Some(_)), true) => {
                "Someone else with the right to approve has to decide.".to_owned()
            }
            _ => String::new(),
        },
        is_own,
        password: PasswordField::unless_fresh(Some(operator), problem),
        notice: None,
        why: String::new(),
        why_problem: String::new(),
        history_href: match operator.may(Action::ReadAudit, &proposal.queue) {
            true => app.links().to("/audit", &history),
            false => String::new(),
        },
    };
    match change {
        ShownChange::Difference(reviewed) => {
            (page.changes, page.not_listed) = listed(reviewed.places);
            page.diff = Some(DiffView::new(reviewed.diff));
        }
        ShownChange::Run(details) => page.details = details,
        other => page.not_shown = not_shown(other, is_pending),
    }
    (room, page)
}

/// Why the difference is not shown.
fn not_shown(change: ShownChange, is_pending: bool) -> String {
    match change {
        ShownChange::Difference(_) | ShownChange::Run(_) => String::new(),
        ShownChange::OutdatedRun(why) => {
            let why = why.trim_end_matches('.');
            format!("This proposal can’t be applied any more: {why}.")
        }
        ShownChange::Gone if is_pending => {
            "The proposal has expired: its data is gone.".to_owned()
        }
        ShownChange::Gone => String::new(),
        ShownChange::Outdated => "The job, its schema, its policy or the requester was changed since. This proposal can’t be \
                                  applied any more."
            .to_owned(),
        ShownChange::NotNow(why) => why,
        ShownChange::Hidden => {
            "A policy hides fields from you that this changes, so the change is not shown.".to_owned()
        }
    }
}

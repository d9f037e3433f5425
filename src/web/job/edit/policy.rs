//! What the policy in force says, as pages tell it: before one types, and why a change was refused.

use askama::Template;
use axum::http::StatusCode;

use crate::domain::edit::policy_refusal::{PolicyRefusal, RefusalKind};
use crate::domain::policy::{PointerPattern, PolicyInForce};

/// The policy that changes are checked against, as a part of a page.
#[derive(Template, Debug, Default)]
#[template(path = "job/edit/_policy.html")]
pub(crate) struct PolicyView {
    /// The policy's file; empty if there is none.
    pub(crate) name: String,
    /// Its faults, if it has some; then nothing can be saved.
    pub(crate) faults: Vec<String>,
    /// What it asks, each with a name and what stands under it.
    pub(crate) rules: Vec<RuleView>,
    /// Whether there has to be a reason.
    pub(crate) needs_reason: bool,
    /// What a ticket in the reason looks like; empty if none is asked for.
    pub(crate) ticket: String,
}

/// One rule of a policy.
#[derive(Debug)]
pub(crate) struct RuleView {
    pub(crate) name: &'static str,
    /// In words; empty where pointers stand.
    pub(crate) words: String,
    pub(crate) pointers: Vec<String>,
    /// Whether it also holds for a job that is added.
    is_of_new_jobs: bool,
}

impl askama::filters::HtmlSafe for PolicyView {}

impl PolicyView {
    /// What of the policy is about new jobs: nothing of them is read-only, and they are in no state yet.
    pub(crate) fn of_new_job(policy: &PolicyInForce) -> Self {
        let mut view = Self::new(policy);
        view.rules.retain(|rule| rule.is_of_new_jobs);
        view
    }

    pub(crate) fn new(policy: &PolicyInForce) -> Self {
        let faults = policy.faults().iter().map(ToString::to_string).collect();
        let Some(policy) = policy.policy() else {
            return Self {
                faults,
                ..Self::default()
            };
        };
        let mut rules = Vec::new();
        match policy.editable.as_deref() {
            None => {}
            Some([]) => rules.push(RuleView::words("Editable", "nothing")),
            Some(patterns) => rules.push(RuleView::pointers("Editable", patterns)),
        }
        let sensitive = ("Sensitive: takes your password", &policy.sensitive);
        let critical = ("Critical: takes a second person", &policy.critical);
        for (name, patterns) in [sensitive, critical] {
            if !patterns.is_empty() {
                rules.push(RuleView::pointers(name, patterns).also_of_new_jobs());
            }
        }
        if let Some(states) = &policy.states {
            let states: Vec<&str> = states.iter().map(|state| state.name()).collect();
            rules.push(RuleView::words("In the states", states.join(", ")));
        }
        let ticket = policy.reason.as_ref().and_then(|rule| rule.ticket.as_ref());
        let ticket = ticket.map_or_else(String::new, |rule| rule.pattern().to_owned());
        if !ticket.is_empty() {
            let rule = RuleView::words("Ticket in the reason", ticket.clone());
            rules.push(rule.also_of_new_jobs());
        }
        if let Some(limit) = policy.limit {
            rules.push(RuleView::words("For each person", limit.to_string()));
        }
        Self {
            name: policy.name.clone(),
            faults,
            rules,
            needs_reason: policy.reason.is_some(),
            ticket,
        }
    }

    /// Whether there is something to show.
    pub(crate) fn is_shown(&self) -> bool {
        !self.name.is_empty() || !self.faults.is_empty()
    }
}

impl RuleView {
    fn words(name: &'static str, words: impl Into<String>) -> Self {
        Self {
            name,
            words: words.into(),
            pointers: Vec::new(),
            is_of_new_jobs: false,
        }
    }

    fn pointers(name: &'static str, patterns: &[PointerPattern]) -> Self {
        let told = |pattern: &PointerPattern| match pattern.as_str() {
            "" => "all of the data".to_owned(),
            pointer => pointer.to_owned(),
        };
        Self {
            pointers: patterns.iter().map(told).collect(),
            ..Self::words(name, "")
        }
    }

    fn also_of_new_jobs(self) -> Self {
        Self {
            is_of_new_jobs: true,
            ..self
        }
    }
}

/// The status of a policy's refusal.
pub(crate) fn status_of(refusal: &PolicyRefusal) -> StatusCode {
    match refusal.kind {
        RefusalKind::Faulty(_) => StatusCode::UNPROCESSABLE_ENTITY,
        RefusalKind::StateNotAllowed { .. } => StatusCode::CONFLICT,
        RefusalKind::NotEditable { .. }
        | RefusalKind::HiddenChanged(_)
        | RefusalKind::NeedsPassword(_)
        | RefusalKind::NeedsApproval(_) => StatusCode::FORBIDDEN,
    }
}

/// The heading of a policy's refusal.
pub(crate) fn title_of(refusal: &PolicyRefusal) -> &'static str {
    match refusal.kind {
        RefusalKind::Faulty(_) => "Invalid policy",
        RefusalKind::StateNotAllowed { .. } => "The job can't be edited in this state",
        RefusalKind::NotEditable { .. } => "A read-only field was changed",
        RefusalKind::HiddenChanged(_) => "A hidden field was changed",
        RefusalKind::NeedsPassword(_) => "A sensitive field was changed",
        RefusalKind::NeedsApproval(_) => "A second person is needed",
    }
}

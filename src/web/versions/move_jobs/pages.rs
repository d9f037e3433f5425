//! The pages of a move: the form, and the dry run.

use std::sync::Arc;

use askama::Template;
use axum::http::StatusCode;

use super::form::{MoveContext, MoveForm};
use super::sample::MoveSampleView;
use crate::domain::job::JobId;
use crate::domain::run::RunKind;
use crate::domain::versions::move_jobs::MOVABLE;
use crate::service::versions::move_jobs::dry_run::{BrokenKind, MOST_LISTED, MoveDryRun};
use crate::web::html::format::thousands;
use crate::web::html::frame::Frame;
use crate::web::html::parts::DiffView;
use crate::web::request::fresh_password::PasswordProblem;
use crate::web::runs::second_person::SecondPerson;

/// The parts that both pages share: what was typed, and where it is sent.
#[derive(Debug)]
pub(crate) struct MoveView {
    pub(crate) form: MoveForm,
    pub(crate) form_href: String,
    pub(crate) review_href: String,
    pub(crate) begin_href: String,
    /// The family's page.
    pub(crate) family_href: String,
}

impl MoveContext {
    fn frame(&self) -> Frame {
        match &self.operator {
            Some(operator) => self.app.frame(operator, ""),
            None => self.app.frame_for_anyone(),
        }
    }

    fn view(&self) -> MoveView {
        let links = self.app.links();
        let prefixes = self.app.services.store().prefixes();
        let prefix = match self.form.prefix.as_str() {
            "" => prefixes.first().map_or("", String::as_str),
            named => named,
        };
        MoveView {
            form: self.form.clone(),
            form_href: links.to("/family/move/form", &[]),
            review_href: links.to("/family/move/review", &[]),
            begin_href: links.to("/family/move", &[]),
            family_href: links.family(prefix, &self.form.name, "/family"),
        }
    }
}

/// The form.
#[derive(Template)]
#[template(path = "versions/move.html")]
pub(crate) struct MovePage {
    frame: Frame,
    doing: MoveView,
    /// Why it was not done: a title and a text.
    notice: Option<(&'static str, String)>,
    from: Vec<ChoiceView>,
    to: Vec<ChoiceView>,
    states: Vec<StateChoice>,
    /// Whether there is no other version to move to.
    alone: bool,
    /// What stands beside the form; `None` where it was not read.
    sample: Option<Arc<MoveSampleView>>,
}

/// A version to choose.
#[derive(Debug)]
pub(crate) struct ChoiceView {
    name: String,
    chosen: bool,
}

/// A state to tick.
#[derive(Debug)]
pub(crate) struct StateChoice {
    name: &'static str,
    ticked: bool,
}

impl MovePage {
    pub(crate) fn new(preparing: &MoveContext, notice: Option<(&'static str, String)>) -> Self {
        let form = &preparing.form;
        let names = preparing.names();
        let [from, to] = preparing.chosen_versions();
        Self {
            frame: preparing.frame(),
            doing: preparing.view(),
            notice,
            from: choices(&names, &from),
            to: choices(&names, &to),
            states: MOVABLE
                .into_iter()
                .zip(form.ticks())
                .map(|(state, ticked)| StateChoice {
                    name: state.name(),
                    ticked,
                })
                .collect(),
            alone: names.len() < 2,
            sample: preparing.sample.clone(),
        }
    }
}

fn choices(names: &[String], chosen: &str) -> Vec<ChoiceView> {
    let view = |name: &String| ChoiceView {
        name: name.clone(),
        chosen: name == chosen,
    };
    names.iter().map(view).collect()
}

/// The dry run.
#[derive(Template)]
#[template(path = "versions/move_dry_run.html")]
pub(crate) struct MoveReviewPage {
    frame: Frame,
    doing: MoveView,
    /// What is required first; empty if nothing is.
    missing: String,
    /// Where it takes a second person.
    second: Option<SecondPerson>,
    would_move: String,
    /// Nothing can be moved as things are.
    none: bool,
    reshaped: String,
    any_reshaped: bool,
    total: String,
    looked_at: String,
    /// Whether only some of the jobs were checked.
    sampled: bool,
    states: String,
    /// How many are skipped, and why.
    stays: Vec<(String, &'static str)>,
    /// The commonest problems in the data, and whether there are more kinds.
    broken: Vec<BrokenView>,
    more_broken: bool,
    samples: Vec<SampleView>,
}

/// A problem in the data of jobs that would be skipped.
#[derive(Debug)]
pub(crate) struct BrokenView {
    /// `391 jobs`.
    jobs: String,
    why: &'static str,
    /// The place as a JSON Pointer, and what is wrong there; empty where `why` says all.
    pointer: String,
    message: String,
    /// One of these jobs, and its address.
    example: String,
    href: String,
}

/// A job's data before and after.
#[derive(Debug)]
pub(crate) struct SampleView {
    id: String,
    diff: DiffView,
}

/// What the page of the dry run says of a move that was not begun.
#[derive(Debug, Default)]
pub(super) struct Told {
    /// The status of the answer.
    pub(super) status: StatusCode,
    /// What is required first; empty for nothing.
    pub(super) missing: String,
    /// What is wrong with the password that was typed.
    pub(super) password: Option<PasswordProblem>,
}

impl Told {
    pub(super) fn missing(status: StatusCode, text: &str) -> Self {
        Self {
            status,
            missing: format!("Nothing was moved. {text}"),
            password: None,
        }
    }

    pub(super) fn password(problem: PasswordProblem) -> Self {
        Self {
            status: problem.status,
            missing: problem.text.clone(),
            password: Some(problem),
        }
    }
}

impl MoveContext {
    /// What the form says where a move takes a second person.
    fn second_person(&self, told: &Told) -> Option<SecondPerson> {
        let operator = self.operator.as_ref()?;
        let wish = self.form.wish(&self.app).ok()?;
        let takes = self.app.services.takes_second_person(RunKind::Move);
        takes.then(|| SecondPerson::new(&self.app, operator, &wish.source, told.password.as_ref()))
    }
}

impl MoveReviewPage {
    pub(super) fn new(preparing: &MoveContext, review: MoveDryRun, told: &Told) -> Self {
        let ticked = MOVABLE.into_iter().zip(preparing.form.ticks());
        let states: Vec<&str> = ticked
            .filter(|(_, ticked)| *ticked)
            .map(|(state, _)| state.name())
            .collect();
        Self {
            frame: preparing.frame(),
            doing: preparing.view(),
            missing: told.missing.clone(),
            second: preparing.second_person(told),
            would_move: thousands(review.would_move),
            none: review.moves_nothing(),
            reshaped: thousands(review.reshaped),
            any_reshaped: review.reshaped > 0,
            total: thousands(review.total),
            looked_at: thousands(review.looked_at),
            sampled: review.looked_at < review.total,
            states: states.join(", "),
            stays: review
                .stays
                .iter()
                .map(|(why, count)| (thousands(*count), why.words()))
                .collect(),
            more_broken: review.broken.is_cut || review.broken.len() > MOST_LISTED,
            broken: review
                .broken
                .commonest(MOST_LISTED)
                .into_iter()
                .map(|broken| broken_view(preparing, broken))
                .collect(),
            samples: review
                .samples
                .into_iter()
                .map(|sample| SampleView {
                    id: sample.id.as_str().to_owned(),
                    diff: DiffView::new(sample.diff),
                })
                .collect(),
        }
    }
}

fn broken_view(
    preparing: &MoveContext,
    (kind, jobs, example): (&BrokenKind, u64, &JobId),
) -> BrokenView {
    let source = preparing
        .choices
        .iter()
        .find(|queue| queue.name() == preparing.form.from);
    let problem = kind.problem.as_ref();
    BrokenView {
        jobs: match jobs {
            1 => "1 job".to_owned(),
            jobs => format!("{} jobs", thousands(jobs)),
        },
        why: kind.why.words(),
        pointer: problem.map_or_else(String::new, |problem| problem.pointer.clone()),
        message: problem.map_or_else(String::new, |problem| problem.message.clone()),
        href: source.map_or_else(String::new, |queue| {
            preparing.app.links().job(queue, example)
        }),
        example: example.as_str().to_owned(),
    }
}

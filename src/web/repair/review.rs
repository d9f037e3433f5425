//! The page of a repair's dry run, and the form that begins the run.

use askama::Template;
use axum::http::StatusCode;

use super::form_page::RepairView;
use super::submitted::RepairContext;
use crate::domain::edit::problem::TextProblem;
use crate::domain::job::JobId;
use crate::domain::queue::QueueId;
use crate::domain::run::RunKind;
use crate::service::jobs::operate_many::TYPED_ABOVE;
use crate::service::repair::dry_run::RepairDryRun;
use crate::service::repair::samples::RepairSample;
use crate::web::html::format::thousands;
use crate::web::html::frame::Frame;
use crate::web::html::parts::DiffView;
use crate::web::request::fresh_password::PasswordProblem;
use crate::web::runs::second_person::SecondPerson;

/// The page.
#[derive(Template)]
#[template(path = "repair/review.html")]
pub(super) struct ReviewPage {
    frame: Frame,
    doing: RepairView,
    /// Why it was not begun.
    notice: Option<(&'static str, String)>,
    /// Which jobs and which change, in words.
    words: String,
    would: String,
    right: String,
    /// None would change as things are.
    none: bool,
    total: String,
    looked_at: String,
    matching: String,
    /// Whether only some of the jobs were checked.
    sampled: bool,
    active: String,
    /// Whether a policy hides data, so that samples are left out.
    hides: bool,
    /// How many jobs a run may repair, where that is fewer than may change.
    limit: String,
    stays: Vec<(String, &'static str)>,
    listed: Vec<ListedView>,
    worst: Option<WorstView>,
    samples: Vec<SampleView>,
    count: u64,
    count_words: String,
    needs_count: bool,
    reason_missing: bool,
    /// Where it takes a second person.
    second: Option<SecondPerson>,
    /// How many jobs change critical fields, in words, and which; empty for none.
    critical: String,
    critical_places: String,
}

/// What the page says of a repair that was not begun.
#[derive(Debug, Default)]
pub(super) struct Told {
    /// The status of the answer.
    pub(super) status: StatusCode,
    /// Why it was not begun.
    pub(super) notice: Option<(&'static str, String)>,
    /// Whether the reason is what is wrong.
    pub(super) reason_missing: bool,
    /// What is wrong with the password that was typed.
    pub(super) password: Option<PasswordProblem>,
}

impl Told {
    pub(super) fn password(problem: PasswordProblem) -> Self {
        Self {
            status: problem.status,
            notice: Some(("Nothing was changed", problem.text.clone())),
            reason_missing: false,
            password: Some(problem),
        }
    }
}

/// What the form says where the repair takes a second person.
fn second_person(
    context: &RepairContext,
    queue: &QueueId,
    review: &RepairDryRun,
    problem: Option<&PasswordProblem>,
) -> Option<SecondPerson> {
    let operator = context.operator.as_ref()?;
    let by_setting = context.app.services.takes_second_person(RunKind::Repair);
    (by_setting || review.critical > 0)
        .then(|| SecondPerson::new(&context.app, operator, queue, problem))
}

/// A job that would stay as it is.
#[derive(Debug)]
struct ListedView {
    id: String,
    href: String,
    why: &'static str,
    problem: String,
}

/// The job with the most problems.
#[derive(Debug)]
struct WorstView {
    id: String,
    href: String,
    problems: Vec<String>,
}

impl WorstView {
    fn new(id: &JobId, href: String, problems: &[TextProblem]) -> Self {
        let problems = problems.iter().map(|one| {
            let pointer = one.pointer.as_deref().unwrap_or_default();
            format!("{pointer}: {}", one.message)
        });
        Self {
            id: id.as_str().to_owned(),
            href,
            problems: problems.collect(),
        }
    }
}

/// A job's data before and after.
#[derive(Debug)]
struct SampleView {
    why: &'static str,
    id: String,
    href: String,
    places: String,
    diff: DiffView,
}

impl SampleView {
    fn new(href: String, sample: RepairSample) -> Self {
        Self {
            why: sample.why,
            href,
            id: sample.id.as_str().to_owned(),
            places: match sample.places {
                1 => "1 place".to_owned(),
                places => format!("{} places", thousands(places as u64)),
            },
            diff: DiffView::new(sample.diff),
        }
    }
}

impl ReviewPage {
    pub(super) fn new(
        context: &RepairContext,
        queue: &QueueId,
        review: RepairDryRun,
        told: Told,
    ) -> Self {
        let links = context.app.links();
        let href = |id: &JobId| links.job(queue, id);
        let mut doing = context.view();
        doing.form.fixed_query = review.spec.filter.query.clone();
        doing.form.rules = review.spec.rules.clone();
        doing.form.reviewed = review.reviewed.clone();
        let at_most = review.at_most();
        Self {
            frame: context.frame(),
            doing,
            notice: told.notice,
            second: second_person(context, queue, &review, told.password.as_ref()),
            critical: match review.critical {
                0 => String::new(),
                1 => "1 job changes".to_owned(),
                jobs => format!("{} jobs change", thousands(jobs)),
            },
            critical_places: review.critical_places.join(", "),
            words: review.spec.words(),
            would: thousands(review.would),
            right: thousands(review.right),
            none: review.would == 0 && review.looked_at >= review.total,
            total: thousands(review.total),
            looked_at: thousands(review.looked_at),
            matching: thousands(review.matching()),
            sampled: review.looked_at < review.total,
            active: match review.active {
                0 => String::new(),
                1 => "1 job is being processed by a worker and is left out.".to_owned(),
                active => format!(
                    "{} jobs are being processed by workers and are left out.",
                    thousands(active)
                ),
            },
            hides: review.hides,
            limit: match at_most > review.limit {
                true => thousands(review.limit),
                false => String::new(),
            },
            stays: review
                .stays
                .iter()
                .map(|(why, count)| (thousands(*count), why.words()))
                .collect(),
            listed: review
                .listed
                .iter()
                .map(|(id, why, problem)| ListedView {
                    id: id.as_str().to_owned(),
                    href: href(id),
                    why: why.words(),
                    problem: problem.clone(),
                })
                .collect(),
            worst: (review.worst.as_ref())
                .map(|(id, problems)| WorstView::new(id, href(id), problems)),
            count: at_most,
            count_words: thousands(at_most),
            needs_count: at_most > TYPED_ABOVE,
            samples: review
                .samples
                .into_iter()
                .map(|sample| SampleView::new(href(&sample.id), sample))
                .collect(),
            reason_missing: told.reason_missing,
        }
    }
}

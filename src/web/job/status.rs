//! A job's status and the operations on it: the parts that a live page gets again when they change.

use askama::Template;

use super::texts::LineView;
use crate::domain::access::{Action, Operator};
use crate::domain::edit::Refusal;
use crate::domain::job::{Job, JobId, JobPart, JobState, JobText, Payload};
use crate::domain::operations::{Operation, OperationSpec};
use crate::domain::queue::QueueId;
use crate::domain::queue::bullmq_version::BullmqVersion;
use crate::web::app::App;
use crate::web::html::format::{When, duration};
use crate::web::html::parts::StateView;
use crate::web::html::queue_crumbs::QueueCrumbs;

/// How many characters of a progress that is not a number are shown beside the state.
const LONGEST_PROGRESS: usize = 60;

/// The status of a job.
#[derive(Debug)]
pub(crate) struct JobStatusView {
    pub(crate) crumbs: CrumbsView,
    pub(crate) now: NowView,
    pub(crate) timeline: TimelineView,
    pub(crate) facts: FactsView,
}

/// Its state, and what this person may do now.
#[derive(Template, Debug)]
#[template(path = "job/_status.html")]
pub(crate) struct NowView {
    base: String,
    pub(crate) state: StateView,
    /// Why its state is not known; empty if it is known, or if no state holds the job.
    doubt: &'static str,
    /// Its progress, if that is short; empty otherwise.
    progress: String,
    actions: Actions,
}

/// The way to it: the overview, its family, its queue, its state.
#[derive(Template, Debug)]
#[template(path = "job/_crumbs.html")]
pub(crate) struct CrumbsView {
    to_queue: QueueCrumbs,
    state: &'static str,
    /// Empty where no state holds it.
    state_href: String,
    id: String,
}

/// The times of a job's events.
#[derive(Template, Debug)]
#[template(path = "job/_timeline.html")]
pub(crate) struct TimelineView {
    base: String,
    moments: Vec<MomentView>,
}

/// Small facts: attempts, priority, worker, scheduler, …
#[derive(Template, Debug)]
#[template(path = "job/_facts.html")]
pub(crate) struct FactsView {
    queue: String,
    queue_href: String,
    /// The prefix; empty for the default one.
    prefix: String,
    facts: Vec<(&'static str, String)>,
    bull_version: String,
}

/// Lines of its log, with their numbers.
#[derive(Template, Debug)]
#[template(
    source = "{% for line in lines %}{% include \"job/_log_line.html\" %}{% endfor %}",
    ext = "html"
)]
pub(crate) struct LinesView {
    pub(crate) lines: Vec<LineView>,
}

impl askama::filters::HtmlSafe for CrumbsView {}
impl askama::filters::HtmlSafe for NowView {}
impl askama::filters::HtmlSafe for TimelineView {}
impl askama::filters::HtmlSafe for FactsView {}

/// What a person may do with a job, and if not, why.
#[derive(Debug, Default)]
pub(crate) struct Actions {
    /// The editor's address; empty if the person may not edit.
    edit_href: String,
    /// Why the job can't be edited now; empty if it can.
    edit_refusal: &'static str,
    /// The operations that work in its current state.
    operations: Vec<OfferedView>,
    /// The form that adds a job like it; empty for those who may not.
    duplicate_href: String,
    /// The hidden fields of their forms.
    at: AtView,
}

/// The button of an operation.
#[derive(Debug)]
pub(crate) struct OfferedView {
    spec: &'static OperationSpec,
    /// Whether a confirmation page comes first.
    asks: bool,
    /// Where the form is sent that does it.
    href: String,
    /// The page that asks before, and takes a reason.
    ask_href: String,
}

/// The hidden fields that name a job in a form.
#[derive(Debug, Default, Clone)]
pub(crate) struct AtView {
    pub(crate) queue: String,
    pub(crate) prefix: String,
    pub(crate) id: String,
}

impl AtView {
    pub(crate) fn new(app: &App, queue: &QueueId, id: &JobId) -> Self {
        Self {
            queue: queue.name().to_owned(),
            prefix: app.links().prefix(queue.prefix()).to_owned(),
            id: id.as_str().to_owned(),
        }
    }
}

/// One step of the timeline.
#[derive(Debug)]
pub(crate) struct MomentView {
    label: &'static str,
    when: When,
    /// How long after the previous step; empty for the first.
    after: String,
}

impl JobStatusView {
    /// The status as `operator` sees it. `bull_version` is the BullMQ version that wrote the queue.
    pub(crate) fn new(
        app: &App,
        operator: &Operator,
        queue: &QueueId,
        bull_version: &BullmqVersion,
        job: &Job,
    ) -> Self {
        let base = app.base_path.clone();
        let links = app.links();
        Self {
            crumbs: CrumbsView::new(app, queue, job),
            now: NowView {
                base: base.clone(),
                state: StateView::new(job.state, 0, state_href(app, queue, job.state)),
                doubt: doubt(job),
                progress: progress(job),
                actions: actions(app, operator, queue, job),
            },
            timeline: TimelineView {
                base,
                moments: moments(job),
            },
            facts: FactsView {
                queue: queue.name().to_owned(),
                queue_href: links.queue(queue, &[]),
                prefix: links.prefix(queue.prefix()).to_owned(),
                facts: facts(job),
                bull_version: bull_version.text().unwrap_or_default().to_owned(),
            },
        }
    }
}

impl CrumbsView {
    fn new(app: &App, queue: &QueueId, job: &Job) -> Self {
        Self {
            to_queue: QueueCrumbs::new(app, queue),
            state: job.state.name(),
            state_href: state_href(app, queue, job.state),
            id: job.id.as_str().to_owned(),
        }
    }
}

/// Why a job's state is not known.
fn doubt(job: &Job) -> &'static str {
    if job.unsearched {
        "Probably waiting. This queue is too long to search with every look. Checking again in a few seconds."
    } else if job.unreadable.contains(&JobPart::State) {
        "A key in which this queue keeps the jobs of a state holds something else, so the state may be wrong."
    } else {
        ""
    }
}

/// A number is a percentage, as in BullMQ's own examples; anything else is shown unchanged if it is short.
pub(super) fn progress(job: &Job) -> String {
    let Payload::Loaded(stored) = job.text(JobText::Progress) else {
        return String::new();
    };
    let text = String::from_utf8_lossy(stored);
    match text.parse::<f64>() {
        Ok(0.0) => String::new(),
        Ok(_) => format!("{text} %"),
        Err(_) if text.len() <= LONGEST_PROGRESS => text.into_owned(),
        Err(_) => String::new(),
    }
}

fn state_href(app: &App, queue: &QueueId, state: JobState) -> String {
    match state {
        JobState::Unknown => String::new(),
        state => app.links().queue_state(queue, state),
    }
}

fn actions(app: &App, operator: &Operator, queue: &QueueId, job: &Job) -> Actions {
    let links = app.links();
    let refusal = Refusal::of(job.state, job.locked);
    Actions {
        edit_href: match operator.may(Action::EditData, queue) {
            true => links.of_job("/job/edit", queue, &job.id, &[]),
            false => String::new(),
        },
        edit_refusal: refusal.map_or("", Refusal::words),
        operations: Operation::ALL
            .iter()
            // Buttons of the log and of the flow stand beside those.
            .filter(|one| !matches!(one, Operation::ClearLog | Operation::RemoveWithChildren))
            .filter(|one| !(one.ends_stuck() && job.locked))
            .filter(|one| one.is_for(job.state) && operator.may(Action::Operate(**one), queue))
            .map(|one| {
                let offered = offered(app, queue, &job.id, one.spec());
                // What a completed job did is done again, so one click does not do it.
                let repeats = *one == Operation::Retry && job.state == JobState::Completed;
                OfferedView {
                    asks: offered.asks || repeats,
                    ..offered
                }
            })
            .collect(),
        duplicate_href: match operator.may(Action::AddJob, queue) {
            true => links.add_job(queue, &[("from", job.id.as_str())]),
            false => String::new(),
        },
        at: AtView::new(app, queue, &job.id),
    }
}

fn offered(app: &App, queue: &QueueId, id: &JobId, spec: &'static OperationSpec) -> OfferedView {
    let (links, asks) = (app.links(), spec.asks());
    OfferedView {
        spec,
        asks,
        href: links.to(spec.path, &[]),
        ask_href: links.of_job(spec.path, queue, id, &[]),
    }
}

fn moments(job: &Job) -> Vec<MomentView> {
    let summary = &job.summary;
    let finished = match job.state {
        JobState::Failed => "Failed",
        _ => "Finished",
    };
    let steps = [
        ("Added", summary.added),
        ("Started", summary.started),
        (finished, summary.finished),
        ("Next run", job.due),
    ];
    let mut before = None;
    steps
        .into_iter()
        .filter_map(|(label, at)| at.map(|at| (label, at)))
        .map(|(label, at)| {
            let after = before.map_or(String::new(), |before| duration(at.saturating_sub(before)));
            before = Some(at);
            MomentView {
                label,
                when: When::of(at),
                after,
            }
        })
        .collect()
}

fn facts(job: &Job) -> Vec<(&'static str, String)> {
    let summary = &job.summary;
    let attempts = match summary.attempts {
        Some(allowed) => format!("{} of {}", summary.attempts_made, allowed.max(1)),
        None => summary.attempts_made.to_string(),
    };
    let number = |number: u64| (number > 0).then(|| number.to_string());
    [
        ("Attempts", Some(attempts)),
        ("Starts", number(job.attempts_started)),
        ("Stalls", number(job.stalled)),
        ("Priority", number(summary.priority)),
        (
            "Delay",
            (summary.delay > 0).then(|| duration(summary.delay)),
        ),
        ("Worker", job.worker.clone()),
        ("Scheduler", job.scheduler.clone()),
        ("Deduplication", job.deduplication.clone()),
        ("Lock", job.locked.then(|| "held by a worker".to_owned())),
    ]
    .into_iter()
    .filter_map(|(label, value)| value.map(|value| (label, value)))
    .collect()
}

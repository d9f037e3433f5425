//! One row of the overview: a version of a queue, or a note that it is gone.

use askama::Template;

use super::usual_version::UsualVersion;
use crate::clock::unix_millis;
use crate::domain::job::JobState;
use crate::domain::queue::{QueueId, QueueProblem};
use crate::domain::stats::series::{Minute, Series};
use crate::service::live::snapshot::VersionFigures;
use crate::web::app::App;
use crate::web::html::charts::{Sparkline, sparkline};
use crate::web::html::element_id::element_id;
use crate::web::html::format::thousands;
use crate::web::html::parts::{QueueView, StateView, states, tell_held};
use crate::web::queue::which_queues::form_name;
use crate::web::request::forms::encoded_names::encoded;
use crate::web::versions::lifecycle::{LifecycleView, ViewContext, lacks, meant};

/// One version's row.
#[derive(Template)]
#[template(path = "overview/_row.html")]
pub(crate) struct VersionView {
    base: String,
    /// The row's element id, a digest: a queue's name may hold characters that an id or a selector can't.
    pub(crate) id: String,
    queue: QueueView,
    /// The name in two parts. A row under its family's heading shows only the second.
    family_part: String,
    own_part: String,
    /// Its BullMQ version, if most queues have another.
    bull_version: String,
    /// What a form says of it where it can be selected, for those who may do anything to many queues; empty for others.
    pick: String,
    counts: Vec<StateView>,
    /// Its lifecycle.
    lifecycle: LifecycleView,
    /// What it lacks, and the name and address of the queue that was probably meant.
    meant: Option<(&'static str, String, String)>,
    /// Its other problems.
    problems: Vec<(QueueProblem, String)>,
    /// The sparkline of its last hour, and the same in words.
    hour: Option<(Sparkline, String)>,
}

impl askama::filters::HtmlSafe for VersionView {}

/// The row of a queue that is gone.
#[derive(Template)]
#[template(path = "overview/_row_gone.html")]
pub(crate) struct GoneRow {
    pub(crate) id: String,
    name: String,
}

/// How the rows of a page are drawn.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RowOptions<'a> {
    /// The BullMQ version that they leave out.
    pub(crate) usual: &'a UsualVersion,
    /// Whether they can be selected.
    pub(crate) picks: bool,
}

impl VersionView {
    /// A queue's row.
    pub(crate) fn new(
        app: &App,
        version: &VersionFigures,
        sight: &ViewContext<'_>,
        rows: RowOptions<'_>,
    ) -> Self {
        let VersionFigures {
            lineage, figures, ..
        } = version;
        // A zero links to nowhere: most of a large overview is zeros.
        let mut counts = states(&figures.counts, |state| match figures.counts.of(state) {
            0 => String::new(),
            _ => app.links().queue_state(&figures.queue, state),
        });
        tell_held(&mut counts, figures.held_in_waiting(), || {
            app.links().queue_state(&figures.queue, JobState::Waiting)
        });
        let name = figures.queue.name();
        let (family_part, own_part) = match name.strip_suffix(&lineage.label) {
            Some(family) if !lineage.label.is_empty() => (family, lineage.label.as_str()),
            _ => ("", name),
        };
        Self {
            base: app.base_path.clone(),
            id: element_id('r', &[figures.queue.prefix(), figures.queue.name()]),
            family_part: family_part.to_owned(),
            own_part: own_part.to_owned(),
            bull_version: rows.usual.differs(&figures.bull_version),
            queue: QueueView::new(figures, &lineage.family, &lineage.label, app.links()),
            pick: match rows.picks {
                true => encoded(form_name(&figures.queue)),
                false => String::new(),
            },
            counts,
            lifecycle: LifecycleView::brief(app, version, sight),
            meant: meant(app, version, sight).map(|(name, href)| (lacks(version), name, href)),
            problems: problems(version),
            hour: version.series.as_ref().map(|series| hour(series)),
        }
    }
}

/// Its problems, except that it is stranded, which its lifecycle says.
fn problems(version: &VersionFigures) -> Vec<(QueueProblem, String)> {
    let words = |problem: QueueProblem| match problem {
        // Failed jobs may be retried, so an old version still matters while it has some.
        QueueProblem::Failed if !version.standing.is_current => {
            format!("{} failed remain", thousands(version.figures.counts.failed))
        }
        problem => problem.label().to_owned(),
    };
    let problems = version.figures.problems().into_iter();
    problems
        .filter(|problem| *problem != QueueProblem::Stranded)
        .map(|problem| (problem, words(problem)))
        .collect()
}

fn hour(series: &Series) -> (Sparkline, String) {
    let minutes = series.minutes(unix_millis());
    let sum = |count: fn(&Minute) -> Option<u32>| {
        thousands(minutes.iter().filter_map(count).map(u64::from).sum())
    };
    let words = format!(
        "{} finished and {} failed in the last hour",
        sum(|minute| minute.finished),
        sum(|minute| minute.failed)
    );
    (sparkline(&minutes), words)
}

impl GoneRow {
    pub(crate) fn new(queue: &QueueId) -> Self {
        Self {
            id: element_id('r', &[queue.prefix(), queue.name()]),
            name: queue.name().to_owned(),
        }
    }
}

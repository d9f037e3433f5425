//! The page of a history.

use askama::Template;

use super::asked::{Asked, place};
use super::drawn;
use super::marks::{self, MarkRow};
use super::reading::Reading;
use super::rows::{PointRow, clock, is_gap, rows};
use crate::domain::access::Operator;
use crate::domain::history::shown::{PointSource, ShownPoint, folded, step_ms};
use crate::domain::queue::queue_set::QueueSet;
use crate::web::app::App;
use crate::web::html::charts::{ChartFrame, HistoryChart};
use crate::web::html::format::{When, bytes, minute, thousands};
use crate::web::html::frame::Frame;
use crate::web::html::parts::{AwayView, Choice};
use crate::web::html::queue_crumbs::QueueCrumbs;

const MINUTE_MS: u64 = 60_000;

/// The page of a history.
#[derive(Template)]
#[template(path = "history/page.html")]
pub(crate) struct HistoryPage {
    frame: Frame,
    away: AwayView,
    whose: Whose,
    ranges: Vec<Choice>,
    form: RangeForm,
    /// `Last hour`, or the two times.
    range: String,
    /// The addresses of the ranges before and after this one; empty for one that is to come.
    earlier: String,
    later: String,
    /// The address of exactly this range, which shows the same tomorrow.
    fixed: String,
    csv: String,
    /// The address from which the page is refreshed; empty for a range that has ended.
    again: String,
    /// When this was read.
    read: When,
    /// How many queues were added up; empty for the page of a queue.
    queues: String,
    /// How long a point of the charts and one of the file lasts.
    step: String,
    resolution: String,
    /// Since when history is kept.
    since: Option<When>,
    /// How much room it takes in Redis.
    bytes: String,
    /// What there is instead of charts, or before the first recorded point; empty for nothing.
    nothing: String,
    /// How many minutes are not recorded or only in part, and which are known from elsewhere, one sentence each.
    notes: Vec<String>,
    charts: Vec<HistoryChart>,
    shape: ChartFrame,
    /// The time of the latest point with figures.
    latest: String,
    rows: Vec<PointRow>,
    marks: Vec<MarkRow>,
    more_marks: String,
}

/// Which queues it is about.
struct Whose {
    /// The way to the queue; `None` for other pages.
    crumbs: Option<QueueCrumbs>,
    /// The family and its page; empty for other pages.
    family: (String, String),
    /// ` of email/v2`; empty for all queues.
    of: String,
}

impl Whose {
    fn new(app: &App, set: &QueueSet) -> Self {
        Self {
            crumbs: match set {
                QueueSet::Queue(queue) => Some(QueueCrumbs::new(app, queue)),
                _ => None,
            },
            family: match set {
                QueueSet::Family { prefix, name } => {
                    (name.clone(), app.links().family(prefix, name, "/family"))
                }
                _ => Default::default(),
            },
            of: match set {
                QueueSet::All => String::new(),
                QueueSet::Family { name, .. } => format!(" of {name}"),
                QueueSet::Queue(queue) => format!(" of {}", queue.name()),
            },
        }
    }
}

/// The form for a range of one's own.
struct RangeForm {
    action: String,
    /// The queue or family, and the prefix, if the address needs it; empty for all queues.
    name: String,
    prefix: String,
    /// The times of the range, as a browser's field has them.
    from: String,
    to: String,
}

impl HistoryPage {
    /// The page of what was read.
    pub(super) fn new(
        app: &App,
        operator: &Operator,
        set: &QueueSet,
        asked: &Asked,
        read: Reading,
    ) -> Self {
        let (history, now) = (&read.history, read.now);
        let span = asked.range().span(now);
        let length = span.1.saturating_sub(span.0);
        let step = step_ms(length, history.resolution);
        let points = folded(&read.points, history.resolution, step);
        let (marks, more_marks) = marks::rows(app, set, &read.marks, &points, now);
        let is_all = *set == QueueSet::All;
        let around = |from, to| Asked::Between(from, to).href(app, set, "");
        Self {
            frame: app.frame(operator, if is_all { "history" } else { "" }),
            away: AwayView::new(app, &app.services.overview().now()),
            whose: Whose::new(app, set),
            ranges: ranges(app, set, asked),
            form: RangeForm::new(app, set, span),
            range: asked.words(now),
            earlier: around(span.0.saturating_sub(length), span.0),
            later: match span.1 + MINUTE_MS < now {
                true => around(span.1, (span.1 + length).min(now)),
                false => String::new(),
            },
            fixed: around(span.0, span.1),
            csv: asked.href(app, set, ".csv"),
            again: match asked.name() {
                Some(_) => asked.href(app, set, ""),
                None => String::new(),
            },
            read: When::of(now),
            queues: match (set, history.queues) {
                (QueueSet::Queue(_), _) => String::new(),
                (_, 1) => "1 queue".to_owned(),
                (_, queues) => format!("{} queues", thousands(queues as u64)),
            },
            step: drawn::step_words(step),
            resolution: drawn::step_words(history.resolution.millis()),
            since: history.since_ms.filter(|_| history.bytes > 0).map(When::of),
            bytes: bytes(history.bytes),
            nothing: nothing(app, &read),
            notes: notes(&read, step > history.resolution.millis()),
            charts: charts_of(&points, step),
            shape: drawn::frame(&points, step, &marks),
            latest: drawn::latest(&points)
                .map(|at| clock(points[at].point.start_ms, now))
                .unwrap_or_default(),
            rows: rows(&points, step, now),
            marks,
            more_marks: match more_marks {
                0 => String::new(),
                more => thousands(more as u64),
            },
        }
    }
}

impl RangeForm {
    fn new(app: &App, set: &QueueSet, span: (u64, u64)) -> Self {
        let links = app.links();
        let (path, name, prefix) = place(set);
        let field = |millis| When::of(millis).iso.chars().take(16).collect();
        Self {
            action: links.to(path, &[]),
            name: name.to_owned(),
            prefix: links.prefix(prefix).to_owned(),
            from: field(span.0),
            to: field(span.1),
        }
    }
}

/// The named ranges.
fn ranges(app: &App, set: &QueueSet, asked: &Asked) -> Vec<Choice> {
    let choice = |choice: Asked| Choice {
        word: choice.name().unwrap_or_default().to_owned(),
        href: choice.href(app, set, ""),
        current: choice.name() == asked.name(),
    };
    Asked::choices().map(choice).collect()
}

/// The charts: all of them where something was recorded, else those that have something to show.
fn charts_of(points: &[ShownPoint], step_ms: u64) -> Vec<HistoryChart> {
    let mut charts = drawn::charts(points, step_ms);
    // Of the minute in which a process begins only readings are known.
    let is_recorded = |shown: &ShownPoint| {
        let is_own = matches!(shown.source, PointSource::Recorded | PointSource::InPart);
        is_own && shown.point.completed.is_some()
    };
    if !points.iter().any(is_recorded) {
        charts.retain(|chart| {
            let mut lines = chart.lines.iter();
            lines.any(|line| !line.before.is_empty())
        });
    }
    charts
}

/// What is said where nothing was recorded. Reading also finds minutes that this process knows and that are not stored.
fn nothing(app: &App, read: &Reading) -> String {
    let is_stored = read.history.bytes > 0;
    let has = |source| read.points.iter().any(|shown| shown.source == source);
    if !is_stored && app.services.rules().read_only {
        return "Nothing is recorded: this Bullkeeper only reads. One that may write to the same Redis records the history for all."
            .to_owned();
    }
    // Of a queue in which nothing happens, nothing needs to be stored.
    if !is_stored && !has(PointSource::Recorded) {
        let first = (read.now / MINUTE_MS + 2) * MINUTE_MS;
        return format!(
            "Nothing is recorded yet. The first point comes when the first whole minute is over, at about {}.",
            minute(first, read.now)
        );
    }
    match (read.points.iter().all(is_gap), read.history.since_ms) {
        (true, Some(since)) => format!(
            "Nothing was recorded in this range. The history begins at {}.",
            minute(since, read.now)
        ),
        (true, None) => "Nothing was recorded in this range.".to_owned(),
        (false, _) => String::new(),
    }
}

/// What the points do not tell, and what they are based on.
fn notes(read: &Reading, is_folded: bool) -> Vec<String> {
    let count = |source| {
        let those = read.points.iter().filter(|shown| shown.source == source);
        match those.count() as u64 {
            0 => None,
            1 => Some("1 point".to_owned()),
            count => Some(format!("{} points", thousands(count))),
        }
    };
    let mut notes = Vec::new();
    if let Some(points) = count(PointSource::Nothing) {
        notes.push(format!("Hatched: not recorded ({points})."));
    }
    if let Some(points) = count(PointSource::InPart) {
        notes.push(format!(
            "With a bar below: recorded in part, so counts may be low ({points})."
        ));
    }
    if count(PointSource::Metrics).is_some() {
        notes.push(
            "Drawn lighter: BullMQ’s own metrics, of the queues whose workers keep them."
                .to_owned(),
        );
    }
    if count(PointSource::Seen).is_some() {
        notes.push("Drawn lighter: seen by this process, but not recorded.".to_owned());
    }
    if is_folded {
        notes.push(
            "Times of several points are averages, weighted by how many jobs were measured."
                .to_owned(),
        );
    }
    notes
}

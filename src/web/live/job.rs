//! The stream of a job's page: its status, the operations on it, its progress, and new lines of its log. Texts that are
//! being read stay; the page is only told that they changed.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;
use tokio::sync::watch;

use super::gzip::EventText;
use super::sse_message::Message;
use super::stream::Feed;
use super::viewers::Watching;
use crate::domain::access::Operator;
use crate::domain::job::log::LogAsked;
use crate::domain::job::{Job, JobId, LogLine};
use crate::domain::queue::QueueId;
use crate::service::jobs::watched::{JobSeen, Tail};
use crate::service::live::snapshot::Snapshot;
use crate::web::app::App;
use crate::web::html::error::PageError;
use crate::web::html::format::thousands;
use crate::web::html::parts::{AwayView, NewView};
use crate::web::job::failure::FailureView;
use crate::web::job::log::NEWEST;
use crate::web::job::marks::{standing_mark, texts_mark};
use crate::web::job::notice::JobNoticeView;
use crate::web::job::status::{JobStatusView, LinesView};
use crate::web::job::texts::LineView;
use crate::web::request::address::{JobAt, Query};

/// What the page shows.
#[derive(Debug, Deserialize)]
pub(crate) struct ShownJob {
    /// Its status, as a [`standing_mark`].
    stands: String,
    /// Its texts, as a [`texts_mark`].
    texts: String,
    /// How many lines of its log it shows; `None` if it does not show the last one.
    #[serde(default)]
    lines: Option<u64>,
    /// What its notice is about; empty for none.
    #[serde(default)]
    did: String,
    /// For the page of its log alone: `newest` or `oldest`, whichever line comes first there; empty for the job's page.
    #[serde(default)]
    log: String,
    /// What that page filters its lines by.
    #[serde(default)]
    filter: String,
}

/// The page of a log, and which lines it shows.
struct LogShown {
    asked: LogAsked,
    href: String,
}

struct JobFeed {
    app: App,
    operator: Operator,
    queue: QueueId,
    id: JobId,
    stands: String,
    texts: String,
    lines: Option<u64>,
    did: String,
    /// The page of its log, if that is the one that is open.
    log: Option<LogShown>,
    /// How many times its log had been cut at the last check.
    cuts: Option<u64>,
    /// Whether the page was told that the job is gone.
    gone: bool,
    /// The snapshot up to which the page was told of Redis's outages.
    turned: u64,
    job: watch::Receiver<JobSeen>,
    snapshots: watch::Receiver<Arc<Snapshot>>,
}

pub(crate) async fn stream(
    State(app): State<App>,
    watching: Watching,
    Query(at): Query<JobAt>,
    Query(shown): Query<ShownJob>,
) -> Result<Response, PageError> {
    let (queue, id) = at.job(&app)?;
    let job = app
        .services
        .watch_job(&watching.operator, &queue, &id)
        .await?;
    let log = LogShown::of(&app, &queue, &id, &shown);
    let feed = JobFeed {
        operator: watching.operator.clone(),
        queue,
        id,
        stands: shown.stands,
        texts: shown.texts,
        lines: shown.lines,
        did: shown.did,
        log,
        cuts: None,
        gone: false,
        turned: app.services.overview().now().turned,
        job,
        snapshots: app.services.overview().changes(),
        app: app.clone(),
    };
    crate::web::live::stream::stream(&app, &watching, feed)
}

impl LogShown {
    fn of(app: &App, queue: &QueueId, id: &JobId, shown: &ShownJob) -> Option<Self> {
        let newest_first = shown.log == NEWEST;
        let order = if newest_first { NEWEST } else { "" };
        let query = [("order", order), ("text", shown.filter.as_str())];
        (!shown.log.is_empty()).then(|| Self {
            href: app.links().of_job("/job/log", queue, id, &query),
            asked: LogAsked {
                newest_first,
                from: None,
                text: shown.filter.clone(),
            },
        })
    }
}

impl Feed for JobFeed {
    async fn next(&mut self) -> Option<EventText> {
        loop {
            let snapshot = Arc::clone(&self.snapshots.borrow_and_update());
            if std::mem::replace(&mut self.turned, snapshot.turned) != snapshot.turned {
                let mut message = Message::default();
                message.part("away", "innerMorph", &AwayView::new(&self.app, &snapshot));
                return Some(message.sent(snapshot.mark));
            }
            let seen = self.job.borrow_and_update().clone();
            let message = match seen {
                JobSeen::NotYet => Message::default(),
                // What was read for all is drawn for this viewer.
                JobSeen::Here(job, tail) => {
                    let (operator, queue) = (&self.operator, &self.queue);
                    let services = &self.app.services;
                    match services.shown_watched(operator, queue, job, tail).await {
                        Ok((job, tail)) => self.changes(&snapshot, &job, &tail),
                        Err(error) => {
                            tracing::warn!(%error, "a watched job can't be shown");
                            Message::default()
                        }
                    }
                }
                JobSeen::Gone => self.gone(),
            };
            if !message.is_empty() {
                return Some(message.sent(snapshot.mark));
            }
            tokio::select! {
                changed = self.job.changed() => changed.ok()?,
                changed = self.snapshots.changed() => changed.ok()?,
            }
        }
    }
}

impl JobFeed {
    fn changes(&mut self, snapshot: &Snapshot, job: &Job, tail: &Tail) -> Message {
        let mut message = Message::default();
        if self.log.is_some() {
            self.add_lines(&mut message, tail);
            return message;
        }
        let stands = standing_mark(job);
        if stands != self.stands {
            self.stands = stands;
            let seen = snapshot.queue(&self.queue);
            let version = seen.map(|seen| seen.figures.bull_version.clone());
            let version = version.unwrap_or_default();
            let standing =
                JobStatusView::new(&self.app, &self.operator, &self.queue, &version, job);
            let failure = FailureView::new(&self.app, &self.queue, job);
            let (now, before) = match failure.failed {
                true => (failure.to_string(), String::new()),
                false => (String::new(), failure.to_string()),
            };
            let paused = seen.is_some_and(|seen| seen.figures.paused);
            let notice = JobNoticeView::new(&self.app, &self.did, job, paused);
            message.part("notice", "innerMorph", &notice);
            message.part("crumbs", "innerMorph", &standing.crumbs);
            message.part("failure", "innerMorph", &now);
            message.part("past-failure", "innerMorph", &before);
            message.part("standing", "innerMorph", &standing.now);
            message.part("timeline", "innerMorph", &standing.timeline);
            message.part("facts", "innerMorph", &standing.facts);
        }
        let texts = texts_mark(job);
        if texts != self.texts {
            self.texts = texts;
            message.part(
                "new",
                "innerMorph",
                &self.told("What it carries has changed"),
            );
        }
        self.add_lines(&mut message, tail);
        message
    }

    /// Adds the lines that the page does not have, as long as it has all before them.
    fn add_lines(&mut self, message: &mut Message, tail: &Tail) {
        let Some(shown) = self.lines else {
            return;
        };
        let total = tail.before + tail.lines.len() as u64;
        let cut = self
            .cuts
            .replace(tail.cuts)
            .is_some_and(|told| told != tail.cuts);
        if cut || total < shown || shown < tail.before {
            self.lines = None;
            message.part("new", "innerMorph", &self.told("Its log has changed"));
            return;
        }
        if total == shown {
            return;
        }
        self.lines = Some(total);
        message.part(
            "log-total",
            "innerMorph",
            &format!("{} lines", thousands(total)),
        );
        let numbered = tail.lines.iter().zip(tail.before + 1..);
        let asked = self.log.as_ref().map(|log| &log.asked);
        let wants = |line: &LogLine| asked.is_none_or(|asked| asked.wants(&line.text));
        let new = numbered.filter(|(line, number)| *number > shown && wants(line));
        let mut lines: Vec<LineView> = new
            .map(|(line, number)| LineView::new(&self.app, &self.queue, &self.id, number, line))
            .collect();
        if lines.is_empty() {
            return;
        }
        let place = match asked.is_some_and(|asked| asked.newest_first) {
            true => {
                lines.reverse();
                "afterbegin"
            }
            false => "beforeend",
        };
        message.part("log-lines", place, &LinesView { lines });
    }

    fn gone(&mut self) -> Message {
        let mut message = Message::default();
        if !std::mem::replace(&mut self.gone, true) {
            let text = "This job is gone".to_owned();
            let href = self.app.links().queue(&self.queue, &[]);
            message.part("new", "innerMorph", &NewView::new(&self.app, text, href));
        }
        message
    }

    fn told(&self, text: &str) -> NewView {
        let href = match &self.log {
            Some(log) => log.href.clone(),
            None => self.app.links().job(&self.queue, &self.id),
        };
        NewView::new(&self.app, text.to_owned(), href)
    }
}

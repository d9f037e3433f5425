//! The alarms on top of the overview: stranded versions, and queues that were probably misnamed.

use askama::Template;

use crate::service::live::snapshot::{Snapshot, VersionFigures};
use crate::web::app::App;
use crate::web::html::format::thousands;
use crate::web::versions::lifecycle::{ViewContext, meant};
use crate::web::versions::stranded_text::{last_worker_words, since_words};

/// How many alarms are shown in full; the filter for problems shows the others.
const WRITTEN_OUT: usize = 3;

/// The alarms of all queues in the viewer's scope.
#[derive(Template)]
#[template(path = "overview/_alarms.html")]
pub(crate) struct Alarms {
    base: String,
    /// How many versions are stranded.
    count: String,
    /// Those with the most outstanding jobs first.
    stranded: Vec<Alarm>,
    /// How many more there are; empty if none.
    more: String,
    more_href: String,
    /// Workers on queues that get no jobs.
    unfilled: Vec<Alarm>,
}

impl askama::filters::HtmlSafe for Alarms {}

/// An alarm.
struct Alarm {
    name: String,
    href: String,
    /// `since 14:02 UTC` and `last worker mailer-1 on 10.0.0.7`, of a stranded version.
    stranded: Option<(String, String)>,
    /// `3 workers`.
    workers: String,
    /// The name and address of the queue that was probably meant.
    meant: Option<(String, String)>,
}

impl Alarms {
    pub(crate) fn of(app: &App, snapshot: &Snapshot, sight: &ViewContext<'_>) -> Self {
        let in_sight = || {
            let queues = snapshot.queues.iter().map(AsRef::as_ref);
            queues.filter(|version: &&VersionFigures| sight.sees(&version.figures.queue))
        };
        let mut stranded: Vec<&VersionFigures> = in_sight()
            .filter(|version| version.figures.is_stranded())
            .collect();
        stranded.sort_by_key(|version| std::cmp::Reverse(version.figures.counts.outstanding()));
        // Those that are written out stay in one order while their counts move on.
        let written_out = stranded.len().min(WRITTEN_OUT);
        stranded[..written_out].sort_by_key(|version| &version.figures.queue);
        let unfilled = in_sight().filter(|version| {
            let meant = version.meant.as_ref();
            meant.is_some_and(|meant| sight.sees(meant)) && !version.figures.is_stranded()
        });
        let alarm = |version: &VersionFigures| alarm(app, version, sight);
        Self {
            base: app.base_path.clone(),
            count: thousands(stranded.len() as u64),
            more: match stranded.len().saturating_sub(WRITTEN_OUT) {
                0 => String::new(),
                more => thousands(more as u64),
            },
            more_href: app.links().to("/", &[("problem", "1")]),
            unfilled: unfilled.take(WRITTEN_OUT).map(alarm).collect(),
            stranded: stranded.into_iter().take(WRITTEN_OUT).map(alarm).collect(),
        }
    }

    fn is_quiet(&self) -> bool {
        self.stranded.is_empty() && self.unfilled.is_empty()
    }
}

fn alarm(app: &App, version: &VersionFigures, sight: &ViewContext<'_>) -> Alarm {
    let figures = &version.figures;
    let workers = figures.workers.unwrap_or_default();
    Alarm {
        name: figures.queue.name().to_owned(),
        href: app.links().queue(&figures.queue, &[]),
        stranded: version.stranded.as_ref().map(|stranded| {
            let since = since_words(stranded, sight.now());
            (since, last_worker_words(stranded))
        }),
        workers: match workers {
            1 => "1 worker".to_owned(),
            workers => format!("{} workers", thousands(workers.into())),
        },
        meant: meant(app, version, sight),
    }
}

//! The rows of a comparison: pairs of jobs with their verdicts.

use super::request::Meant;
use crate::domain::job::JobState;
use crate::domain::queue::QueueId;
use crate::domain::versions::compare::pair::Pair;
use crate::domain::versions::compare::{PairVerdict, Ran};
use crate::service::versions::compare::model::Comparing;
use crate::web::app::App;
use crate::web::html::format::{duration, thousands};

/// A pair.
#[derive(Debug)]
pub(crate) struct ComparedPairView {
    /// Its number on the page, for the ids of its elements.
    pub(crate) number: usize,
    pub(crate) key: String,
    pub(crate) a: Option<RanView>,
    pub(crate) b: Option<RanView>,
    pub(crate) verdict: String,
    pub(crate) colour: &'static str,
    pub(crate) icon: &'static str,
    /// The address of the results side by side; empty unless both jobs have one.
    pub(crate) href: String,
}

/// One job of a pair.
#[derive(Debug)]
pub(crate) struct RanView {
    pub(crate) href: String,
    /// The state's word, colour and icon.
    pub(crate) state: &'static str,
    pub(crate) icon: &'static str,
    /// Its processing time; empty if it is not known.
    pub(crate) took: String,
    pub(crate) attempts: String,
    /// Why it failed.
    pub(crate) reason: String,
}

impl ComparedPairView {
    pub(crate) fn new(
        app: &App,
        meant: &Meant,
        asked: &Comparing,
        (a, b): (&str, &str),
        number: usize,
        pair: &Pair,
        verdict: PairVerdict,
    ) -> Self {
        let (words, colour, icon) = verdict_view(verdict, a, b);
        let href = match (&pair.a, &pair.b) {
            (Some(left), Some(right)) if verdict != PairVerdict::Unfinished => {
                let ids = [("left", left.id.as_str()), ("right", right.id.as_str())];
                let query = [&meant.at.query()[..], &ids].concat();
                app.links().to("/family/compare/diff", &query)
            }
            _ => String::new(),
        };
        let ran = |queue, ran: &Option<Ran>| ran.as_ref().map(|ran| RanView::new(app, queue, ran));
        Self {
            number,
            key: pair.label.clone(),
            a: ran(&asked.a, &pair.a),
            b: ran(&asked.b, &pair.b),
            verdict: words,
            colour,
            icon,
            href,
        }
    }
}

/// A verdict's words, colour and icon.
fn verdict_view(verdict: PairVerdict, a: &str, b: &str) -> (String, &'static str, &'static str) {
    let (words, colour, icon) = match verdict {
        PairVerdict::Same => ("same", "good", "check"),
        PairVerdict::Outcome => ("outcome differs", "bad", "alert"),
        PairVerdict::ReturnValue => ("return value differs", "warn", "diff"),
        PairVerdict::Reason => ("error differs", "warn", "diff"),
        PairVerdict::NotCompared => ("not compared", "none", "unknown"),
        PairVerdict::Unfinished => ("not finished in one", "none", "clock"),
        PairVerdict::OnlyA => return (format!("only in {a}"), "none", "left"),
        PairVerdict::OnlyB => return (format!("only in {b}"), "none", "right"),
    };
    (words.to_owned(), colour, icon)
}

impl RanView {
    fn new(app: &App, queue: &QueueId, ran: &Ran) -> Self {
        let (state, icon) = state_view(ran.state);
        Self {
            href: app.links().job(queue, &ran.id),
            state,
            icon,
            took: ran.times.worked_ms().map_or(String::new(), duration),
            attempts: thousands(ran.attempts),
            reason: ran.reason.clone(),
        }
    }
}

/// A state's words, and its icon and colour.
fn state_view(state: JobState) -> (&'static str, &'static str) {
    match state {
        JobState::Completed | JobState::Failed => (state.name(), state.name()),
        _ => ("not finished", "unknown"),
    }
}

//! What a page and a file of a history are made from.

use super::asked::Asked;
use super::rows::is_gap;
use crate::clock::unix_millis;
use crate::domain::access::Operator;
use crate::domain::history::mark::Mark;
use crate::domain::history::point::{Coverage, HistoryReading};
use crate::domain::history::range::Resolution;
use crate::domain::history::shown::{ShownPoint, with_live};
use crate::domain::queue::queue_set::QueueSet;
use crate::web::app::App;
use crate::web::html::error::PageError;

/// A history, the marks in it, and what is known where nothing was recorded.
pub(super) struct Reading {
    pub(super) history: HistoryReading,
    /// Its points, with the jobs of the last hour that are not recorded, and without the running one: it would always seem to drop.
    pub(super) points: Vec<ShownPoint>,
    /// The marks in its span, oldest first.
    pub(super) marks: Vec<Mark>,
    /// When it was read, in Unix milliseconds.
    pub(super) now: u64,
}

pub(super) async fn read(
    app: &App,
    operator: &Operator,
    set: &QueueSet,
    asked: &Asked,
    now: u64,
) -> Result<Reading, PageError> {
    let services = &app.services;
    let history = services.read_history(operator, set, asked.range()).await?;
    // A reading is used for some seconds; a mark that was made since is shown at once.
    let (from, to) = asked.range().span(now);
    let marks = services.read_marks(operator, set, (from, to + 1)).await?;
    let has_gap = history
        .points
        .iter()
        .any(|point| point.coverage == Coverage::Nothing);
    let live = match history.resolution == Resolution::Minute && has_gap {
        true => services.last_hour(operator, set, unix_millis()).await?,
        false => Vec::new(),
    };
    let mut points = with_live(&history.points, &live);
    let is_running = points
        .last()
        .is_some_and(|shown| shown.point.start_ms + history.resolution.millis() > now);
    if is_running && points.iter().rev().skip(1).any(|shown| !is_gap(shown)) {
        points.pop();
    }
    Ok(Reading {
        points,
        history,
        marks,
        now,
    })
}

//! Counts the runs of schedulers that come, and finds those that are late.

use std::sync::Arc;

use super::due::{Rows, RunsDue, SchedulerDue};
use crate::domain::schedulers::scheduler::{Schedule, Scheduler, Standing};
use crate::domain::upcoming::forecast::Forecast;
use crate::domain::upcoming::window::Buckets;
use crate::service::large_texts::blocking::spawn_blocking;

/// How many runs of patterns are gone through for one page. It is shared out, so that each scheduler has a part.
const MOST_RUNS: usize = 50_000;

/// The runs of these schedulers. Patterns take a while, so they are gone through off the async threads.
pub(super) async fn runs_due(
    schedulers: Vec<Arc<Scheduler>>,
    left_out: u64,
    buckets: &Buckets,
) -> RunsDue {
    let of = buckets.clone();
    let counted = spawn_blocking(move || count(schedulers, &of)).await;
    let counted = counted.inspect_err(|error| tracing::error!(%error, "runs were not counted"));
    RunsDue {
        left_out,
        ..counted.unwrap_or_default()
    }
}

fn count(schedulers: Vec<Arc<Scheduler>>, buckets: &Buckets) -> RunsDue {
    let now = buckets.start();
    let mut due = RunsDue {
        parts: vec![0; buckets.count()],
        ..RunsDue::default()
    };
    let (mut running, mut late) = (Vec::new(), Vec::new());
    let mut room = MOST_RUNS;
    let mut to_come = schedulers.len();
    for scheduler in schedulers {
        if matches!(scheduler.standing(now), Standing::Late(_) | Standing::Stuck) {
            late.push(Arc::clone(&scheduler));
        }
        // What one scheduler leaves of its share is the others'.
        let forecast = scheduler.forecast(buckets, room / to_come.max(1));
        to_come -= 1;
        room -= used(&scheduler, &forecast).min(room);
        for (part, runs) in due.parts.iter_mut().zip(&forecast.further) {
            *part += runs;
        }
        due.in_part += usize::from(forecast.counted_until.is_some());
        due.unknown += usize::from(!forecast.unknown.is_empty());
        let runs = forecast.runs();
        if runs > 0 {
            running.push(SchedulerDue {
                scheduler,
                runs,
                or_more: forecast.counted_until.is_some() || !forecast.unknown.is_empty(),
            });
        }
    }
    running.sort_by_key(|one| one.scheduler.next.max(now));
    late.sort_by_key(|one| one.next);
    due.schedulers = Rows::first_of(running);
    due.late = Rows::first_of(late);
    due
}

/// How many runs were gone through for a forecast.
fn used(scheduler: &Scheduler, forecast: &Forecast) -> usize {
    match scheduler.schedule {
        Schedule::Pattern { .. } => usize::try_from(forecast.runs()).unwrap_or(usize::MAX),
        _ => 0,
    }
}

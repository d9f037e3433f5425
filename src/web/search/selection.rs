//! Which of the jobs that a search finds can be selected: those of one queue and one state, since an operation is for those.

use crate::domain::access::Operator;
use crate::domain::job::JobState;
use crate::domain::queue::queue_set::QueueSet;
use crate::domain::search::Query;
use crate::web::app::App;
use crate::web::queue::selection::SelectionView;

/// The bar of selected jobs, if what the query finds there can be selected.
pub(crate) fn selection(
    app: &App,
    operator: &Operator,
    place: &QueueSet,
    query: &Query,
) -> Option<SelectionView> {
    let QueueSet::Queue(queue) = place else {
        return None;
    };
    // Jobs that wait are in either of two states, and a selection of one is of both.
    let states = query.states().into_iter();
    let states: Vec<JobState> = states.filter(|one| *one != JobState::Paused).collect();
    match states[..] {
        [state] => SelectionView::of_this_page(app, operator, queue, state),
        _ => None,
    }
}

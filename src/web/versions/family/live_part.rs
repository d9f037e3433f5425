//! The part of a family's page that refreshes: the verdict on each version with what can be done, and the table of figures.

use askama::Template;

use super::table::{Columns, Rows, figures_of};
use super::verdicts::{Verdict, verdicts_of};
use crate::domain::access::Operator;
use crate::service::live::snapshot::Snapshot;
use crate::web::app::App;

/// The part, as one operator sees it: what is offered depends on their role.
#[derive(Template)]
#[template(path = "versions/_family_live.html")]
pub(crate) struct LivePart {
    base: String,
    columns: Columns,
    verdicts: Vec<Verdict>,
    rows: Rows,
}

impl askama::filters::HtmlSafe for LivePart {}

impl LivePart {
    /// The versions of `columns` as `snapshot` has them.
    pub(crate) fn of(
        app: &App,
        operator: &Operator,
        snapshot: &Snapshot,
        columns: &Columns,
    ) -> Self {
        Self {
            base: app.base_path.clone(),
            verdicts: verdicts_of(app, operator, snapshot, columns),
            rows: figures_of(app, snapshot, columns),
            columns: columns.clone(),
        }
    }
}

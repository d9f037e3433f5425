//! One operation on many queues at once, such as pausing all versions of a family: the page that says what it would do in each,
//! and the form that does it. What became of them is said on the page where they were chosen.

mod at;
pub(crate) mod offered;
mod page;
mod told;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};

use crate::domain::access::Operator;
use crate::domain::queue::QueueId;
use crate::service::jobs::operate_many::queues::{MOST_QUEUES, QueueChoice};
use crate::web::app::App;
use crate::web::html::error::PageError;
use crate::web::queue::selected_form::SelectedForm;
use crate::web::queue::which_queues::named;
use crate::web::request::address::{Form, Query};
use crate::web::request::notices::Notices;
use crate::web::request::session::SignedInUser;
use crate::web::request::told::leave;
use at::QueuesAt;
use page::Asked;

pub(crate) async fn page(
    State(app): State<App>,
    SignedInUser(operator): SignedInUser,
    Query(at): Query<QueuesAt>,
) -> Result<Response, PageError> {
    let (choice, of) = at.which.choice(&app)?;
    let asked = Asked::new(&app, &operator, at, of)?;
    asked.page(choice, StatusCode::OK, "").await
}

/// The same page for queues that were selected on the overview.
pub(crate) async fn page_of_selected(
    State(app): State<App>,
    SignedInUser(operator): SignedInUser,
    Form(fields): Form<Vec<(String, String)>>,
) -> Result<Response, PageError> {
    let (asked, queues) = selected(&app, &operator, fields)?;
    asked
        .page(QueueChoice::Named(queues), StatusCode::OK, "")
        .await
}

/// Does it, and leads to the page where the queues were chosen.
pub(crate) async fn operate(
    State(app): State<App>,
    SignedInUser(operator): SignedInUser,
    notices: Notices,
    Form(fields): Form<Vec<(String, String)>>,
) -> Result<Response, PageError> {
    let (asked, queues) = selected(&app, &operator, fields)?;
    if let Some(wrong) = asked.wrong() {
        let status = StatusCode::UNPROCESSABLE_ENTITY;
        return asked.page(QueueChoice::Named(queues), status, &wrong).await;
    }
    let (operation, reason) = (asked.operation, &asked.form.reason);
    let changed = app
        .services
        .operate_queues(&operator, operation, queues.clone(), reason)
        .await;
    let changed = match changed {
        Ok(changed) => changed,
        Err(stop) => {
            let asked = &asked;
            let page = |status, (_, text): (_, String)| async move {
                asked.page(QueueChoice::Named(queues), status, &text).await
            };
            return PageError::from(stop).on_page(page).await;
        }
    };
    let address = asked.which.back_href(&app, &[told::AT]);
    let words = told::words(operation, &changed);
    leave(&notices, &address, &words, changed.is_whole()).await;
    Ok(Redirect::to(&address).into_response())
}

/// What the form with a selection of queues asks for.
fn selected<'a>(
    app: &'a App,
    operator: &'a Operator,
    fields: Vec<(String, String)>,
) -> Result<(Asked<'a>, Vec<QueueId>), PageError> {
    let form = SelectedForm::<QueuesAt>::parse(fields, "queue", MOST_QUEUES, "queues")?;
    let asked = Asked::new(app, operator, form.at, String::new())?;
    Ok((asked, named(app, &form.picked)?))
}

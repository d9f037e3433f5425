//! Repairing many jobs in the browser: the form, the test on one job, the dry run, and the redirect to the run; and recipes.
//!
//! Whatever keeps a repair from beginning, the answer is a page that still holds what was typed.

pub(crate) mod answer;
pub(crate) mod form;
mod form_page;
pub(crate) mod offered;
mod one_job;
pub(crate) mod recipes;
mod review;
pub(crate) mod submitted;

use axum::extract::State;
use axum::response::{IntoResponse, Response};

use crate::domain::access::Action;
use crate::web::app::App;
use crate::web::html::error::PageError;
use crate::web::html::frame::Page;
use crate::web::request::address::Query;
use crate::web::request::session::SignedInUser;
use form::RepairForm;
use form_page::RepairPage;
use submitted::{RepairContext, SubmittedRepair};

pub(crate) async fn form(
    State(app): State<App>,
    SignedInUser(operator): SignedInUser,
    Query(fields): Query<Vec<(String, String)>>,
) -> Result<Response, PageError> {
    let mut form = RepairForm::parse(fields)?;
    let queue = form.queue(&app)?;
    let services = &app.services;
    services.check_may_repair(&operator, &queue, false).await?;
    if !form.recipe.is_empty() {
        let versions = services
            .recipe_versions(&operator, &queue, &form.recipe)
            .await?;
        let version: Option<u64> = form.recipe_version.parse().ok();
        let kept = versions
            .iter()
            .find(|kept| version.is_none_or(|version| version == kept.version));
        let kept = kept.ok_or_else(|| {
            PageError::not_found("This version of the recipe is not kept any more.")
        })?;
        let newest = versions.first().map_or(0, |newest| newest.version);
        form.fill_from(kept, newest);
    }
    form.tick_all_or_named();
    let context = RepairContext {
        operator: Some(operator),
        app,
        form,
    };
    Ok(Page::ok(RepairPage::new(&context, None)).into_response())
}

/// The form for what was typed or selected before, or with room for another step.
pub(crate) async fn reopen(sent: SubmittedRepair) -> Response {
    let SubmittedRepair {
        operator, context, ..
    } = sent;
    let queue = match context.form.queue(&context.app) {
        Ok(queue) => queue,
        Err(error) => return context.failed(&error),
    };
    let services = &context.app.services;
    match services.check_may_repair(&operator, &queue, false).await {
        Ok(()) => Page::ok(RepairPage::new(&context, None)).into_response(),
        Err(stop) => context.failed(&stop.into()),
    }
}

/// What is needed to be offered a repair.
pub(crate) const NEEDED: [Action; 2] = [Action::RepairMany, Action::EditData];

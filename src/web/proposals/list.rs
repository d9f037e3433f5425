//! The proposals that someone may see.

use askama::Template;
use axum::extract::State;

use super::row::ProposalRow;
use crate::domain::proposals::Proposal;
use crate::web::app::App;
use crate::web::html::error::PageError;
use crate::web::html::frame::{Frame, Page};
use crate::web::request::session::SignedInUser;

/// The page of all proposals.
#[derive(Template)]
#[template(path = "proposals/list.html")]
pub(crate) struct ProposalsPage {
    frame: Frame,
    to_approve: Vec<ProposalRow>,
    own: Vec<ProposalRow>,
    decided: Vec<ProposalRow>,
}

pub(crate) async fn page(
    State(app): State<App>,
    SignedInUser(operator): SignedInUser,
) -> Result<Page<ProposalsPage>, PageError> {
    let lists = app.services.proposals(&operator).await?;
    let rows = |some: &[Proposal]| some.iter().map(|one| ProposalRow::new(&app, one)).collect();
    Ok(Page::ok(ProposalsPage {
        frame: app.frame(&operator, "proposals"),
        to_approve: rows(&lists.to_approve),
        own: rows(&lists.own),
        decided: rows(&lists.decided),
    }))
}

//! Recipes as files: taking one along, and pasting one.

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use super::{NOT_SAVED, RecipeAt, UNPROCESSABLE, list_page, newer, to_recipe, with_recipes};
use crate::domain::repair::recipe::{LARGEST_RECIPE, Recipe};
use crate::service::repair::recipes::RecipeSaved;
use crate::web::app::{App, SMALL_FORM};
use crate::web::html::error::PageError;
use crate::web::request::address::{Form, Query};
use crate::web::request::session::SignedInUser;

/// The largest form with a recipe's file, in bytes; encoding may triple it.
pub(crate) const RECIPE_FORM: usize = 3 * LARGEST_RECIPE + SMALL_FORM;

pub(crate) async fn export(
    State(app): State<App>,
    SignedInUser(operator): SignedInUser,
    Query(at): Query<RecipeAt>,
) -> Result<Response, PageError> {
    let (queue, version) = (at.at.queue(&app)?, at.version()?);
    let kept = app
        .services
        .export_recipe(&operator, &queue, &at.recipe, version)
        .await?;
    let headers = [
        (header::CONTENT_TYPE, "application/json".to_owned()),
        (
            header::CONTENT_DISPOSITION,
            format!(
                "attachment; filename=\"{}.recipe.json\"",
                file_name(&kept.recipe.name)
            ),
        ),
    ];
    Ok((headers, kept.recipe.to_file()).into_response())
}

/// A name without what a file's name can't hold.
fn file_name(name: &str) -> String {
    name.chars()
        .map(|one| match one.is_ascii_alphanumeric() || one == '-' {
            true => one,
            false => '-',
        })
        .collect()
}

/// A recipe's file that was pasted.
#[derive(Debug, Deserialize)]
pub(crate) struct ImportForm {
    #[serde(default)]
    file: String,
}

pub(crate) async fn import(
    State(app): State<App>,
    SignedInUser(operator): SignedInUser,
    Form(form): Form<ImportForm>,
) -> Result<Response, PageError> {
    let recipe = match Recipe::from_file(&form.file) {
        Ok(recipe) => recipe,
        Err(words) => {
            let notice = Some((NOT_SAVED, words));
            return list_page(&app, &operator, UNPROCESSABLE, notice, form.file).await;
        }
    };
    let (queue, name) = (recipe.queue_id(), recipe.name.clone());
    let saved = app
        .services
        .save_recipe(&operator, recipe, 0, "imported: ")
        .await;
    let saved = match saved {
        Ok(saved) => saved,
        Err(stop) => {
            // The file stays on the page, even where the recipes can't be read.
            let error = PageError::from(stop);
            let recipes = app.services.recipes(&operator).await.ok();
            let (status, notice) = (error.status(), Some(error.told()));
            let mut answer = with_recipes(&app, &operator, status, notice, form.file, recipes);
            error.add_headers(&mut answer);
            return Ok(answer);
        }
    };
    let (status, words) = match (saved, queue) {
        (RecipeSaved::Version(_), Some(queue)) => return Ok(to_recipe(&app, &queue, &name)),
        (RecipeSaved::Version(_), None) => (StatusCode::OK, String::new()),
        (RecipeSaved::Not(words), _) => (UNPROCESSABLE, words),
        (RecipeSaved::Newer(version), _) => (StatusCode::CONFLICT, newer(&name, version)),
    };
    let notice = Some((NOT_SAVED, words));
    list_page(&app, &operator, status, notice, form.file).await
}

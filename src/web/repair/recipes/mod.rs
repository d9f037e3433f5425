//! Recipes in the browser: the list, the page of one with its versions, saving and deleting.

pub(crate) mod files;

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::submitted::SubmittedRepair;
use crate::domain::access::Operator;
use crate::domain::queue::QueueId;
use crate::domain::repair::recipe::KeptRecipe;
use crate::service::repair::recipes::RecipeSaved;
use crate::web::app::App;
use crate::web::html::error::PageError;
use crate::web::html::format::When;
use crate::web::html::frame::{Frame, Page};
use crate::web::html::queue_crumbs::QueueCrumbs;
use crate::web::request::address::{Form, Query, QueueAt};
use crate::web::request::session::SignedInUser;

const NOT_SAVED: &str = "The recipe was not saved";
const UNPROCESSABLE: StatusCode = StatusCode::UNPROCESSABLE_ENTITY;

/// The recipe in an address or form.
#[derive(Debug, Deserialize)]
pub(crate) struct RecipeAt {
    #[serde(flatten)]
    at: QueueAt,
    recipe: String,
    /// The version; empty for the newest.
    #[serde(default)]
    version: String,
}

impl RecipeAt {
    fn version(&self) -> Result<Option<u64>, PageError> {
        match self.version.as_str() {
            "" => Ok(None),
            text => text
                .parse()
                .map(Some)
                .map_err(|_| PageError::bad(format!("{text:?} is no version of a recipe."))),
        }
    }
}

/// A recipe in a list.
#[derive(Debug)]
pub(crate) struct RecipeRow {
    pub(crate) name: String,
    pub(crate) href: String,
    pub(crate) queue: String,
    pub(crate) queue_href: String,
    pub(crate) words: String,
    pub(crate) version: u64,
    pub(crate) by: String,
    pub(crate) at: When,
    /// The form with it.
    pub(crate) open_href: String,
}

impl RecipeRow {
    /// The row; `None` where its queue has no possible name.
    pub(crate) fn new(app: &App, kept: &KeptRecipe, group: &str) -> Option<Self> {
        let recipe = &kept.recipe;
        let (queue, links) = (recipe.queue_id()?, app.links());
        let version = kept.version.to_string();
        let at = |path: &str, more: &[(&str, &str)]| {
            let mut query = vec![
                ("queue", queue.name()),
                ("prefix", links.prefix(queue.prefix())),
                ("recipe", recipe.name.as_str()),
            ];
            query.extend_from_slice(more);
            links.to(path, &query)
        };
        Some(Self {
            name: recipe.name.clone(),
            href: at("/recipe", &[("version", &version)]),
            queue: links.name(&queue),
            queue_href: links.queue(&queue, &[]),
            words: format!("{}: {}", recipe.filter.words(), recipe.change.words()),
            version: kept.version,
            by: kept.by.clone(),
            at: When::of(kept.at),
            open_href: at("/repair", &[("version", &version), ("group", group)]),
        })
    }
}

/// The list.
#[derive(Template)]
#[template(path = "repair/recipes.html")]
struct RecipesPage {
    frame: Frame,
    notice: Option<(&'static str, String)>,
    /// The recipes; `None` if they can't be read.
    recipes: Option<Vec<RecipeRow>>,
    import_href: String,
    /// What was pasted.
    file: String,
}

async fn list_page(
    app: &App,
    operator: &Operator,
    status: StatusCode,
    notice: Option<(&'static str, String)>,
    file: String,
) -> Result<Response, PageError> {
    let recipes = app.services.recipes(operator).await?;
    Ok(with_recipes(
        app,
        operator,
        status,
        notice,
        file,
        Some(recipes),
    ))
}

fn with_recipes(
    app: &App,
    operator: &Operator,
    status: StatusCode,
    notice: Option<(&'static str, String)>,
    file: String,
    recipes: Option<Vec<KeptRecipe>>,
) -> Response {
    let page = RecipesPage {
        frame: app.frame(operator, "runs"),
        notice,
        recipes: recipes.map(|recipes| {
            let rows = recipes
                .iter()
                .filter_map(|kept| RecipeRow::new(app, kept, ""));
            rows.collect()
        }),
        import_href: app.links().to("/recipes/import", &[]),
        file,
    };
    Page::with(status, page).into_response()
}

pub(crate) async fn list(
    State(app): State<App>,
    SignedInUser(operator): SignedInUser,
) -> Result<Response, PageError> {
    list_page(&app, &operator, StatusCode::OK, None, String::new()).await
}

/// The page of one recipe.
#[derive(Template)]
#[template(path = "repair/recipe.html")]
struct RecipePage {
    frame: Frame,
    crumbs: QueueCrumbs,
    row: RecipeRow,
    recipes_href: String,
    /// The recipe as a file has it.
    file: String,
    reason: String,
    groups: String,
    export_href: String,
    delete_href: String,
    queue: String,
    prefix: String,
    /// Its versions with their addresses, the newest first.
    versions: Vec<RecipeRow>,
}

pub(crate) async fn page(
    State(app): State<App>,
    SignedInUser(operator): SignedInUser,
    Query(at): Query<RecipeAt>,
) -> Result<Response, PageError> {
    let queue = at.at.queue(&app)?;
    let versions = app
        .services
        .recipe_versions(&operator, &queue, &at.recipe)
        .await?;
    let wanted = at.version()?;
    let kept = versions
        .iter()
        .find(|kept| wanted.is_none_or(|wanted| kept.version == wanted))
        .ok_or_else(|| PageError::not_found("This version of the recipe is not kept any more."))?;
    let broken = || PageError::not_found("The recipe names no queue.");
    let links = app.links();
    let prefix = links.prefix(queue.prefix()).to_owned();
    let version = kept.version.to_string();
    let page = RecipePage {
        frame: app.frame(&operator, "runs"),
        crumbs: QueueCrumbs::new(&app, &queue),
        row: RecipeRow::new(&app, kept, "").ok_or_else(broken)?,
        recipes_href: links.to("/recipes", &[]),
        file: kept.recipe.to_file(),
        reason: kept.recipe.reason.clone(),
        groups: kept.recipe.groups.join(", "),
        export_href: links.to(
            "/recipe/export",
            &[
                ("queue", queue.name()),
                ("prefix", &prefix),
                ("recipe", &at.recipe),
                ("version", &version),
            ],
        ),
        delete_href: links.to("/recipe/delete", &[]),
        queue: queue.name().to_owned(),
        prefix,
        versions: versions
            .iter()
            .filter_map(|kept| RecipeRow::new(&app, kept, ""))
            .collect(),
    };
    Ok(Page::ok(page).into_response())
}

/// Redirects to the page of a recipe.
fn to_recipe(app: &App, queue: &QueueId, name: &str) -> Response {
    let links = app.links();
    let query = [
        ("queue", queue.name()),
        ("prefix", links.prefix(queue.prefix())),
        ("recipe", name),
    ];
    Redirect::to(&links.to("/recipe", &query)).into_response()
}

pub(crate) async fn save(sent: SubmittedRepair) -> Response {
    let SubmittedRepair {
        operator, context, ..
    } = sent;
    let (app, form) = (&context.app, &context.form);
    let queue = match form.queue(app) {
        Ok(queue) => queue,
        Err(error) => return context.failed(&error),
    };
    let services = &app.services;
    if let Err(stop) = services.check_may_repair(&operator, &queue, false).await {
        return context.failed(&stop.into());
    }
    let recipe = match form.to_recipe(&queue) {
        Ok(recipe) => recipe,
        Err(words) => return context.kept(UNPROCESSABLE, NOT_SAVED, words),
    };
    let from = form.recipe_version.parse().unwrap_or(0);
    match services.save_recipe(&operator, recipe, from, "").await {
        Ok(RecipeSaved::Version(_)) => to_recipe(app, &queue, &form.recipe),
        Ok(RecipeSaved::Not(words)) => context.kept(UNPROCESSABLE, NOT_SAVED, words),
        Ok(RecipeSaved::Newer(version)) => context.kept(
            StatusCode::CONFLICT,
            NOT_SAVED,
            newer(&form.recipe, version),
        ),
        Err(stop) => context.failed(&stop.into()),
    }
}

fn newer(name: &str, version: u64) -> String {
    format!(
        "There is a recipe {name:?} for this queue already, and its newest version, {version}, is not the one that you opened. Open that version, or choose another name."
    )
}

pub(crate) async fn delete(
    State(app): State<App>,
    SignedInUser(operator): SignedInUser,
    Form(at): Form<RecipeAt>,
) -> Result<Response, PageError> {
    let queue = at.at.queue(&app)?;
    app.services
        .delete_recipe(&operator, &queue, &at.recipe)
        .await?;
    Ok(Redirect::to(&app.links().to("/recipes", &[])).into_response())
}

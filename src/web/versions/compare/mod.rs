//! The page that compares two versions: pairs of jobs, their outcomes and return values, and their times.

pub(crate) mod pairs;
pub(crate) mod request;
pub(crate) mod result_diff;
pub(crate) mod summary;

use askama::Template;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use crate::domain::versions::compare::Only;
use crate::service::versions::compare::export;
use crate::web::app::App;
use crate::web::audit::export::{FormatAt, attachment};
use crate::web::html::error::PageError;
use crate::web::html::frame::{Frame, Page};
use crate::web::request::address::Query;
use crate::web::request::session::SignedInUser;
use request::{CompareAt, Meant};
use summary::{ComparedView, FormView};

/// The first pair on the page.
#[derive(Debug, Deserialize)]
pub(crate) struct FromAt {
    #[serde(default)]
    from: usize,
}

/// The page of a comparison.
#[derive(Template)]
#[template(path = "versions/compare.html")]
pub(crate) struct ComparePage {
    frame: Frame,
    /// The family, and its page.
    family: String,
    family_href: String,
    form: FormView,
    /// The result; `None` if nothing was compared.
    compared: Option<ComparedView>,
}

pub(crate) async fn page(
    State(app): State<App>,
    SignedInUser(operator): SignedInUser,
    Query(at): Query<CompareAt>,
    Query(range): Query<FromAt>,
) -> Result<Page<ComparePage>, PageError> {
    app.services.overview().ready().await;
    let only: Only = at.only.parse().map_err(PageError::bad)?;
    let meant = Meant::of(&app, &operator, at).await?;
    let (status, compared) = match &meant.asked {
        Some(Ok(asked)) => {
            let found = app.services.compare(&operator, asked).await?;
            let view = ComparedView::new(&app, &meant, asked, &found, only, range.from);
            (StatusCode::OK, Some(view))
        }
        Some(Err(_)) => (StatusCode::UNPROCESSABLE_ENTITY, None),
        None => (StatusCode::OK, None),
    };
    let page = ComparePage {
        frame: app.frame(&operator, ""),
        family: meant.at.name.clone(),
        family_href: app
            .links()
            .family(&meant.at.prefix, &meant.at.name, "/family"),
        form: FormView::new(&app, &meant, only),
        compared,
    };
    Ok(Page::with(status, page))
}

pub(crate) async fn export(
    State(app): State<App>,
    SignedInUser(operator): SignedInUser,
    Query(at): Query<CompareAt>,
    Query(format): Query<FormatAt>,
) -> Result<Response, PageError> {
    app.services.overview().ready().await;
    let only: Only = at.only.parse().map_err(PageError::bad)?;
    let format = format.parse()?;
    let asked = match Meant::of(&app, &operator, at).await?.asked {
        Some(Ok(asked)) => asked,
        Some(Err(text)) => return Err(PageError::bad(text)),
        None => return Err(PageError::bad("There is one version only.")),
    };
    let found = app.services.compare(&operator, &asked).await?;
    let bytes = export::export(&asked, &found, only, format);
    let kind = HeaderValue::from_static(format.media_type());
    let mut response = ([(header::CONTENT_TYPE, kind)], bytes).into_response();
    attachment(&mut response, "bullkeeper-compare", format);
    Ok(response)
}

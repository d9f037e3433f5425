//! What happened in the queues over the last month, minute by minute or coarser: of all queues, of a family, and of one queue; each
//! as a page and as a file.

pub(crate) mod asked;
mod csv;
mod drawn;
mod marks;
mod page;
mod reading;
mod rows;

use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};

use super::app::App;
use super::audit::export::attachment;
use super::html::error::PageError;
use super::html::frame::Page;
use super::request::address::{FamilyAt, Query, QueueAt};
use super::request::session::SignedInUser;
use crate::clock::unix_millis;
use crate::domain::access::Operator;
use crate::domain::queue::queue_set::QueueSet;
use crate::service::audit::export::ExportFormat;
use asked::RangeAt;
use page::HistoryPage;

pub(crate) async fn all(
    State(app): State<App>,
    SignedInUser(operator): SignedInUser,
    Query(at): Query<RangeAt>,
) -> Result<Page<HistoryPage>, PageError> {
    shown(&app, &operator, QueueSet::All, &at).await
}

pub(crate) async fn of_family(
    State(app): State<App>,
    SignedInUser(operator): SignedInUser,
    Query(family): Query<FamilyAt>,
    Query(at): Query<RangeAt>,
) -> Result<Page<HistoryPage>, PageError> {
    shown(&app, &operator, versions_of(&app, family)?, &at).await
}

pub(crate) async fn of_queue(
    State(app): State<App>,
    SignedInUser(operator): SignedInUser,
    Query(queue): Query<QueueAt>,
    Query(at): Query<RangeAt>,
) -> Result<Page<HistoryPage>, PageError> {
    shown(&app, &operator, QueueSet::Queue(queue.queue(&app)?), &at).await
}

pub(crate) async fn all_as_csv(
    State(app): State<App>,
    SignedInUser(operator): SignedInUser,
    Query(at): Query<RangeAt>,
) -> Result<Response, PageError> {
    as_csv(&app, &operator, QueueSet::All, &at).await
}

pub(crate) async fn of_family_as_csv(
    State(app): State<App>,
    SignedInUser(operator): SignedInUser,
    Query(family): Query<FamilyAt>,
    Query(at): Query<RangeAt>,
) -> Result<Response, PageError> {
    as_csv(&app, &operator, versions_of(&app, family)?, &at).await
}

pub(crate) async fn of_queue_as_csv(
    State(app): State<App>,
    SignedInUser(operator): SignedInUser,
    Query(queue): Query<QueueAt>,
    Query(at): Query<RangeAt>,
) -> Result<Response, PageError> {
    as_csv(&app, &operator, QueueSet::Queue(queue.queue(&app)?), &at).await
}

fn versions_of(app: &App, family: FamilyAt) -> Result<QueueSet, PageError> {
    Ok(QueueSet::Family {
        prefix: family.prefix(app)?.to_owned(),
        name: family.name,
    })
}

async fn shown(
    app: &App,
    operator: &Operator,
    set: QueueSet,
    at: &RangeAt,
) -> Result<Page<HistoryPage>, PageError> {
    let now = unix_millis();
    let asked = at.asked(now)?;
    let read = reading::read(app, operator, &set, &asked, now).await?;
    Ok(Page::ok(HistoryPage::new(
        app, operator, &set, &asked, read,
    )))
}

async fn as_csv(
    app: &App,
    operator: &Operator,
    set: QueueSet,
    at: &RangeAt,
) -> Result<Response, PageError> {
    let now = unix_millis();
    let asked = at.asked(now)?;
    let read = reading::read(app, operator, &set, &asked, now).await?;
    let length = read.history.resolution.millis();
    let mut response = csv::file(&read.points, length, &read.marks).into_response();
    let kind = HeaderValue::from_static(ExportFormat::Csv.media_type());
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    attachment(&mut response, "bullkeeper-history", ExportFormat::Csv);
    Ok(response)
}

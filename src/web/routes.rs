//! The table of routes: one row for each method of each path. The router is made from it, and so is the list that the tests
//! compare with what each role may do.

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::handler::Handler;
use axum::http::Method;
use axum::routing::{self, MethodRouter};

use super::accounts::{first_admin, own_account, sign_in};
use super::app::{App, SMALL_FORM};
use super::html::{assets, error_page};
use super::job::edit::check::CHECK_FORM;
use super::job::{edit, operate};
use super::queue::selected_form::SELECTION_FORM;
use super::repair::form::REPAIR_FORM;
use super::repair::recipes::files::RECIPE_FORM;
use super::request::health;
use super::versions::{compare, family, move_jobs, pin, retire};
use super::{
    alerts, audit, failures, find, history, job, live, metrics, overview, proposals, queue, repair,
    runs, schedulers, schemas, search, server, undo, undo_run, upcoming, wall, workers,
};
use crate::domain::edit::patch::apply::LONGEST_PATCH;
use crate::domain::operations::Operation;
use crate::domain::operations::on_queue::QueueOperation;

/// The largest form with a patch, in bytes; encoding may triple the patch's size.
const PATCH_FORM: usize = 3 * LONGEST_PATCH + SMALL_FORM;

/// The largest form that a route accepts.
#[derive(Clone, Copy)]
enum Form {
    /// A few fields.
    Small,
    /// A job's data.
    Data,
    /// A patch.
    Patch,
    /// A text that is being typed.
    Check,
    /// The ids of jobs that were selected in a list.
    Selection,
    /// A change of many jobs.
    Repair,
    /// A recipe's file.
    Recipe,
}

/// A row of the table.
struct Route {
    method: Method,
    path: &'static str,
    form: Form,
    handler: MethodRouter<App>,
}

impl Route {
    fn get<H: Handler<T, App>, T: 'static>(path: &'static str, handler: H) -> Self {
        Self {
            method: Method::GET,
            path,
            form: Form::Small,
            handler: routing::get(handler),
        }
    }

    fn post<H: Handler<T, App>, T: 'static>(path: &'static str, handler: H) -> Self {
        Self {
            method: Method::POST,
            path,
            form: Form::Small,
            handler: routing::post(handler),
        }
    }

    fn taking(self, form: Form) -> Self {
        Self { form, ..self }
    }
}

/// The routes that need a session, or begin one.
fn pages() -> Vec<Route> {
    vec![
        Route::get("/", overview::page),
        Route::get("/overview/figures", overview::figures),
        Route::get("/events/overview", live::overview),
        Route::get("/events/queue", live::queue),
        Route::get("/events/family", live::family),
        Route::get("/events/job", live::job),
        Route::get("/events/search", live::search),
        Route::get("/events/alerts", live::alerts),
        Route::get("/wall", wall::page),
        // Below the wall, since its cookie is sent nowhere else.
        Route::get("/wall/figures", wall::figures),
        Route::get("/wall/events", live::wall),
        Route::get("/search", search::page::page),
        Route::get("/search/export", search::export::export),
        Route::get("/family", family::page),
        Route::get("/family/figures", family::figures),
        Route::get("/queue", queue::page),
        Route::get("/queue/add", queue::add::open),
        Route::post("/queue/add", queue::add::add).taking(Form::Data),
        Route::post("/queue/add/check", queue::add::check::check).taking(Form::Check),
        Route::get("/queue/operate", queue::operate_many::page),
        Route::post("/queue/operate", queue::operate_many::begin).taking(Form::Selection),
        Route::post("/queue/selected", queue::operate_many::page_of_selected)
            .taking(Form::Selection),
        Route::get("/queues/operate", queue::operate_many::queues::page),
        Route::post("/queues/operate", queue::operate_many::queues::begin).taking(Form::Selection),
        Route::post(
            "/queues/selected",
            queue::operate_many::queues::page_of_selected,
        )
        .taking(Form::Selection),
        Route::get("/queues/change", queue::operate_queues::page),
        Route::post("/queues/change", queue::operate_queues::operate).taking(Form::Selection),
        Route::post(
            "/queues/change/selected",
            queue::operate_queues::page_of_selected,
        )
        .taking(Form::Selection),
        Route::get("/queue/figures", queue::figures::figures),
        Route::get(schemas::infer::PATH, schemas::infer::page),
        Route::get(schemas::infer::DOWNLOAD, schemas::infer::download),
        Route::get("/history", history::all),
        Route::get("/history.csv", history::all_as_csv),
        Route::get("/family/history", history::of_family),
        Route::get("/family/history.csv", history::of_family_as_csv),
        Route::get("/queue/history", history::of_queue),
        Route::get("/queue/history.csv", history::of_queue_as_csv),
        Route::get("/upcoming", upcoming::all),
        Route::get("/family/upcoming", upcoming::of_family),
        Route::get("/queue/upcoming", upcoming::of_queue),
        Route::get("/find", find::page),
        Route::get("/find/answers", find::answers),
        Route::get("/schedulers", schedulers::all::page),
        Route::get("/queue/schedulers", schedulers::of_queue::page),
        Route::get("/scheduler", schedulers::one::page),
        Route::get("/scheduler/raw", schedulers::template::raw),
        Route::get("/job/flow", job::flow::page),
        Route::get("/queue/schedulers/add", schedulers::set::open_new),
        Route::post("/queue/schedulers/add", schedulers::set::create).taking(Form::Data),
        Route::get("/scheduler/edit", schedulers::set::open),
        Route::post("/scheduler/edit", schedulers::set::change).taking(Form::Data),
        Route::get("/scheduler/run", schedulers::run::confirm),
        Route::post("/scheduler/run", schedulers::run::run),
        Route::get(job::retry_flow::PATH, job::retry_flow::confirm),
        Route::post(job::retry_flow::PATH, job::retry_flow::retry),
        Route::get("/scheduler/remove", schedulers::remove::confirm),
        Route::post("/scheduler/remove", schedulers::remove::remove),
        Route::get("/failures", failures::list::page),
        Route::get("/failures/group", failures::group::page),
        Route::get("/job/failure", failures::of_job::page),
        Route::get("/job", job::page),
        Route::get("/job/text", job::text),
        Route::get("/job/raw", job::raw),
        Route::get("/job/log", job::log::log),
        Route::get("/job/log/download", job::log::download),
        Route::get("/job/log/line", job::log_line),
        Route::get("/job/edit", edit::open),
        Route::post("/job/edit", edit::reopen).taking(Form::Data),
        Route::get("/job/review", edit::draft::show_review),
        Route::post("/job/draft/discard", edit::draft::discard),
        Route::post("/job/review", edit::review).taking(Form::Data),
        Route::post("/job/save", edit::save).taking(Form::Data),
        Route::get(edit::part::PATH, edit::part::open),
        Route::post(edit::part::PATH, edit::part::reopen).taking(Form::Data),
        Route::post("/job/edit/part/review", edit::part::review).taking(Form::Data),
        Route::post("/job/edit/part/save", edit::part::save).taking(Form::Data),
        Route::post("/job/check", edit::check::check).taking(Form::Check),
        Route::get("/family/pin", pin::confirm_pin),
        Route::post("/family/pin", pin::pin),
        Route::get("/family/unpin", pin::confirm_unpin),
        Route::post("/family/unpin", pin::unpin),
        Route::get("/family/move", move_jobs::form),
        Route::post("/family/move", move_jobs::begin).taking(Form::Patch),
        Route::post("/family/move/form", move_jobs::reopen).taking(Form::Patch),
        Route::post("/family/move/review", move_jobs::review).taking(Form::Patch),
        Route::get("/repair", repair::form),
        Route::post("/repair/form", repair::reopen).taking(Form::Repair),
        Route::post("/repair/try", repair::answer::try_one).taking(Form::Repair),
        Route::post("/repair/review", repair::answer::review).taking(Form::Repair),
        Route::post("/repair/run", repair::answer::begin).taking(Form::Repair),
        Route::get("/recipes", repair::recipes::list),
        Route::post("/recipes/import", repair::recipes::files::import).taking(Form::Recipe),
        Route::get("/recipe", repair::recipes::page),
        Route::get("/recipe/export", repair::recipes::files::export),
        Route::post("/recipe/save", repair::recipes::save).taking(Form::Repair),
        Route::post("/recipe/delete", repair::recipes::delete),
        Route::get("/run", runs::page),
        Route::get("/run/figures", runs::figures_part),
        Route::get("/run/export", runs::export::export),
        Route::post("/run/stop", runs::stop),
        Route::post("/run/go-on", runs::go_on),
        Route::get(runs::figures::UNDO, undo_run::review),
        Route::post(runs::figures::UNDO, undo_run::begin),
        Route::get("/runs", runs::list),
        Route::get("/workers", workers::page),
        Route::get("/redis", server::page),
        Route::get("/family/retire", retire::page),
        Route::post("/family/retire", retire::retire),
        Route::get("/family/compare", compare::page),
        Route::get("/family/compare/diff", compare::result_diff::diff),
        Route::get("/family/compare/export", compare::export),
        Route::get("/proposals", proposals::list::page),
        Route::get("/proposal", proposals::one::page),
        Route::post("/proposal/approve", proposals::decide::approve),
        Route::post("/proposal/reject", proposals::decide::reject),
        Route::post("/proposal/withdraw", proposals::decide::withdraw),
        Route::get("/alerts", alerts::page::page),
        Route::post("/alerts/silence", alerts::page::silence),
        Route::post("/alerts/unsilence", alerts::page::unsilence),
        Route::get("/audit", audit::page),
        Route::get("/audit/run", audit::run_row::entries),
        Route::get("/audit/entry", audit::entry::entry),
        Route::get("/undo", undo::page),
        Route::post("/undo", undo::undo),
        Route::get("/audit/before", audit::entry::before),
        Route::get("/audit/export", audit::export::export),
        Route::get("/sign-in", sign_in::form),
        Route::post("/sign-in", sign_in::sign_in),
        Route::post("/sign-out", sign_in::sign_out),
        Route::get("/account", own_account::page),
        Route::post("/account", own_account::change_password),
        Route::post("/account/confirm", own_account::confirm),
        Route::get("/set-up", first_admin::page),
        Route::post("/set-up", first_admin::set_up),
    ]
}

/// The routes that need no session, and must work while Redis is unreachable.
fn without_session() -> Vec<Route> {
    vec![
        Route::get("/healthz", health::live),
        Route::get("/readyz", health::ready),
        Route::get("/metrics", metrics::with_token),
        Route::get("/static/{*file}", assets::asset),
    ]
}

/// The routes of the operations on jobs: the confirmation page and the form of each.
fn operations() -> impl Iterator<Item = Route> {
    Operation::ALL.iter().copied().flat_map(|one| {
        let path = one.spec().path;
        [
            Route::get(path, move |state, user, at| {
                operate::confirm(one, state, user, at)
            }),
            Route::post(path, move |state, user, notices, form| {
                operate::operate(one, state, user, notices, form)
            }),
        ]
    })
}

/// The routes of the operations on queues: the confirmation page and the form of each.
fn queue_operations() -> impl Iterator<Item = Route> {
    QueueOperation::ALL.iter().copied().flat_map(|one| {
        let path = one.spec().path;
        [
            Route::get(path, move |state, user, at| {
                queue::operate::confirm(one, state, user, at)
            }),
            Route::post(path, move |state, user, notices, password, form| {
                queue::operate::operate(one, state, user, notices, password, form)
            }),
        ]
    })
}

/// Every method and path below the base path that has a route.
pub fn routes() -> impl Iterator<Item = (Method, &'static str)> {
    let all = pages()
        .into_iter()
        .chain(operations())
        .chain(queue_operations())
        .chain(without_session());
    all.map(|route| (route.method, route.path))
}

/// The router of the routes with a session. `largest_form` is the largest form of an edit, in bytes.
pub(super) fn page_router(base: &str, largest_form: usize) -> Router<App> {
    pages()
        .into_iter()
        .chain(operations())
        .chain(queue_operations())
        .fold(Router::new(), |router, route| {
            let handler = match route.form {
                Form::Small => route.handler,
                Form::Data => route.handler.layer(DefaultBodyLimit::max(largest_form)),
                Form::Patch => route.handler.layer(DefaultBodyLimit::max(PATCH_FORM)),
                Form::Selection => route.handler.layer(DefaultBodyLimit::max(SELECTION_FORM)),
                Form::Repair => route.handler.layer(DefaultBodyLimit::max(REPAIR_FORM)),
                Form::Recipe => route.handler.layer(DefaultBodyLimit::max(RECIPE_FORM)),
                Form::Check => route.handler.layer(DefaultBodyLimit::max(CHECK_FORM)),
            };
            router.route(&format!("{base}{}", route.path), handler)
        })
        .fallback(error_page::no_such_page)
        .method_not_allowed_fallback(error_page::no_such_method)
}

/// Adds the routes without a session to `router`.
pub(super) fn add_without_session(router: Router<App>, base: &str) -> Router<App> {
    without_session().into_iter().fold(router, |router, route| {
        router.route(&format!("{base}{}", route.path), route.handler)
    })
}

//! Every role on every route, the scope, and what each refusal records.

use bullkeeper::domain::access::Role;
use bullkeeper::web::routes::routes;
use reqwest::{Method, StatusCode};

use bullkeeper_testkit::{Jobs, Person, Seen, TestApp, eventually, times};

/// The status of a request for a stranger, a viewer, an operator and an admin.
struct Row {
    method: Method,
    path: &'static str,
    statuses: [u16; 4],
}

fn get(path: &'static str, statuses: [u16; 4]) -> Row {
    let method = Method::GET;
    Row {
        method,
        path,
        statuses,
    }
}

fn post(path: &'static str, statuses: [u16; 4]) -> Row {
    let method = Method::POST;
    Row {
        method,
        path,
        statuses,
    }
}

/// 303 for a stranger is the redirect to sign in.
fn table() -> Vec<Row> {
    vec![
        get("/", [303, 200, 200, 200]),
        get("/overview/figures", [303, 200, 200, 200]),
        get("/events/alerts", [303, 200, 200, 200]),
        get("/wall", [303, 200, 200, 200]),
        get("/wall/figures", [303, 200, 200, 200]),
        get("/wall/events", [303, 200, 200, 200]),
        get("/events/overview?seen=1-1", [303, 200, 200, 200]),
        get(
            "/events/queue?name=email/v1&state=failed&seen=1-1",
            [303, 200, 200, 200],
        ),
        get(
            "/events/family?name=email&versions=email/v1&seen=1-1",
            [303, 200, 200, 200],
        ),
        get(
            "/events/job?queue=email/v1&id=1&stands=x&texts=x",
            [303, 200, 200, 200],
        ),
        get(
            "/events/search?q=data.n+%3D+1&queue=email/v1",
            [303, 200, 200, 200],
        ),
        get(
            "/search/export?q=data.n+%3D+1&queue=email/v1&format=csv",
            [303, 200, 200, 200],
        ),
        get("/queue?name=email/v1", [303, 200, 200, 200]),
        get(
            "/queue/figures?name=email/v1&state=failed",
            [303, 200, 200, 200],
        ),
        get(
            "/queue/operate?queue=email/v1&state=failed&operation=job.retry",
            [303, 403, 200, 200],
        ),
        // The form names no operation.
        post("/queue/operate", [303, 400, 400, 400]),
        get("/queue/resume?queue=email/v1", [303, 403, 403, 200]),
        // It is not paused.
        post("/queue/resume", [303, 403, 403, 409]),
        get("/queue/pause?queue=email/v1", [303, 403, 403, 200]),
        post("/queue/pause", [303, 403, 403, 303]),
        get(
            "/queue/limit-concurrency?queue=email/v1",
            [303, 403, 403, 200],
        ),
        // The forms lack what to limit, keep and remove.
        post("/queue/limit-concurrency", [303, 403, 403, 422]),
        get("/queue/limit-rate?queue=email/v1", [303, 403, 403, 200]),
        post("/queue/limit-rate", [303, 403, 403, 422]),
        get("/queue/trim-events?queue=email/v1", [303, 403, 403, 200]),
        post("/queue/trim-events", [303, 403, 403, 422]),
        get(
            "/queue/remove-deduplication-key?queue=email/v1",
            [303, 403, 403, 200],
        ),
        post("/queue/remove-deduplication-key", [303, 403, 403, 422]),
        get("/queue/drain?queue=email/v1", [303, 403, 403, 200]),
        // No job waits, and none is completed.
        post("/queue/drain", [303, 403, 403, 409]),
        get("/queue/clean?queue=email/v1", [303, 403, 403, 200]),
        post("/queue/clean", [303, 403, 403, 409]),
        get("/queue/obliterate?queue=email/v1", [303, 403, 403, 200]),
        // The form lacks the queue's name.
        post("/queue/obliterate", [303, 403, 403, 422]),
        get("/queue/schema/infer?name=email/v1", [303, 200, 200, 200]),
        // No job is completed.
        get(
            "/queue/schema/infer/download?name=email/v1",
            [303, 404, 404, 404],
        ),
        get("/find?q=mail", [303, 200, 200, 200]),
        get("/find/answers?q=mail", [303, 200, 200, 200]),
        get("/search?q=data.n+%3D+1&part=1", [303, 200, 200, 200]),
        get("/history", [303, 200, 200, 200]),
        get("/history.csv?range=24h", [303, 200, 200, 200]),
        get("/family/history?name=email", [303, 200, 200, 200]),
        get("/family/history.csv?name=email", [303, 200, 200, 200]),
        get("/queue/history?name=email/v1", [303, 200, 200, 200]),
        get("/queue/history.csv?name=email/v1", [303, 200, 200, 200]),
        get("/upcoming", [303, 200, 200, 200]),
        get("/family/upcoming?name=email", [303, 200, 200, 200]),
        get("/queue/upcoming?name=email/v1", [303, 200, 200, 200]),
        get("/failures", [303, 200, 200, 200]),
        // There is no such group.
        get("/failures/group?id=0123456789ab", [303, 404, 404, 404]),
        get("/job/failure?queue=email/v1&id=1", [303, 200, 200, 200]),
        get("/schedulers", [303, 200, 200, 200]),
        get("/queue/schedulers?name=email/v1", [303, 200, 200, 200]),
        // The queue has no such scheduler.
        get("/scheduler?queue=email/v1&id=nightly", [303, 404, 404, 404]),
        get(
            "/scheduler/raw?queue=email/v1&id=nightly&text=data",
            [303, 404, 404, 404],
        ),
        get("/queue/schedulers/add?name=email/v1", [303, 403, 403, 200]),
        // The form lacks everything.
        post("/queue/schedulers/add", [401, 403, 403, 422]),
        get(
            "/scheduler/edit?queue=email/v1&id=nightly",
            [303, 403, 403, 404],
        ),
        post("/scheduler/edit", [401, 403, 403, 404]),
        get(
            "/scheduler/run?queue=email/v1&id=nightly",
            [303, 403, 403, 404],
        ),
        post("/scheduler/run", [303, 403, 403, 404]),
        get(
            "/scheduler/remove?queue=email/v1&id=nightly",
            [303, 403, 403, 404],
        ),
        post("/scheduler/remove", [303, 403, 403, 404]),
        get("/job?queue=email/v1&id=1", [303, 200, 200, 200]),
        get(
            "/job/text?queue=email/v1&id=1&text=data",
            [303, 200, 200, 200],
        ),
        get(
            "/job/raw?queue=email/v1&id=1&text=data",
            [303, 200, 200, 200],
        ),
        get("/job/flow?queue=email/v1&id=1", [303, 200, 200, 200]),
        get("/job/log?queue=email/v1&id=1", [303, 200, 200, 200]),
        // The log is empty.
        get(
            "/job/log/line?queue=email/v1&id=1&at=0",
            [303, 404, 404, 404],
        ),
        get("/job/edit?queue=email/v1&id=1", [303, 403, 200, 200]),
        post("/job/edit", [401, 403, 200, 200]),
        // A review is shown at an address of its own.
        post("/job/review", [401, 403, 303, 303]),
        get("/job/review?queue=email/v1&id=1", [303, 403, 200, 200]),
        post("/job/draft/discard", [303, 403, 303, 303]),
        post("/job/save", [401, 403, 303, 303]),
        post("/job/check", [303, 403, 200, 200]),
        get("/job/edit/part?queue=email/v1&id=1", [303, 403, 200, 200]),
        post("/job/edit/part", [401, 403, 200, 200]),
        post("/job/edit/part/review", [401, 403, 200, 200]),
        post("/job/edit/part/save", [401, 403, 303, 303]),
        get("/job/retry?queue=email/v1&id=1", [303, 403, 200, 200]),
        post("/job/retry", [303, 403, 303, 303]),
        get("/job/promote?queue=email/v1&id=1", [303, 403, 200, 200]),
        // The job is failed, not delayed.
        post("/job/promote", [303, 403, 409, 409]),
        get("/job/reschedule?queue=email/v1&id=1", [303, 403, 200, 200]),
        // The form lacks the time.
        post("/job/reschedule", [303, 403, 422, 422]),
        get(
            "/job/change-priority?queue=email/v1&id=1",
            [303, 403, 200, 200],
        ),
        // The form lacks the priority.
        post("/job/change-priority", [303, 403, 422, 422]),
        get("/job/remove?queue=email/v1&id=1", [303, 403, 200, 200]),
        post("/job/remove", [303, 403, 303, 303]),
        get("/family/pin?queue=email/v1", [303, 403, 403, 200]),
        post("/family/pin", [303, 403, 403, 303]),
        get("/family/unpin?queue=email/v1", [303, 403, 403, 200]),
        post("/family/unpin", [303, 403, 403, 303]),
        get("/family/move?name=email", [303, 403, 403, 200]),
        // The form names no family, so an admin is told that there is none.
        post("/family/move/form", [401, 403, 403, 404]),
        post("/family/move/review", [401, 403, 403, 404]),
        post("/family/move", [401, 403, 403, 404]),
        get("/repair?queue=email/v1", [303, 403, 403, 200]),
        // Forms of a person without a session are kept. These name no state or change.
        post("/repair/form", [401, 403, 403, 200]),
        post("/repair/try", [401, 403, 403, 422]),
        post("/repair/review", [401, 403, 403, 422]),
        post("/repair/run", [401, 403, 403, 422]),
        get("/recipes", [303, 200, 200, 200]),
        // There is no such recipe, and the forms hold none.
        get("/recipe?queue=email/v1&recipe=x", [303, 403, 403, 404]),
        get(
            "/recipe/export?queue=email/v1&recipe=x",
            [303, 403, 403, 404],
        ),
        post("/recipe/save", [401, 403, 403, 422]),
        // The form names none.
        post("/recipe/delete", [303, 400, 400, 400]),
        post("/recipes/import", [303, 422, 422, 422]),
        get("/runs", [303, 200, 200, 200]),
        get("/workers", [303, 200, 200, 200]),
        get("/redis", [303, 200, 200, 200]),
        get(
            "/job/log/download?queue=email/v1&id=1",
            [303, 200, 200, 200],
        ),
        // There is no such run; existing runs have tests of their own.
        get("/run?id=01ARZ3NDEKTSV4RRFFQ69G5FAV", [303, 404, 404, 404]),
        get(
            "/run/figures?id=01ARZ3NDEKTSV4RRFFQ69G5FAV",
            [303, 404, 404, 404],
        ),
        post("/run/stop", [303, 404, 404, 404]),
        post("/run/go-on", [303, 404, 404, 404]),
        get("/family?name=email", [303, 200, 200, 200]),
        get(
            "/family/figures?name=email&versions=email/v1&seen=1-1",
            [303, 200, 200, 200],
        ),
        get("/family/retire?queue=email/v1", [303, 403, 403, 200]),
        // It is the family's current version.
        post("/family/retire", [303, 403, 403, 409]),
        get("/family/compare?name=email", [303, 200, 200, 200]),
        get(
            "/family/compare/diff?a=email/v1&b=email/v1&left=1&right=1",
            [303, 200, 200, 200],
        ),
        get(
            "/family/compare/export?name=email&format=csv",
            [303, 400, 400, 400],
        ),
        get("/alerts", [303, 200, 200, 200]),
        // The form lacks for how long.
        post("/alerts/silence", [303, 403, 422, 422]),
        // There is no such silence.
        post("/alerts/unsilence", [303, 403, 404, 404]),
        get("/audit", [303, 403, 200, 200]),
        get(
            "/audit/run?run=01ARZ3NDEKTSV4RRFFQ69G5FAV&newest=2-1&oldest=1-1",
            [303, 403, 200, 200],
        ),
        get("/audit/entry?id=1-1", [303, 403, 404, 404]),
        get("/audit/before?id=1-1", [303, 403, 404, 404]),
        get(
            "/run/undo?id=01ARZ3NDEKTSV4RRFFQ69G5FAV",
            [303, 404, 404, 404],
        ),
        // The form names no run.
        post("/run/undo", [303, 404, 404, 404]),
        get("/undo?entry=1-1", [303, 403, 404, 404]),
        // The form names no entry.
        post("/undo", [303, 400, 400, 400]),
        get("/audit/export?format=jsonl", [303, 403, 200, 200]),
        get("/proposals", [303, 200, 200, 200]),
        // There is no such proposal.
        get("/proposal?id=1", [303, 404, 404, 404]),
        post("/proposal/approve", [303, 404, 404, 404]),
        post("/proposal/reject", [303, 404, 404, 404]),
        post("/proposal/withdraw", [303, 404, 404, 404]),
        get("/account", [303, 200, 200, 200]),
        post("/account", [303, 422, 422, 422]),
        // The password is wrong.
        post("/account/confirm", [303, 422, 422, 422]),
        get("/sign-in", [200, 200, 200, 200]),
        // There is no such user.
        post("/sign-in", [401, 401, 401, 401]),
        get("/set-up?token=guess", [404, 404, 404, 404]),
        post("/set-up", [404, 404, 404, 404]),
        get("/queue/add?name=email/v1", [303, 403, 200, 200]),
        // The form lacks the job's name.
        post("/queue/add", [401, 403, 422, 422]),
        post("/queue/add/check", [303, 403, 200, 200]),
        get("/healthz", [200, 200, 200, 200]),
        get("/readyz", [200, 200, 200, 200]),
        // Without a setting there are no metrics.
        get("/metrics", [404, 404, 404, 404]),
        get("/static/app.css", [200, 200, 200, 200]),
        post("/queue/selected", [303, 400, 400, 400]),
        get(
            "/queues/operate?operation=job.retry&family=email",
            [303, 403, 200, 200],
        ),
        // The forms name no operation.
        post("/queues/operate", [303, 400, 400, 400]),
        post("/queues/selected", [303, 400, 400, 400]),
        get(
            "/queues/change?operation=queue.pause&family=email",
            [303, 403, 403, 200],
        ),
        post("/queues/change", [303, 400, 400, 400]),
        post("/queues/change/selected", [303, 400, 400, 400]),
        get(
            "/job/remove-with-children?queue=email/v1&id=1",
            [303, 403, 200, 200],
        ),
        post("/job/remove-with-children", [303, 403, 303, 303]),
        get("/job/flow/retry?queue=email/v1&id=1", [303, 403, 200, 200]),
        post("/job/flow/retry", [303, 403, 303, 303]),
        // None of these is for the job's state, and the form of the first lacks the failure reason.
        get("/job/fail?queue=email/v1&id=1", [303, 403, 200, 200]),
        post("/job/fail", [303, 403, 422, 422]),
        get("/job/complete?queue=email/v1&id=1", [303, 403, 200, 200]),
        post("/job/complete", [303, 403, 409, 409]),
        get(
            "/job/remove-without-children?queue=email/v1&id=1",
            [303, 403, 200, 200],
        ),
        post("/job/remove-without-children", [303, 403, 409, 409]),
        get("/job/clear-log?queue=email/v1&id=1", [303, 403, 200, 200]),
        post("/job/clear-log", [303, 403, 303, 303]),
        get(
            "/run/export?id=01ARZ3NDEKTSV4RRFFQ69G5FAV&format=csv",
            [303, 404, 404, 404],
        ),
        post("/sign-out", [303, 303, 303, 303]),
    ]
}

/// Requests without a route, for everyone.
fn no_routes() -> Vec<Row> {
    vec![
        get("/nowhere", [404; 4]),
        get("/job/save", [405; 4]),
        post("/", [405; 4]),
    ]
}

/// The path without its query, as the router names it.
fn route_of(path: &str) -> &str {
    let path = path.split('?').next().unwrap();
    match path.starts_with("/static/") {
        true => "/static/{*file}",
        false => path,
    }
}

#[test]
fn every_route_of_the_router_is_in_the_table_once_and_nothing_else_is() {
    let by_name = |(method, path): (Method, &str)| format!("{method} {path}");
    let mut listed: Vec<String> = table()
        .into_iter()
        .map(|row| by_name((row.method, route_of(row.path))))
        .collect();
    let mut there: Vec<String> = routes().map(by_name).collect();
    listed.sort();
    there.sort();
    assert_eq!(listed, there);
}

const DATA: &str = r#"{"a":1}"#;

/// A form with the fields of all the posts.
fn form(id: &str) -> Vec<(&str, &str)> {
    // The SHA-256 of DATA.
    const SEEN: &str = "015abd7f5cc57a2dd94b7590f04ad8084273905ee33ec5cebeae62276a97f862";
    vec![
        ("queue", "email/v1"),
        ("id", id),
        ("revision", SEEN),
        ("opened", DATA),
        ("text", r#"{"a":2}"#),
        ("reason", "table"),
        ("present", "wrong password"),
        ("new", "another passphrase"),
        ("again", "another passphrase"),
        ("token", "guess"),
        ("name", "first"),
        ("password", "some passphrase"),
    ]
}

/// How many rows one application is asked, so that nobody is refused too often.
const AT_ONCE: usize = 15;

#[tokio::test]
async fn every_role_gets_on_every_route_exactly_what_the_table_says() {
    let rows: Vec<Row> = table().into_iter().chain(no_routes()).collect();
    for rows in rows.chunks(AT_ONCE) {
        every_role_gets(rows).await;
    }
}

async fn every_role_gets(rows: &[Row]) {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    let people = [
        app.stranger(),
        app.viewer().await,
        app.operator().await,
        app.admin().await,
    ];
    jobs.failed("email/v1", "1", DATA).await;
    // The page of a review needs a draft, whichever rows come before it.
    for person in &people[2..] {
        person.post("/job/review", &form("1")).await;
    }
    eventually("the overview has the queue", || async {
        people[1].page("/").await.text().contains("email")
    })
    .await;
    for row in rows {
        for (person, expected) in people.iter().zip(row.statuses) {
            jobs.failed("email/v1", "1", DATA).await;
            let answer = match row.method {
                Method::GET => person.get(row.path).await,
                _ => person.post(row.path, &form("1")).await,
            };
            let status = answer.status().as_u16();
            let about = format!("{} {}", row.method, row.path);
            // A stream has no end to read to.
            if status == expected
                && (row.path.starts_with("/events/") || row.path == "/wall/events")
            {
                continue;
            }
            let seen = Seen::of(answer).await;
            assert_eq!(status, expected, "{about}\n{}", seen.text());
        }
    }
}

#[tokio::test]
async fn a_viewer_changes_nothing_and_every_try_is_recorded() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    jobs.failed("email/v1", "1", DATA).await;
    let viewer = app.viewer().await;
    for path in ["/job/edit", "/job/review", "/job/save", "/job/retry"] {
        let refused = Seen::of(viewer.post(path, &form("1")).await).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN);
        assert!(refused.text().contains("viewer"), "{}", refused.text());
    }
    assert_eq!(jobs.data("email/v1", "1").await.unwrap(), DATA.as_bytes());
    let failed: Option<f64> = jobs.run(&["ZSCORE", "bull:email/v1:failed", "1"]).await;
    assert!(failed.is_some(), "it is still failed");
    // Writes the entries that count similar events.
    app.services.finish_audit().await;
    let entries = jobs.audit_of_jobs().await;
    assert_eq!(times(&entries), 4);
    for entry in entries {
        assert_eq!(entry.get("outcome"), "denied");
        assert_eq!(entry.get("actor"), "viewer");
        assert_eq!((entry.get("queue"), entry.get("job")), ("email/v1", "1"));
    }
}

#[tokio::test]
async fn an_edit_after_the_session_has_ended_keeps_its_text_and_changes_nothing() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    jobs.failed("email/v1", "1", DATA).await;
    let stranger = app.stranger();
    for path in ["/job/edit", "/job/review", "/job/save"] {
        let refused = Seen::of(stranger.post(path, &form("1")).await).await;
        assert_eq!(refused.status, StatusCode::UNAUTHORIZED);
        assert!(refused.body.contains("{&#34;a&#34;:2}"), "{}", refused.body);
        assert!(refused.text().contains("Sign in"), "{}", refused.text());
    }
    assert_eq!(jobs.data("email/v1", "1").await.unwrap(), DATA.as_bytes());
}

#[tokio::test]
async fn an_edit_that_is_no_longer_allowed_keeps_its_text() {
    let app = TestApp::start().await;
    app.jobs().await.failed("email/v1", "1", DATA).await;
    let viewer = app.viewer().await;
    let refused = Seen::of(viewer.post("/job/save", &form("1")).await).await;
    assert!(refused.body.contains("{&#34;a&#34;:2}"), "{}", refused.body);
}

/// A user whose scope is `email/*`, with other queues outside it.
async fn someone_scoped(role: Role) -> (TestApp, Jobs, Person) {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    jobs.failed("email/v1", "1", DATA).await;
    jobs.failed("billing", "1", DATA).await;
    let person = app.scoped("sam", role, &["email/*"]).await;
    (app, jobs, person)
}

#[tokio::test]
async fn a_queue_outside_the_scope_does_not_exist_even_for_an_admin() {
    for &role in Role::ALL {
        let (_app, _, person) = someone_scoped(role).await;
        for path in [
            "/queue?name=billing",
            "/queue/figures?name=billing&state=failed",
            "/job?queue=billing&id=1",
            "/job/text?queue=billing&id=1&text=data",
            "/job/raw?queue=billing&id=1&text=data",
            "/job/flow?queue=billing&id=1",
            "/job/log?queue=billing&id=1",
            "/job/log/download?queue=billing&id=1",
            "/workers?queue=billing",
            "/job/edit?queue=billing&id=1",
            "/queue/add?name=billing",
            "/queue/schema/infer?name=billing",
            "/queue/schema/infer/download?name=billing",
            "/queue/add?name=billing&from=1",
            "/family?name=billing",
            "/family/figures?name=billing&versions=billing&seen=1-1",
            "/family/retire?queue=billing",
            "/family/compare?name=billing",
            "/family/compare/diff?a=billing&b=email/v1&left=1&right=1",
            "/family/compare/diff?a=email/v1&b=billing&left=1&right=1",
            "/family/compare/export?name=billing&format=csv",
        ] {
            let hidden = Seen::of(person.get(path).await).await;
            assert_eq!(hidden.status, StatusCode::NOT_FOUND, "{role} {path}");
        }
        // Each person's refusals are limited.
        let (_app, mut jobs, person) = someone_scoped(role).await;
        let mut form = form("1");
        form[0] = ("queue", "billing");
        for path in [
            "/job/review",
            "/job/save",
            "/job/retry",
            "/queue/add",
            "/queue/add/check",
            "/family/retire",
        ] {
            let hidden = person.post(path, &form).await;
            assert_eq!(hidden.status(), StatusCode::NOT_FOUND, "{role} {path}");
        }
        assert_eq!(jobs.data("billing", "1").await.unwrap(), DATA.as_bytes());
        eventually("the overview has what may be seen", || async {
            person.page("/").await.text().contains("email")
        })
        .await;
        let overview = person.page("/").await;
        assert!(!overview.body.contains("billing"), "{}", overview.text());
    }
}

#[tokio::test]
async fn the_schedulers_of_a_queue_outside_the_scope_do_not_exist() {
    let (_app, mut jobs, admin) = someone_scoped(Role::Admin).await;
    for queue in ["email/v1", "billing"] {
        jobs.run::<u64>(&[
            "ZADD",
            &format!("bull:{queue}:repeat"),
            "1900000000000",
            queue,
        ])
        .await;
    }
    for path in [
        "/queue/schedulers?name=billing",
        "/scheduler?queue=billing&id=billing",
        "/scheduler/raw?queue=billing&id=billing&text=data",
        "/scheduler/remove?queue=billing&id=billing",
        "/scheduler/edit?queue=billing&id=billing",
        "/scheduler/run?queue=billing&id=billing",
        "/queue/schedulers/add?name=billing",
    ] {
        let hidden = admin.get(path).await;
        assert_eq!(hidden.status(), StatusCode::NOT_FOUND, "{path}");
    }
    let form = [("queue", "billing"), ("id", "billing"), ("reason", "table")];
    for path in [
        "/scheduler/remove",
        "/scheduler/edit",
        "/scheduler/run",
        "/queue/schedulers/add",
    ] {
        let hidden = admin.post(path, &form).await;
        assert_eq!(hidden.status(), StatusCode::NOT_FOUND, "{path}");
    }
    eventually("the list has what may be seen", || async {
        let list = admin.page("/schedulers").await;
        list.all("table.rows tbody th") == ["email/v1"]
    })
    .await;
    let left: f64 = jobs
        .run(&["ZSCORE", "bull:billing:repeat", "billing"])
        .await;
    assert_eq!(left, 1_900_000_000_000.0);
}

#[tokio::test]
async fn a_hidden_queue_and_a_missing_one_answer_alike() {
    let (_app, _jobs, person) = someone_scoped(Role::Viewer).await;
    let text = |name: &'static str| {
        let person = person.clone();
        async move {
            let seen = Seen::of(person.get(&format!("/queue?name={name}")).await).await;
            let request = seen.headers["x-request-id"].to_str().unwrap().to_owned();
            seen.text().replace(name, "…").replace(&request, "…")
        }
    };
    assert_eq!(text("billing").await, text("nothing").await);
}

#[tokio::test]
async fn a_prefix_that_is_not_looked_under_is_not_read() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    jobs.run::<u64>(&["HSET", "other:q:meta", "version", "bullmq:6.7.0"])
        .await;
    let admin = app.admin().await;
    let answer = admin.get("/queue?name=q&prefix=other").await;
    assert_eq!(answer.status(), StatusCode::NOT_FOUND);
}

//! A schema is learned from completed jobs, tried on waiting and failed ones, and never put in force by itself.

use reqwest::StatusCode;
use serde_json::{Value, json};

use bullkeeper_testkit::schema_folder::Folder;
use bullkeeper_testkit::{Jobs, TestApp};

use crate::program::{err, out, run};

const QUEUE: &str = "email/v2";

const PAGE: &str = "/queue/schema/infer?name=email/v2";

const DOWNLOAD: &str = "/queue/schema/infer/download?name=email/v2";

/// Stores a completed job.
async fn completed(jobs: &mut Jobs, id: &str, name: &str, data: &str) {
    jobs.waiting(QUEUE, id, data).await;
    jobs.moves(QUEUE, id, "wait", "completed").await;
    named(jobs, id, name).await;
}

async fn named(jobs: &mut Jobs, id: &str, name: &str) {
    let key = format!("bull:{QUEUE}:{id}");
    jobs.run::<i64>(&["HSET", &key, "name", name]).await;
}

/// Sixty completed jobs named `send` and five named `greet`, and some that wait or have failed.
async fn stock(jobs: &mut Jobs) {
    for n in 0..60 {
        let note = if n % 2 == 0 { "null" } else { "\"x\"" };
        let data = format!(
            r#"{{"to":"p{n}@example.com","amount":{n}.50,"kind":"{}","note":{note},"big":12345678901234567890}}"#,
            ["welcome", "bill"][n % 2]
        );
        completed(jobs, &format!("s{n}"), "send", &data).await;
    }
    for n in 0..5 {
        completed(jobs, &format!("g{n}"), "greet", r#"{"text":"hello"}"#).await;
    }
    let right = r#"{"to":"ann@example.com","amount":1,"kind":"bill","note":null,"big":1}"#;
    jobs.waiting(QUEUE, "w1", right).await;
    jobs.failed(
        QUEUE,
        "f1",
        right.replace("1,\"kind\"", "\"12,50\",\"kind\""),
    )
    .await;
    jobs.failed(QUEUE, "f2", "{oops").await;
    jobs.failed(QUEUE, "f3", r#"{"to":"nobody"}"#).await;
    for id in ["w1", "f1", "f2", "f3"] {
        named(jobs, id, "send").await;
    }
}

async fn stocked() -> (TestApp, Jobs) {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    stock(&mut jobs).await;
    (app, jobs)
}

fn expected() -> Value {
    json!({
        "type": "object",
        "properties": {
            "to": {"type": "string", "format": "email"},
            "amount": {"type": "number"},
            "kind": {"type": "string", "enum": ["bill", "welcome"]},
            "note": {"type": ["string", "null"], "enum": ["x", null]},
            "big": {"type": "integer"},
        },
        "required": ["to", "amount", "kind", "note", "big"],
    })
}

/// The schema without what it says about itself.
fn rules(text: &str) -> Value {
    let mut schema: Value = serde_json::from_str(text).unwrap();
    let members = schema.as_object_mut().unwrap();
    members.remove("$schema").unwrap();
    members.remove("$comment").unwrap();
    schema
}

#[tokio::test]
async fn a_draft_is_shown_with_what_it_rests_on_and_which_waiting_and_failed_jobs_would_break_it() {
    let (app, mut jobs) = stocked().await;
    let viewer = app.viewer().await;
    let page = viewer.page(&format!("{PAGE}&job_name=send")).await;
    let text = page.text();
    for said in [
        "This is a draft and is not in force.",
        "It rests on 60 jobs named send of 65 completed",
        "email/v2/send.json",
        "2 of 4 would break it",
        "1 waiting, 3 failed; 1 with data that is not JSON",
    ] {
        assert!(text.contains(said), "{said:?} in {text}");
    }
    let draft: String = page.all("#schema-text").concat();
    assert_eq!(rules(&draft), expected());
    let rows = page.all("tbody tr");
    assert_eq!(rows.len(), 2, "{rows:?}");
    assert!(
        rows.iter().any(|row| row.starts_with("f1send")
            && row.contains("/amount expected a number, found \"12,50\"")),
        "{rows:?}"
    );
    assert!(
        rows.iter()
            .any(|row| row.contains("f3") && row.contains("more")),
        "{rows:?}"
    );
    let links = page.attributes("tbody th a", "href");
    assert!(
        links.contains(&"/job?queue=email/v2&id=f1".to_owned()),
        "{links:?}"
    );
    let names = page.all(".sizes").concat();
    assert!(
        names.contains("send (60)") && names.contains("greet (5)"),
        "{names}"
    );

    let all = viewer.page(PAGE).await;
    assert!(
        all.text().contains("It rests on 65 jobs of 65 completed"),
        "{}",
        all.text()
    );
    let of_all = rules(&all.all("#schema-text").concat());
    assert_eq!(
        of_all["required"],
        Value::Null,
        "no member is in all of them"
    );
    let few = viewer.page(&format!("{PAGE}&job_name=greet")).await;
    assert!(few.text().contains("That is few"), "{}", few.text());
    assert!(jobs.audit_of_jobs().await.is_empty(), "nothing was changed");
}

#[tokio::test]
async fn the_download_is_the_draft_and_has_the_name_that_the_folder_of_schemas_wants() {
    let (app, mut jobs) = stocked().await;
    for n in 0..5 {
        completed(&mut jobs, &format!("o{n}"), "a/ü%", "{}").await;
    }
    let viewer = app.viewer().await;
    let file = viewer.page(&format!("{DOWNLOAD}&job_name=send")).await;
    assert_eq!(file.status, StatusCode::OK);
    assert_eq!(file.headers["content-type"], "application/schema+json");
    assert_eq!(
        file.headers["content-disposition"],
        "attachment; filename=\"schema.json\"; filename*=UTF-8''send%2Ejson"
    );
    assert_eq!(rules(&file.body), expected());
    assert!(
        file.body
            .contains("learned by Bullkeeper from 60 completed jobs named"),
        "{}",
        file.body
    );
    let all = viewer.page(DOWNLOAD).await;
    assert!(
        all.headers["content-disposition"]
            .to_str()
            .unwrap()
            .ends_with("''v2%2Ejson")
    );
    let odd = viewer
        .page(&format!("{DOWNLOAD}&job_name=a/%C3%BC%25"))
        .await;
    let name = odd.headers["content-disposition"].to_str().unwrap();
    assert!(name.ends_with("''a%252F%C3%BC%2525%2Ejson"), "{name}");
    let ranged = viewer
        .page(&format!("{DOWNLOAD}&job_name=send&ranges=1"))
        .await;
    assert!(
        ranged.body.contains("\"maximum\": 59.50"),
        "{}",
        ranged.body
    );
    assert!(!file.body.contains("maximum"));

    // In the folder, under the name that the page says, it is in force and every job it rests on passes.
    let folder = Folder::of(&[("email/v2/send.json", &file.body)]);
    let app = folder.app(&[]).await;
    let mut jobs = app.jobs().await;
    stock(&mut jobs).await;
    let operator = app.operator().await;
    let edit = operator.page("/job/edit?queue=email/v2&id=f1").await;
    assert!(
        edit.text().contains("email/v2/send.json"),
        "{}",
        edit.text()
    );
    assert_eq!(
        edit.attributes("button[data-fix]", "aria-label"),
        ["Change to 12.5 at /amount"]
    );
    let edit = operator.page("/job/edit?queue=email/v2&id=s7").await;
    assert!(edit.text().contains("No problems"), "{}", edit.text());
}

#[tokio::test]
async fn without_enough_completed_jobs_the_page_says_so_and_there_is_no_download() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    for n in 0..4 {
        completed(&mut jobs, &format!("s{n}"), "send", "{}").await;
    }
    completed(&mut jobs, "bad", "send", "{oops").await;
    let large = format!("\"{}\"", "x".repeat(70_000));
    completed(&mut jobs, "large", "send", &large).await;
    let viewer = app.viewer().await;
    let page = viewer.page(PAGE).await;
    let text = page.text();
    assert_eq!(page.status, StatusCode::OK);
    assert!(
        text.contains(
            "There are too few completed jobs to learn a schema from. 4 jobs could be used of the 6"
        ),
        "{text}"
    );
    assert!(
        text.contains("1 job with data that is not JSON") && text.contains("1 job with data over"),
        "{text}"
    );
    assert!(page.all("#schema-text").is_empty());
    let file = viewer.get(DOWNLOAD).await;
    assert_eq!(file.status(), StatusCode::NOT_FOUND);
    for (path, status) in [
        ("/queue/schema/infer?name=nothing", StatusCode::NOT_FOUND),
        (
            "/queue/schema/infer?name=email/v2&samples=1000000",
            StatusCode::BAD_REQUEST,
        ),
        (
            "/queue/schema/infer?name=email/v2&samples=x",
            StatusCode::BAD_REQUEST,
        ),
    ] {
        assert_eq!(viewer.get(path).await.status(), status, "{path}");
    }
}

#[tokio::test]
async fn pages_of_a_queue_and_of_a_job_without_a_schema_lead_to_it_and_a_queue_out_of_scope_has_none()
 {
    let (app, _jobs) = stocked().await;
    let operator = app.operator().await;
    for (path, href) in [
        ("/queue?name=email/v2", PAGE.to_owned()),
        (
            "/job/edit?queue=email/v2&id=f1",
            format!("{PAGE}&job_name=send"),
        ),
        (
            "/queue/add?name=email/v2&job_name=send",
            format!("{PAGE}&job_name=send"),
        ),
    ] {
        let page = operator.page(path).await;
        let links = page.attributes("a[href*='/schema/infer']", "href");
        assert_eq!(links, [href], "{path}");
    }
    let role = bullkeeper::domain::access::Role::Viewer;
    let other = app.scoped("sam", role, &["billing/*"]).await;
    assert_eq!(other.get(PAGE).await.status(), StatusCode::NOT_FOUND);
    assert_eq!(other.get(DOWNLOAD).await.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn values_that_the_setting_redact_names_are_not_in_the_draft() {
    let app = TestApp::with(&[("redact", "*token*")]).await;
    let mut jobs = app.jobs().await;
    for n in 0..40 {
        let data = r#"{"api_token":"hunter2","kind":"bill"}"#;
        completed(&mut jobs, &format!("s{n}"), "send", data).await;
    }
    let viewer = app.viewer().await;
    let file = viewer.page(&format!("{DOWNLOAD}&ranges=1")).await;
    assert!(!file.body.contains("hunter2"), "{}", file.body);
    let rules = rules(&file.body);
    assert_eq!(rules["properties"]["api_token"], json!({"type": "string"}));
    assert_eq!(rules["properties"]["kind"]["enum"], json!(["bill"]));
}

#[tokio::test]
async fn the_command_prints_the_draft_alone_and_says_beside_it_what_would_break_it() {
    let (app, mut jobs) = stocked().await;
    let before = jobs.audit().await.len();
    let url = app.redis.url();
    let infer = |words: &[&str]| run(&[&["schema", "infer"], words, &["--redis", &url]].concat());
    let learned = infer(&[QUEUE, "--name", "send"]);
    assert!(learned.status.success(), "{}", err(&learned));
    assert_eq!(rules(&out(&learned)), expected());
    let told = err(&learned);
    for said in [
        "A draft from 60 jobs; 65 of 65 completed jobs were looked at.",
        "email/v2/send.json",
        "2 of 4 waiting and failed jobs that were checked would break it.",
        "failed \"f1\": /amount expected a number, found \"12,50\"",
    ] {
        assert!(told.contains(said), "{said:?} in {told}");
    }
    let ranged = infer(&["bull:email/v2", "--samples", "10", "--ranges"]);
    assert!(out(&ranged).contains("minimum"), "{}", err(&ranged));
    assert!(
        err(&ranged).contains("A draft from 10 jobs; 10 of 65"),
        "{}",
        err(&ranged)
    );
    for (words, code, says) in [
        (&["nothing"][..], 1, "there is no queue \"nothing\""),
        (&[QUEUE, "--name", "nobody"], 1, "too few completed jobs"),
        (&["v4:email/v2"], 1, "the prefix \"v4\" is not one of"),
        (&[QUEUE, "--samples", "2"], 2, "--samples"),
        (&[], 2, "QUEUE"),
    ] {
        let refused = infer(words);
        assert_eq!(refused.status.code(), Some(code), "{words:?}");
        assert!(err(&refused).contains(says), "{words:?} {}", err(&refused));
        assert_eq!(out(&refused), "", "{words:?}");
    }
    assert_eq!(jobs.audit().await.len(), before, "nothing is recorded");
}

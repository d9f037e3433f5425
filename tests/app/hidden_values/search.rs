//! Probes: queries whose answers would tell something of a hidden value.

use bullkeeper_testkit::serde_urlencoded;

use super::shop::{Shop, data};

/// Queries about hidden values. Each finds either all four jobs of a queue or none: what is hidden is alike in all of them.
const PROBES: [&str; 35] = [
    "data.card.number = 7373737373101",
    "not data.card.number = 7373737373101",
    "data.card.number != 7373737373101",
    "data.card.number > 7373737373101",
    "data.card.number < 7373737373102",
    "data.card.number >= 7373737373102",
    "data.card.number between 7373737373101 and 7373737373102",
    "data.card.number in (7373737373101, 7373737373103)",
    "data.card.number exists",
    "data.card.number missing",
    "data.card.number is number",
    "data.card.number is string",
    "data.card is object",
    "data.card is string",
    "data.card ~ 101",
    "data.card.x[0] = \"xyzzy-list-101\"",
    "data.card.x[*] = \"xyzzy-list-101\"",
    "data.card.x[*] ~ 101",
    "data.card.holder ~ \"xyzzy-holder-101\"",
    "data.customer.email = \"xyzzy-101@mail.example\"",
    "not data.customer.email ~ \"101\"",
    "data.customer.email > \"xyzzy-102\"",
    "data.customer.email is string",
    "data.customer.email is email",
    "data.lines[*].token = \"xyzzy-token-101\"",
    "data.lines[0].token ~ 101",
    "not data.lines[*].token ~ 102",
    "data.lines[*].token is null",
    "data ~ xyzzy",
    "data ~ \"7373737373101\"",
    "not data ~ \"xyzzy-token-101\"",
    "error ~ xyzzy",
    "error ~ \"7373737373101\"",
    "stack ~ \"xyzzy\"",
    "returnvalue ~ xyzzy or opts ~ xyzzy",
];

async fn found(person: &bullkeeper_testkit::Person, query: &str) -> usize {
    let query = serde_urlencoded(&[("q", query), ("queue", "billing/v1"), ("format", "jsonl")]);
    let file = person.get(&format!("/search/export?{query}")).await;
    assert!(file.status().is_success(), "{query}: {}", file.status());
    let file = file.text().await.unwrap();
    assert!(!file.contains("\"note\""), "{query}: {file}");
    file.lines().count()
}

#[tokio::test]
async fn no_query_tells_jobs_apart_by_what_is_hidden() {
    let shop = Shop::open(&[]).await;
    let operator = shop.app.operator().await;
    let of_failed = ["error", "stack"];
    for probe in PROBES {
        let found = found(&operator, probe).await;
        let may_be = match of_failed.iter().any(|field| probe.starts_with(field)) {
            true => [0, 2],
            false => [0, 4],
        };
        assert!(may_be.contains(&found), "{probe} finds {found}");
    }
    assert_eq!(found(&operator, "data.id = \"101\"").await, 1);
    assert_eq!(found(&operator, "error ~ declined").await, 2);
    let carol = shop.carol().await;
    assert_eq!(found(&carol, PROBES[0]).await, 1);
    assert_eq!(found(&carol, "error ~ \"7373737373101\"").await, 1);
}

#[tokio::test]
async fn lists_dry_runs_and_logs_do_not_tell_jobs_apart_by_what_is_hidden() {
    let shop = Shop::open(&[]).await;
    let operator = shop.app.operator().await;
    for (path, hits) in [
        (
            "/queue?name=billing/v1&state=failed&error=7373737373101",
            "tbody tr",
        ),
        (
            "/job/log?queue=billing/v1&id=101&text=xyzzy",
            "#log-lines li",
        ),
    ] {
        let page = operator.page(path).await;
        assert!(
            page.all(hits).iter().all(|row| !row.contains("101")),
            "{path}"
        );
    }
    let dry_run = async |query: &str| {
        let query = serde_urlencoded(&[
            ("queue", "billing/v1"),
            ("state", "failed"),
            ("operation", "job.retry"),
            ("query", query),
        ]);
        let page = operator.page(&format!("/queue/operate?{query}")).await;
        page.all("main").join(" ").replace("7373737373101", "")
    };
    let right = dry_run("data.card.number = 7373737373101").await;
    let wrong = dry_run("data.card.number = 1").await;
    let alike = |text: &str| text.split("data.card.number").next().unwrap().to_owned();
    assert_eq!(alike(&right), alike(&wrong));
}

#[tokio::test]
async fn what_differs_and_learned_schemas_tell_nothing_of_what_is_hidden() {
    let mut shop = Shop::open(&[]).await;
    // In all failed jobs the hidden values have another type than in completed ones.
    for id in 200..230 {
        let id = id.to_string();
        let text = data(&id).replace(&format!("7373737373{id}"), "null");
        shop.jobs.hash("billing/v1", &id, text.as_bytes()).await;
        shop.jobs
            .run::<u64>(&["ZADD", "bull:billing/v1:completed", "1", &id])
            .await;
    }
    let viewer = shop.app.viewer().await;
    let page = viewer.page("/job/failure?queue=billing/v1&id=101").await;
    let text = page.text();
    assert!(
        !text.contains("card.number") && !text.contains("/card"),
        "{text}"
    );
    let learned = viewer.get("/queue/schema/infer?queue=billing/v1").await;
    assert_eq!(learned.status(), 403);
}

#[tokio::test]
async fn an_export_does_not_record_a_query_that_may_hold_a_hidden_value() {
    let mut shop = Shop::open(&[]).await;
    let carol = shop.carol().await;
    found(&carol, "data.card.number = 7373737373101").await;
    found(&carol, "state = failed").await;
    let log: Vec<redis::Value> = shop
        .jobs
        .run(&["XRANGE", "bullkeeper:audit", "-", "+"])
        .await;
    let log = format!("{log:?}");
    assert!(!log.contains("7373737373"), "{log}");
}

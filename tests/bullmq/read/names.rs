//! Names: odd ones work on every page, versions are ordered, prefixes are separate, and a mistyped name creates nothing.

use serde_json::json;

use crate::harness::bull::{Bull, MAJORS, patient_app, patient_app_with};
use crate::harness::pages::{in_query, lines, state, versions};
use bullkeeper_testkit::{eventually, serde_urlencoded};

const ODD: [&str; 15] = [
    "spaces ü ?#%[a]{b}",
    "<b>x</b>/v1",
    "100%/v2",
    "a/b/c-v3",
    "%2F%00/v1",
    "a+b&c=d",
    "..",
    "*",
    "日本語 👩‍👩‍👧/v2.10.0",
    "a\nb/v1",
    "a\r\nb",
    "a\rb",
    "a\0b",
    "%0A",
    "%",
];

#[tokio::test]
async fn an_odd_queue_name_survives_from_the_overview_to_the_repaired_and_processed_job() {
    let app = patient_app().await;
    let bull = Bull::on(&app);
    let operator = app.operator().await;
    for (name, major) in ODD.into_iter().zip(MAJORS.into_iter().cycle()) {
        let queue = bull.queue(major, name);
        let job_id = format!("{name} \"'\\ 1");
        let id = queue
            .fail(json!({"data": {"a": 1}, "opts": {"jobId": job_id}}))
            .await;
        assert_eq!(id, job_id);
        eventually("the overview has the queue", || async {
            versions(&operator.page("/").await)
                .iter()
                .any(|row| row.queue == name)
        })
        .await;
        let overview = versions(&operator.page("/").await);
        let row = overview.iter().find(|row| row.queue == name).unwrap();
        let page = operator.page(&row.href).await;
        assert_eq!(
            page.all("main h1"),
            // What reads a page leaves NUL out.
            [name
                .replace('\0', "")
                .split_whitespace()
                .collect::<Vec<_>>()
                .join(" ")]
        );
        let listed = lines(&page);
        assert_eq!(in_query(&listed[0].href, "id"), id, "{name}");
        assert_eq!(
            state(&operator.page(&listed[0].href).await),
            "failed",
            "{name}"
        );

        queue
            .repair_and_retry(&operator, &id, |text| text.replace('1', "2"))
            .await;
        let attempts = queue.finish_all(&[&id]).await;
        assert_eq!(attempts[0].saw, r#"{"a":2}"#, "{name}");
    }
}

#[tokio::test]
async fn versions_of_a_family_stand_together_the_newest_first() {
    let app = patient_app().await;
    let bull = Bull::on(&app);
    let viewer = app.viewer().await;
    let names = [
        "email/v9",
        "email/v10",
        "email/v2",
        "api@2.9.1",
        "api@2.10.0",
        "api@2.10.0-rc1",
        "resize-v1",
        "resize_v11",
        "resize.v2",
        "billing",
        "mp3",
    ];
    for (name, major) in names.into_iter().zip(MAJORS.into_iter().cycle()) {
        bull.queue(major, name).ask("ready", json!({})).await;
    }
    eventually("the overview has every queue", || async {
        versions(&viewer.page("/").await).len() == names.len()
    })
    .await;
    let rows = versions(&viewer.page("/").await);
    let shown: Vec<(&str, &str)> = rows
        .iter()
        .map(|row| (row.queue.as_str(), row.link.as_str()))
        .collect();
    assert_eq!(
        shown,
        [
            ("api@2.10.0", "2.10.0"),
            ("api@2.10.0-rc1", "2.10.0-rc1"),
            ("api@2.9.1", "2.9.1"),
            ("billing", "billing"),
            ("email/v10", "v10"),
            ("email/v9", "v9"),
            ("email/v2", "v2"),
            ("mp3", "mp3"),
            ("resize_v11", "v11"),
            ("resize.v2", "v2"),
            ("resize-v1", "v1"),
        ]
    );
}

#[tokio::test]
async fn two_prefixes_with_the_same_queue_name_stay_apart() {
    let app = patient_app_with(&[("prefix", "bull,other:tenant")]).await;
    let bull = Bull::on(&app);
    let (operator, mut redis) = (app.operator().await, app.jobs().await);
    for major in MAJORS {
        let name = format!("email/v{major}");
        let ours = bull.queue(major, &name);
        let other = bull.queue_under("other:tenant", major, &name);
        let data = json!({"data": {"a": 1}});
        let (one, two) = (ours.fail(data.clone()).await, other.fail(data).await);
        assert_eq!(one, two, "both count from 1");
        other.ask("addBulk", json!({"jobs": [{}, {}, {}]})).await;

        assert!(ours.page(&operator).await.text().contains("failed 1"));
        assert!(other.page(&operator).await.text().contains("waiting 3"));
        let overview = || async { versions(&operator.page("/").await) };
        eventually("the overview has both", || async {
            let rows = overview().await;
            rows.iter().filter(|row| row.queue == name).count() == 2
        })
        .await;
        let mut prefixes: Vec<String> = overview()
            .await
            .into_iter()
            .filter(|row| row.queue == name)
            .map(|row| row.prefix)
            .collect();
        prefixes.sort();
        assert_eq!(prefixes, ["", "other:tenant"]);

        other
            .repair_and_retry(&operator, &two, |text| text.replace('1', "2"))
            .await;
        assert_eq!(
            ours.state(&one).await,
            "failed",
            "BullMQ {major}: the namesake stays"
        );
        assert_eq!(redis.data(&name, &one).await.unwrap(), br#"{"a":1}"#);
        let attempts = other.process(4).await;
        let repaired = attempts.iter().find(|attempt| attempt.id == two).unwrap();
        assert_eq!(repaired.saw, r#"{"a":2}"#, "BullMQ {major}");
    }
    let entries = redis.audit_of_jobs().await;
    assert!(
        entries
            .iter()
            .all(|entry| entry.get("prefix") == "other:tenant")
    );
}

#[tokio::test]
async fn a_queue_under_a_prefix_that_is_not_ours_is_not_there() {
    let app = patient_app().await;
    let bull = Bull::on(&app);
    let admin = app.admin().await;
    let other = bull.queue_under("other", 6, "email/v2");
    let id = other.fail(json!({})).await;
    bull.queue(6, "mine").ask("ready", json!({})).await;
    for path in [
        other.path(),
        other.path_of("/job", &id),
        other.path_of("/job/edit", &id),
    ] {
        assert_eq!(admin.get(&path).await.status(), 404, "{path}");
    }
    assert_eq!(other.try_retry(&admin, &id).await.status, 404);
    assert_eq!(other.state(&id).await, "failed");
    eventually("the overview has our queue", || async {
        versions(&admin.page("/").await)
            .iter()
            .any(|row| row.queue == "mine")
    })
    .await;
    assert_eq!(versions(&admin.page("/").await).len(), 1);
}

#[tokio::test]
async fn opening_a_mistyped_queue_makes_no_key() {
    let app = patient_app().await;
    let bull = Bull::on(&app);
    let (admin, mut redis) = (app.admin().await, app.jobs().await);
    let queue = bull.queue(6, "email/v2");
    let id = queue.fail(json!({"data": {"a": 1}})).await;
    admin.page("/").await;

    let mut everything = async || -> Vec<String> {
        let mut keys: Vec<String> = redis.run(&["KEYS", "*"]).await;
        // The worker that failed the job left this one, and it expires.
        keys.retain(|key| key != "bull:email/v2:stalled-check");
        // What the leading process keeps comes by itself.
        let kept = ["leader", "history", "marks"].map(|name| format!("bullkeeper:{name}"));
        keys.retain(|key| !kept.iter().any(|name| key.starts_with(name)));
        keys.sort();
        keys
    };
    let before = everything().await;
    let typo = serde_urlencoded(&[("queue", "email/v22"), ("id", &id)]);
    for path in [
        "/queue?name=email/v22".to_owned(),
        "/queue?name=email/v22&state=failed".to_owned(),
        "/queue/figures?name=email/v22&state=failed".to_owned(),
        format!("/job?{typo}"),
        format!("/job/edit?{typo}"),
        format!("/job/text?{typo}&text=data"),
        format!("/job/raw?{typo}&text=data"),
    ] {
        assert_eq!(admin.get(&path).await.status(), 404, "{path}");
    }
    assert_eq!(everything().await, before);

    // Who goes on and writes there leaves nothing but their entry in the audit log.
    let form = queue.edit(&admin, &id, |_| "{}".to_owned()).await;
    let form = form.name("queue", "email/v22").set("reason", "r");
    assert_eq!(admin.send("/job/review", &form).await.status, 404);
    assert_eq!(admin.send("/job/save", &form).await.status, 404);
    let retry = [("queue", "email/v22"), ("id", id.as_str())];
    assert_eq!(admin.post("/job/retry", &retry).await.status(), 404);
    let others = |keys: Vec<String>| -> Vec<String> {
        let keys = keys.into_iter();
        keys.filter(|key| !key.starts_with("bullkeeper:audit"))
            .collect()
    };
    assert_eq!(others(everything().await), others(before));
}

#[tokio::test]
async fn what_was_left_behind_by_a_mistyped_name_elsewhere_is_no_queue() {
    let app = patient_app().await;
    let bull = Bull::on(&app);
    let (viewer, mut redis) = (app.viewer().await, app.jobs().await);
    redis
        .run::<u64>(&[
            "HSET",
            "bull:email/v22:meta",
            "library",
            "bullmq-official:0.1.0",
        ])
        .await;
    bull.queue(5, "email/v2").ask("ready", json!({})).await;
    eventually("the overview has the queue", || async {
        !versions(&viewer.page("/").await).is_empty()
    })
    .await;
    assert_eq!(versions(&viewer.page("/").await).len(), 1);
    assert_eq!(viewer.get("/queue?name=email/v22").await.status(), 404);
}

#[tokio::test]
async fn a_queue_that_bullmq_obliterates_leaves_the_overview() {
    let app = patient_app().await;
    let bull = Bull::on(&app);
    let viewer = app.viewer().await;
    for major in MAJORS {
        let queue = bull.queue(major, &format!("email/v{major}"));
        queue.add(json!({})).await;
        let is_there = || async {
            versions(&viewer.page("/").await)
                .iter()
                .any(|row| row.queue == queue.name)
        };
        eventually("the overview has the queue", is_there).await;
        queue.ask("obliterate", json!({})).await;
        eventually("it is gone", || async { !is_there().await }).await;
        assert_eq!(
            viewer.get(&queue.path()).await.status(),
            404,
            "BullMQ {major}"
        );
    }
}

//! What a family's page says first: where each version stands, in a sentence, and what can be done about it.

use bullkeeper::domain::access::Role;
use reqwest::StatusCode;

use bullkeeper_testkit::clients::client;
use bullkeeper_testkit::stream::{Listening, counted, quiet_app};
use bullkeeper_testkit::{Person, Seen, TestApp, eventually, now};

const PAGE: &str = "/family?name=email";

/// What is said of each version, in the order of the page, without the time since which it is stranded.
fn verdicts(page: &Seen) -> Vec<String> {
    let time = regex::Regex::new(" since (before )?[0-9]{2}:[0-9]{2} UTC").unwrap();
    let said = page.all(".verdicts p");
    said.iter()
        .map(|words| time.replace(words, "").into_owned())
        .collect()
}

/// The page once it says `words` of the versions, from the top.
async fn says(person: &Person, words: &[&str]) -> Seen {
    let said = || async {
        let page = Seen::of(person.get(PAGE).await).await;
        let said = verdicts(&page);
        page.status == StatusCode::OK && said == words
    };
    eventually(&words.join(" / "), said).await;
    person.page(PAGE).await
}

#[tokio::test]
async fn a_deploy_is_told_to_its_end_with_what_has_to_come_before_retiring() {
    let app = TestApp::with(&[("retire_quiet", "20s")]).await;
    let mut jobs = app.jobs().await;
    jobs.waiting("email/v1", "1", "{}").await;
    jobs.waiting("email/v1", "2", "{}").await;
    jobs.waiting("email/v2", "1", "{}").await;
    let old_worker = client(&app.redis, 0, "email/v1", "").await;
    let _new_workers = (
        client(&app.redis, 0, "email/v2", "").await,
        client(&app.redis, 0, "email/v2", "").await,
    );
    let viewer = app.viewer().await;
    let new = "v2 is current: 1 job outstanding, 2 workers.";
    let retired =
        "it can be retired once its workers have stopped and it has been unused for 20 s.";
    let draining = format!("v1 is draining: 2 left, rate not measured yet; {retired}");
    says(&viewer, &[new, &draining]).await;
    for id in ["1", "2"] {
        jobs.moves("email/v1", id, "wait", "completed").await;
    }
    let idle = format!("v1 is idle: no jobs outstanding, 1 worker; {retired}");
    says(&viewer, &[new, &idle]).await;
    drop(old_worker);
    let drained = "v1 is drained: no jobs outstanding, no workers; it can be retired once it has been unused for 20 s.";
    says(&viewer, &[new, drained]).await;
}

#[tokio::test]
async fn a_stranded_version_is_said_first_with_its_oldest_job_and_the_others_newest_first() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    jobs.queue("email/v3", "bullmq:6.7.0").await;
    jobs.queue("email/v2", "bullmq:6.7.0").await;
    for id in ["1", "2"] {
        jobs.waiting("email/v1", id, "{}").await;
        let added = (now() - 3 * 3_600_000).to_string();
        let job = format!("bull:email/v1:{id}");
        jobs.run::<i64>(&["HSET", &job, "timestamp", &added]).await;
    }
    let _worker = client(&app.redis, 0, "email/v3", "").await;
    let viewer = app.viewer().await;
    let unused = "it can be retired once it has been unused for 15 min.";
    let drained = format!("v2 is drained: no jobs outstanding, no workers; {unused}");
    let page = says(
        &viewer,
        &[
            "v1 is stranded: 2 jobs left, and no workers; last worker unknown; the oldest was added 3 h ago.",
            "v3 is current: no jobs outstanding, 1 worker.",
            &drained,
        ],
    )
    .await;
    let columns = page.all("#figures thead th");
    assert_eq!(columns, ["Version", "v3", "v2", "v1"], "the columns stay");
}

#[tokio::test]
async fn a_version_alone_a_new_one_and_one_whose_workers_are_not_known_are_told() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    jobs.queue("email/v1", "bullmq:6.7.0").await;
    let viewer = app.viewer().await;
    says(
        &viewer,
        &["v1 is current: no jobs outstanding, no workers."],
    )
    .await;
    let _worker = client(&app.redis, 0, "email/v1", "").await;
    let idle =
        "v1 is idle: no jobs outstanding, 1 worker, and no job was added in the last 5 minutes.";
    says(&viewer, &[idle]).await;
    jobs.queue("email/v2", "bullmq:6.7.0").await;
    says(
        &viewer,
        &[
            "v2 is drained: no jobs outstanding, no workers.",
            "v1 is current: no jobs outstanding, 1 worker.",
        ],
    )
    .await;
    // A worker without a name in Redis leaves a trace, and a job waits for it.
    jobs.waiting("email/v2", "1", "{}").await;
    jobs.run::<()>(&["SET", "bull:email/v2:stalled-check", "1"])
        .await;
    eventually("the workers are unknown", || async {
        let said = verdicts(&viewer.page(PAGE).await);
        said[0].starts_with("v2 is unknown: 1 job outstanding; a worker ")
    })
    .await;
}

#[tokio::test]
async fn a_rolled_back_version_is_said_before_the_newer_one() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    jobs.waiting("email/v1", "1", "{}").await;
    jobs.waiting("email/v2", "1", "{}").await;
    let _workers = (
        client(&app.redis, 0, "email/v1", "").await,
        client(&app.redis, 0, "email/v2", "").await,
    );
    let viewer = app.viewer().await;
    eventually("v1 drains", || async {
        let page = Seen::of(viewer.get(PAGE).await).await;
        page.text().contains("v1 is draining")
    })
    .await;
    for (queue, at) in [("email/v2", now()), ("email/v1", now() + 70_000)] {
        let (events, at) = (format!("bull:{queue}:events"), format!("{at}-0"));
        jobs.run::<String>(&["XADD", &events, &at, "event", "added", "jobId", "9"])
            .await;
    }
    let new_jobs = "it gets the new jobs although a newer version had taken over";
    says(
        &viewer,
        &[
            &format!("v1 is rolled back: {new_jobs}; 1 job outstanding, 1 worker."),
            "v2 is current: 1 job outstanding, 1 worker.",
        ],
    )
    .await;
}

#[tokio::test]
async fn a_pinned_version_and_a_newer_one_that_drains_are_told() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    jobs.waiting("email/v1", "1", "{}").await;
    jobs.waiting("email/v2", "1", "{}").await;
    let _workers = (
        client(&app.redis, 0, "email/v1", "").await,
        client(&app.redis, 0, "email/v2", "").await,
    );
    let admin = app.admin().await;
    eventually("both are there", || async {
        let page = Seen::of(admin.get(PAGE).await).await;
        verdicts(&page).len() == 2
    })
    .await;
    let form = [("queue", "email/v1"), ("reason", "v2 loses mail")];
    let pinned = admin.post("/family/pin", &form).await;
    assert_eq!(pinned.status(), StatusCode::SEE_OTHER);
    let page = says(
        &admin,
        &[
            "v2 is draining: 1 left, rate not measured yet.",
            "v1 is currentpinned: 1 job outstanding, 1 worker.",
        ],
    )
    .await;
    assert!(page.text().contains("Unpin"), "{}", page.text());
}

#[tokio::test]
async fn the_queue_that_was_meant_is_named_in_the_verdict() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    let _worker = client(&app.redis, 0, "cancel_queue", "").await;
    jobs.waiting("cleanup_queue", "1", "{}").await;
    jobs.queue("cancel_queue", "bullmq:6.7.0").await;
    let viewer = app.viewer().await;
    eventually("it is named", || async {
        let page = Seen::of(viewer.get("/family?name=cleanup_queue").await).await;
        let said = verdicts(&page).join(" ");
        said.starts_with("cleanup_queue is stranded: 1 job left, and no workers")
            && said.ends_with(". No workers here. Did you mean cancel_queue?")
    })
    .await;
    let narrow = app.scoped("narrow", Role::Viewer, &["cleanup_queue"]).await;
    let page = narrow.page("/family?name=cleanup_queue").await;
    assert!(!page.body.contains("cancel_queue"), "{}", page.body);
}

#[tokio::test]
async fn everyone_reads_the_same_verdicts_and_each_role_is_offered_what_it_may_do() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    jobs.queue("email/v2", "bullmq:6.7.0").await;
    jobs.queue("email/v1", "bullmq:6.7.0").await;
    let _worker = client(&app.redis, 0, "email/v2", "").await;
    let unused = "it can be retired once it has been unused for 15 min.";
    let drained = format!("v1 is drained: no jobs outstanding, no workers; {unused}");
    let said = ["v2 is current: no jobs outstanding, 1 worker.", &drained];
    let pin_and_move = |version| {
        [
            format!("Pin as current email/{version}"),
            format!("Move jobs of email/{version}"),
        ]
    };
    let admins = [
        pin_and_move("v2").as_slice(),
        &pin_and_move("v1"),
        &["Retire email/v1".to_owned()],
    ]
    .concat();
    for (person, offered) in [
        (app.viewer().await, Vec::new()),
        (app.operator().await, Vec::new()),
        (app.admin().await, admins),
    ] {
        let page = says(&person, &said).await;
        assert_eq!(page.all(".verdicts .btn"), offered);
        // The part that refreshes offers the same.
        let part = &page.attributes("#figures", "hx-get")[0];
        let part = Seen::of(person.get_part(part).await).await;
        assert_eq!(part.all(".verdicts .btn"), offered);
        assert_eq!(verdicts(&part), said);
    }
}

#[tokio::test]
async fn the_verdicts_come_with_every_change_and_the_buttons_only_to_those_who_may() {
    let app = quiet_app().await;
    let mut jobs = app.jobs().await;
    for id in ["1", "2"] {
        jobs.waiting("email/v1", id, "{}").await;
    }
    jobs.queue("email/v2", "bullmq:6.7.0").await;
    counted(&app, 2).await;
    // Only events bring news here, and the first count may have seen one job alone.
    jobs.announce("email/v1", "2").await;
    let (viewer, admin) = (app.viewer().await, app.admin().await);
    eventually("both jobs are counted", || async {
        let said = verdicts(&viewer.page(PAGE).await);
        said.iter().any(|one| one.contains("2 jobs left"))
    })
    .await;
    let page = viewer.page(PAGE).await;
    let mut seen_by_viewer = Listening::of(&viewer, &page).await;
    let mut seen_by_admin = Listening::of(&admin, &admin.page(PAGE).await).await;
    jobs.moves("email/v1", "1", "wait", "completed").await;
    for (stream, has_buttons) in [(&mut seen_by_viewer, false), (&mut seen_by_admin, true)] {
        let message = stream
            .until("the verdict", |event| {
                let figures = event.part("figures");
                figures.is_some_and(|figures| figures.contains("1 job left"))
            })
            .await;
        let figures = message.part("figures").unwrap();
        assert_eq!(figures.contains("/family/move"), has_buttons, "{figures}");
    }
}

#[tokio::test]
async fn figures_that_are_zero_everywhere_are_only_named() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    jobs.failed("email/v2", "1", "{}").await;
    jobs.queue("email/v1", "bullmq:6.7.0").await;
    let viewer = app.viewer().await;
    eventually("all is counted", || async {
        let page = Seen::of(viewer.get(PAGE).await).await;
        verdicts(&page).len() == 2
            && page
                .all("#figures td")
                .contains(&"1 failed in v2".to_owned())
    })
    .await;
    let page = viewer.page(PAGE).await;
    let labels = page.all("#figures tbody tr:not(.family) th");
    for shown in ["outstanding", "failed", "workers", "BullMQ"] {
        assert!(labels.contains(&shown.to_owned()), "{labels:?}");
    }
    for zero in ["delayed", "active"] {
        assert!(!labels.contains(&zero.to_owned()), "{labels:?}");
        let named = page.all("#figures .left-out").join(" ");
        assert!(named.starts_with("Zero in every version: "), "{named}");
        assert!(named.contains(zero), "{named}");
    }
    // Samples stay closed until someone wants them.
    assert!(page.attributes("details", "open").is_empty());
    assert_eq!(
        page.all("details.earlier > summary"),
        ["Finished jobs", "Memory"]
    );
}

#[tokio::test]
async fn the_pages_below_a_family_lead_back_to_it() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    jobs.failed("email/v1", "1", "{}").await;
    jobs.failed("email/v2", "1", "{}").await;
    jobs.failed("billing", "1", "{}").await;
    let admin = app.admin().await;
    eventually("the family is there", || async {
        let page = Seen::of(admin.get(PAGE).await).await;
        verdicts(&page).len() == 2
    })
    .await;
    for path in [
        "/job/edit?queue=email/v1&id=1",
        "/job/remove?queue=email/v1&id=1",
        "/queue/operate?queue=email/v1&state=failed&operation=job.retry",
        "/family/compare?name=email",
        "/family/compare/diff?name=email&a=email/v1&b=email/v2&left=1&right=1",
        "/family/move?name=email&from=email/v1",
        "/family/retire?queue=email/v1",
        "/family/pin?queue=email/v1",
    ] {
        let page = Seen::of(admin.get(path).await).await;
        assert_eq!(page.status, StatusCode::OK, "{path}: {}", page.text());
        let way = page.attributes(".crumbs a", "href");
        assert_eq!(way[..2], ["/", PAGE], "{path}");
    }
    let alone = admin.page("/job/edit?queue=billing&id=1").await;
    let way = alone.all("ol.crumbs li");
    assert_eq!(
        way,
        ["Overview", "billing", "1", "edit"],
        "it has no family"
    );
}

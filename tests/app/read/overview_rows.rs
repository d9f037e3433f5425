//! The overview's rows: their order, which is in the address; families with one version; and what is said only once.

use bullkeeper::domain::access::Role;
use reqwest::StatusCode;

use bullkeeper_testkit::stream::{Listening, address, counted, quiet_app};
use bullkeeper_testkit::{Jobs, Seen, TestApp, eventually};

/// The queues of the rows, from the top.
fn queues(page: &Seen) -> Vec<String> {
    page.attributes("table.overview tr[id] th a.strong", "href")
        .iter()
        .map(|href| href.trim_start_matches("/queue?name=").to_owned())
        .collect()
}

/// Two families and a queue, with 3, 0, 1 and 2 failed jobs.
async fn fill(jobs: &mut Jobs) {
    for (queue, failed) in [
        ("email/v10", 3),
        ("email/v9", 0),
        ("billing/v2", 1),
        ("reports", 2),
    ] {
        jobs.queue(queue, "bullmq:6.7.0").await;
        for id in 1..=failed {
            jobs.failed(queue, &id.to_string(), "{}").await;
        }
    }
}

async fn filled(app: &TestApp) {
    fill(&mut app.jobs().await).await;
    eventually("all is counted", || async {
        let snapshot = app.services.overview().now();
        let failed = snapshot
            .queues
            .iter()
            .map(|queue| queue.figures.counts.failed);
        snapshot.queues.len() == 4 && failed.sum::<u64>() == 6
    })
    .await;
}

#[tokio::test]
async fn the_address_holds_the_order_and_each_heading_leads_to_its_own() {
    let app = TestApp::start().await;
    filled(&app).await;
    let viewer = app.viewer().await;
    let failed_first = ["email/v10", "reports", "billing/v2", "email/v9"];
    for (sort, order) in [
        ("-failed", failed_first),
        ("failed", ["email/v9", "billing/v2", "reports", "email/v10"]),
        ("name", ["billing/v2", "email/v9", "email/v10", "reports"]),
        ("-name", ["reports", "email/v10", "email/v9", "billing/v2"]),
    ] {
        let page = viewer.page(&format!("/?sort={sort}")).await;
        assert_eq!(queues(&page), order, "{sort}");
        let direction = match sort.starts_with('-') {
            true => "descending",
            false => "ascending",
        };
        assert_eq!(page.attributes("thead th", "aria-sort"), [direction]);
        assert_eq!(
            page.attributes("select[name=sort] option[selected]", "value"),
            [sort],
            "the filter's form sends it along"
        );
    }
    let page = viewer.page("/?sort=-failed&q=e&problem=1").await;
    assert_eq!(queues(&page), failed_first[..2], "filters hold too");
    assert_eq!(
        page.attributes("thead .s-failed a", "href"),
        ["/?q=e&problem=1&sort=failed"]
    );
    assert_eq!(
        page.attributes("thead .s-waiting a", "href"),
        ["/?q=e&problem=1&sort=-waiting"]
    );
    assert_eq!(
        page.attributes("form.filter a.plain", "href"),
        ["/?sort=-failed"]
    );
    let usual = viewer.page("/").await;
    assert_eq!(
        usual.attributes("thead th", "aria-sort"),
        Vec::<String>::new()
    );
    let headings = usual.attributes("thead a", "href");
    assert_eq!((headings.len(), headings[0].as_str()), (11, "/?sort=name"));
    let scoped = app.scoped("scoped", Role::Viewer, &["email/*"]).await;
    assert_eq!(
        queues(&scoped.page("/?sort=name").await),
        ["email/v9", "email/v10"]
    );
}

#[tokio::test]
async fn an_order_that_does_not_exist_is_refused_with_those_that_do() {
    let app = TestApp::start().await;
    let viewer = app.viewer().await;
    for path in ["/", "/overview/figures", "/events/overview"] {
        for sort in ["bullmq", "--failed", "-", "%3Cb%3E"] {
            let path = format!("{path}?sort={sort}&seen=1-1");
            let refused = Seen::of(viewer.get(&path).await).await;
            assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{path}");
            let text = refused.text();
            assert!(
                text.contains("The columns are name, waiting, active"),
                "{text}"
            );
        }
    }
}

#[tokio::test]
async fn all_parts_of_a_live_overview_keep_its_order() {
    let app = TestApp::start().await;
    filled(&app).await;
    let viewer = app.viewer().await;
    let page = viewer.page("/?sort=-failed&state=failed").await;
    let order = ["email/v10", "reports", "billing/v2"];
    assert_eq!(queues(&page), order);
    let figures = page.attributes("#overview", "hx-get").remove(0);
    let figures = Seen::of(viewer.get_part(&figures).await).await;
    assert_eq!(queues(&figures), order);
    let another_process = address(&page).replace("seen=", "seen=1-1&was=");
    let mut anew = Listening::at(&viewer, &another_process).await;
    let anew = anew
        .until("the figures", |event| event.part("overview").is_some())
        .await;
    let anew = anew.part("overview").unwrap();
    let at = |queue: &str| anew.find(&format!("href=\"/queue?name={queue}\"")).unwrap();
    assert!(at("email/v10") < at("reports") && at("reports") < at("billing/v2"));

    let mut stream = Listening::of(&viewer, &page).await;
    app.jobs().await.failed("new", "1", "{}").await;
    let message = stream
        .until("the new queue", |event| event.part("new").is_some())
        .await;
    let link = message.part("new").unwrap();
    assert!(
        link.contains("href=\"/?state=failed&#38;sort=-failed\""),
        "{link}"
    );
}

#[tokio::test]
async fn a_family_with_one_row_has_no_heading_and_the_first_column_says_what_it_holds() {
    let app = TestApp::start().await;
    filled(&app).await;
    let viewer = app.viewer().await;
    let page = viewer.page("/").await;
    assert_eq!(page.all("table.overview h2"), ["email"]);
    assert_eq!(page.all("tbody.headed tr[id] th a.strong").len(), 2);
    let names = page.all("tbody:not(.headed) tr[id] th a.strong");
    assert_eq!(names, ["billing/v2", "reports"], "with their whole names");
    assert_eq!(page.all("thead th:first-child"), ["Queue and version"]);
    for address in ["/?q=email/v9", "/?sort=name"] {
        let page = viewer.page(address).await;
        assert_eq!(
            page.all("table.overview h2"),
            Vec::<String>::new(),
            "{address}"
        );
        assert_eq!(page.all("thead th:first-child"), ["Queue"], "{address}");
        assert!(page.all("th a.strong").contains(&"email/v9".to_owned()));
    }
}

#[tokio::test]
async fn the_bullmq_version_is_said_once_and_where_it_differs() {
    let app = quiet_app().await;
    let mut jobs = app.jobs().await;
    for (queue, version) in [("a", "6.7.0"), ("b", "6.7.0"), ("c", "5.81.5")] {
        jobs.queue(queue, &format!("bullmq:{version}")).await;
    }
    counted(&app, 3).await;
    let viewer = app.viewer().await;
    let page = viewer.page("/").await;
    assert_eq!(
        page.all("#usual-version"),
        ["BullMQ 6.7.0 unless a row says otherwise"]
    );
    let rows = page.all("table.overview tr[id] th");
    let says = rows.iter().map(|row| row.contains("BullMQ 5.81.5"));
    assert_eq!(
        says.collect::<Vec<bool>>(),
        [false, false, true],
        "{rows:?}"
    );
    assert!(!page.all("tbody").concat().contains("6.7.0"));
    // What is usual is so among the queues that one may see.
    let scoped = app.scoped("scoped", Role::Viewer, &["c"]).await;
    let theirs = scoped.page("/").await;
    assert_eq!(theirs.all("#usual-version"), ["All use BullMQ 5.81.5"]);
    assert!(!theirs.body.contains("6.7.0"));

    // Once most queues have another version, rows that did not change are wrong too: the page is shown anew.
    let mut stream = Listening::of(&viewer, &page).await;
    for (queue, part, says) in [
        ("a", "overview", "BullMQ 5.81.5 unless a row says otherwise"),
        ("b", "usual-version", "All use BullMQ 5.81.5"),
    ] {
        let meta = format!("bull:{queue}:meta");
        jobs.waiting(queue, "1", "{}").await;
        jobs.run::<i64>(&["HSET", &meta, "version", "bullmq:5.81.5"])
            .await;
        jobs.announce(queue, "1").await;
        let message = stream
            .until(says, |event| {
                event.part(part).is_some_and(|part| part.contains(says))
            })
            .await;
        let part = message.part(part).unwrap();
        assert_eq!(part.matches("BullMQ 5.81.5").count(), 1, "{part}");
        let is_left = part.contains("BullMQ 6.7.0");
        assert_eq!(is_left, queue == "a", "only b differs, for a while");
    }
}

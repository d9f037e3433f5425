//! Reading the overview, queues and jobs, with unusual names and data.

use reqwest::StatusCode;

use bullkeeper_testkit::{Seen, TestApp, eventually, now, serde_urlencoded};

const ODD_NAMES: [&str; 9] = [
    "email/v2",
    "spaces ü ?#%[a]{b}",
    "100%/v2",
    "%2F%00",
    "<script>alert(1)</script>/v1",
    "a&b=c+d",
    "..",
    "\"quoted\" 'name'",
    "très/long/名前@2.10.0",
];

#[tokio::test]
async fn odd_queue_names_survive_the_way_from_the_overview_to_a_job_and_back() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    for name in ODD_NAMES {
        jobs.failed(name, "<b>1</b>", r#"{"a":1}"#).await;
    }
    let viewer = app.viewer().await;
    eventually("the overview has them all", || async {
        viewer
            .page("/")
            .await
            .attributes("a[href^='/queue?']", "href")
            .len()
            >= ODD_NAMES.len()
    })
    .await;
    let overview = viewer.page("/").await;
    assert!(!overview.body.contains("<script>alert"), "it is escaped");
    for name in ODD_NAMES {
        let query = serde_urlencoded(&[("name", name)]);
        let queue = viewer.page(&format!("/queue?{query}&state=failed")).await;
        assert!(queue.text().contains(name), "{name}: {}", queue.text());
        assert!(!queue.body.contains("<script>alert"), "{name}");
        let links = queue.attributes("a[href^='/job?']", "href");
        let job = viewer.page(&links[0]).await;
        assert!(job.text().contains("<b>1</b>"), "{name}: {}", job.text());
        assert!(job.text().contains(name), "{name}");
    }
}

#[tokio::test]
async fn a_names_own_links_lead_to_it() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    for name in ODD_NAMES {
        jobs.failed(name, "1", "{}").await;
    }
    let viewer = app.viewer().await;
    eventually("the overview has them all", || async {
        let links = viewer
            .page("/")
            .await
            .attributes("a[href^='/queue?']", "href");
        ODD_NAMES.iter().all(|name| {
            let url = |link: &String| reqwest::Url::parse(&format!("http://x{link}")).unwrap();
            links.iter().any(|link| {
                url(link)
                    .query_pairs()
                    .any(|(key, value)| key == "name" && value == *name)
            })
        })
    })
    .await;
}

#[tokio::test]
async fn the_overview_groups_versions_newest_first_and_adds_up() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    for name in [
        "email/v9",
        "email/v10",
        "email/v2",
        "pay@2.9.1",
        "pay@2.10.0",
    ] {
        jobs.waiting(name, "1", "{}").await;
        jobs.waiting(name, "2", "{}").await;
    }
    jobs.queue("quiet", "bullmq:6.7.0").await;
    // Left behind by a mistyped name: not a queue.
    jobs.run::<u64>(&["HSET", "bull:phantom:meta", "library", "bullmq"])
        .await;
    let viewer = app.viewer().await;
    eventually("the overview has them all and their counts", || async {
        let text = viewer.page("/").await.text();
        text.contains("quiet") && text.contains("10 waiting")
    })
    .await;
    let overview = viewer.page("/").await;
    let text = overview.text();
    assert!(!text.contains("phantom"), "{text}");
    let names: Vec<String> = overview
        .attributes("table.overview a[href^='/queue?name=']", "href")
        .into_iter()
        .filter(|href| !href.contains("state="))
        .collect();
    assert_eq!(
        names,
        [
            "/queue?name=email/v10",
            "/queue?name=email/v9",
            "/queue?name=email/v2",
            "/queue?name=pay@2.10.0",
            "/queue?name=pay@2.9.1",
            "/queue?name=quiet",
        ]
    );
    assert!(text.contains("10 waiting"), "{text}");
}

#[tokio::test]
async fn the_overview_filters_by_name_state_and_problem_and_the_address_holds_it() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    jobs.failed("billing", "1", "{}").await;
    jobs.waiting("email/v1", "1", "{}").await;
    jobs.queue("quiet", "bullmq:6.7.0").await;
    let viewer = app.viewer().await;
    eventually("the overview has them all and their counts", || async {
        let text = viewer.page("/").await.text();
        text.contains("quiet") && text.contains("1 waiting") && text.contains("1 failed")
    })
    .await;
    for (filter, shown) in [
        ("q=EMAIL", vec!["email/v1"]),
        ("q=*l*g", vec!["billing"]),
        ("state=failed", vec!["billing"]),
        ("state=waiting", vec!["email/v1"]),
        ("problem=1", vec!["billing", "email/v1"]),
        ("q=nothing", vec![]),
    ] {
        let page = viewer.page(&format!("/?{filter}")).await;
        let mut names: Vec<String> = page
            .attributes("table.overview a[href^='/queue?name=']", "href")
            .into_iter()
            .filter(|href| !href.contains("state="))
            .map(|href| href.trim_start_matches("/queue?name=").to_owned())
            .collect();
        names.sort();
        assert_eq!(names, shown, "{filter}");
    }
    let wrong = Seen::of(viewer.get("/?state=nonsense").await).await;
    assert_eq!(wrong.status, StatusCode::BAD_REQUEST);
    assert!(
        wrong.text().contains("waiting-children"),
        "{}",
        wrong.text()
    );
}

#[tokio::test]
async fn a_queue_is_read_a_page_at_a_time_newest_first() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    for id in 1..=60 {
        jobs.waiting("email/v1", &id.to_string(), "{}").await;
    }
    let viewer = app.viewer().await;
    let ids = |page: &Seen| -> Vec<String> {
        page.attributes("tbody a[href^='/job?']", "href")
            .iter()
            .map(|href| href.rsplit("id=").next().unwrap().to_owned())
            .collect()
    };
    let first = viewer
        .page("/queue?name=email/v1&state=waiting&size=25")
        .await;
    assert_eq!(ids(&first).first().map(String::as_str), Some("60"));
    assert_eq!(ids(&first).len(), 25);
    assert!(first.text().contains("60"), "the total is said");
    let last = viewer
        .page("/queue?name=email/v1&state=waiting&size=25&from=50")
        .await;
    assert_eq!(ids(&last).len(), 10);
    assert_eq!(ids(&last).last().map(String::as_str), Some("1"));
    for wrong in ["size=26", "size=x", "from=-1", "state=nonsense"] {
        let answer = viewer.get(&format!("/queue?name=email/v1&{wrong}")).await;
        assert_eq!(answer.status(), StatusCode::BAD_REQUEST, "{wrong}");
    }
    let beyond = viewer
        .page("/queue?name=email/v1&state=waiting&from=18446744073709551615")
        .await;
    assert!(ids(&beyond).is_empty());
}

#[tokio::test]
async fn a_mistyped_queue_is_not_found_and_not_made() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    let operator = app.operator().await;
    let before: Vec<String> = jobs.run(&["KEYS", "bull:*"]).await;
    for path in [
        "/queue?name=typo",
        "/job?queue=typo&id=1",
        "/job/edit?queue=typo&id=1",
        "/queue?name=a:b",
        "/queue?name=",
    ] {
        let answer = operator.get(path).await;
        assert_eq!(answer.status(), StatusCode::NOT_FOUND, "{path}");
    }
    let form = [("queue", "typo"), ("id", "1")];
    let answer = operator.post("/job/retry", &form).await;
    assert_eq!(answer.status(), StatusCode::NOT_FOUND);
    let after: Vec<String> = jobs.run(&["KEYS", "bull:*"]).await;
    assert_eq!(before, after);
}

#[tokio::test]
async fn a_job_is_shown_with_what_it_carries_and_how_it_failed() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    jobs.failed("email/v2", "17", r#"{"n":12345678901234567890,"x":1.0}"#)
        .await;
    for line in ["first line", "<i>second</i>"] {
        jobs.run::<u64>(&["RPUSH", "bull:email/v2:17:logs", line])
            .await;
    }
    let viewer = app.viewer().await;
    let job = viewer.page("/job?queue=email/v2&id=17").await;
    let text = job.text();
    for word in [
        "failed",
        "12345678901234567890",
        "1.0",
        "no such address",
        "at mailer.js:12",
        "first line",
        "<i>second</i>",
        "3 of 3",
    ] {
        assert!(text.contains(word), "{word}: {text}");
    }
    let edit = job.attributes("a[href^='/job/edit']", "href");
    assert!(edit.is_empty(), "a viewer is not offered the editor");
    let operator = app.operator().await;
    let job = operator.page("/job?queue=email/v2&id=17").await;
    assert_eq!(job.attributes("a[href^='/job/edit']", "href").len(), 1);
}

#[tokio::test]
async fn large_data_is_folded_and_loaded_when_asked_for() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    let data = format!("{{\"filler\":\"{}\"}}", "x".repeat(300_000));
    jobs.failed("email/v2", "1", &data).await;
    let viewer = app.viewer().await;
    let job = viewer.page("/job?queue=email/v2&id=1").await;
    assert!(job.body.len() < 60_000, "{}", job.body.len());
    let raw = viewer.get("/job/raw?queue=email/v2&id=1&text=data").await;
    assert_eq!(raw.headers()["content-type"], "text/plain; charset=utf-8");
    assert_eq!(raw.text().await.unwrap(), data);
    let part = viewer
        .get_part("/job/text?queue=email/v2&id=1&text=data")
        .await;
    assert!(part.text().await.unwrap().len() > 300_000);
}

#[tokio::test]
async fn malformed_data_is_shown_as_it_is() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    let viewer = app.viewer().await;
    for (id, data, shown) in [
        ("1", &b"{oops"[..], "{oops"),
        ("2", b"NaN", "NaN"),
        ("3", b"", ""),
        ("4", b"\xff\xfe", "\u{fffd}\u{fffd}"),
        ("5", br#"{"a":"\ud800"}"#, r"\ud800"),
    ] {
        jobs.failed("email/v2", id, data).await;
        let page = viewer.page(&format!("/job?queue=email/v2&id={id}")).await;
        assert!(page.text().contains(shown), "{id}: {}", page.text());
    }
    let deep = format!("{}{}", "[".repeat(5_000), "]".repeat(5_000));
    jobs.failed("email/v2", "6", deep).await;
    viewer.page("/job?queue=email/v2&id=6").await;
    viewer.page("/queue?name=email/v2&state=failed").await;
}

#[tokio::test]
async fn a_state_that_lists_a_job_whose_hash_is_gone_says_so() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    jobs.failed("email/v2", "1", "{}").await;
    jobs.failed("email/v2", "2", "{}").await;
    jobs.run::<u64>(&["DEL", "bull:email/v2:1"]).await;
    let viewer = app.viewer().await;
    let page = viewer.page("/queue?name=email/v2&state=failed").await;
    assert!(
        page.text().contains("the job no longer exists"),
        "{}",
        page.text()
    );
}

#[tokio::test]
async fn a_job_is_found_by_its_id_and_a_missing_one_is_told() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    jobs.failed("email/v2", "custom id/7", "{}").await;
    let viewer = app.viewer().await;
    viewer
        .page("/job?queue=email/v2&id=%20custom%20id/7%20")
        .await;
    let missing = Seen::of(viewer.get("/job?queue=email/v2&id=8").await).await;
    assert_eq!(missing.status, StatusCode::NOT_FOUND);
    assert!(missing.text().contains('8'), "{}", missing.text());
}

#[tokio::test]
async fn a_key_of_another_type_takes_no_page_down() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    jobs.failed("email/v2", "1", "{}").await;
    jobs.run::<String>(&["SET", "bull:email/v2:wait", "not a list"])
        .await;
    jobs.run::<String>(&["SET", "bull:email/v2:1:logs", "not a list"])
        .await;
    let viewer = app.viewer().await;
    viewer.page("/queue?name=email/v2&state=failed").await;
    eventually("the overview has it", || async {
        viewer.page("/").await.text().contains("email")
    })
    .await;
    let job = Seen::of(viewer.get("/job?queue=email/v2&id=1").await).await;
    assert!(
        job.status == StatusCode::OK || job.text().contains("unexpected"),
        "{}",
        job.text()
    );
}

#[tokio::test]
async fn everything_is_under_the_base_path() {
    let app = TestApp::with(&[("base_path", "/keep")]).await;
    app.jobs().await.failed("email/v2", "1", "{}").await;
    let viewer = app.viewer().await;
    eventually("the overview has it", || async {
        viewer.page("/").await.text().contains("email")
    })
    .await;
    let overview = viewer.page("/").await;
    for (selector, name) in [
        ("a[href]", "href"),
        ("link[href]", "href"),
        ("script[src]", "src"),
        ("form[action]", "action"),
        ("[hx-get]", "hx-get"),
    ] {
        for address in overview.attributes(selector, name) {
            assert!(
                address.starts_with("/keep") || address.starts_with('#'),
                "{selector} {address}"
            );
        }
    }
    viewer.page("/healthz").await;
    viewer.page("/static/app.css").await;
}

#[tokio::test]
async fn the_environments_name_is_on_every_page() {
    let settings = [("environment", "production <eu>")];
    let app = TestApp::with(&settings).await;
    app.jobs().await.failed("email/v2", "1", "{}").await;
    let operator = app.operator().await;
    for path in [
        "/",
        "/queue?name=email/v2",
        "/job?queue=email/v2&id=1",
        "/job/edit?queue=email/v2&id=1",
        "/audit",
        "/account",
        "/nowhere",
    ] {
        let seen = Seen::of(operator.get(path).await).await;
        assert!(seen.text().contains("production <eu>"), "{path}");
    }
}

#[tokio::test]
async fn a_delayed_job_shows_when_it_is_due() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    jobs.queue("email/v2", "bullmq:6.7.0").await;
    jobs.hash("email/v2", "1", b"{}").await;
    let due = now() + 7_260_000;
    let score = (due * 4096 + 7).to_string();
    jobs.run::<u64>(&["ZADD", "bull:email/v2:delayed", &score, "1"])
        .await;
    let viewer = app.viewer().await;
    let job = viewer.page("/job?queue=email/v2&id=1").await;
    assert!(job.text().contains("in 2 h"), "{}", job.text());
}

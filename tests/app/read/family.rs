//! The family page: the versions that a viewer may see side by side, with figures that equal what is stored, and whether
//! jobs would pass another version's schema.

use std::collections::BTreeMap;

use bullkeeper::domain::access::Role;
use reqwest::StatusCode;

use bullkeeper_testkit::schema_folder::Folder;
use bullkeeper_testkit::{
    Jobs, Person, Seen, TestApp, TestRedis, eventually, now, serde_urlencoded, times,
};

/// The family's address.
fn address(name: &str) -> String {
    format!("/family?{}", serde_urlencoded(&[("name", name)]))
}

/// How many queues there are, and how many jobs their lists and sorted sets hold.
async fn stored(jobs: &mut Jobs) -> (usize, u64) {
    let keys: Vec<String> = jobs.run(&["KEYS", "*"]).await;
    let queues = keys.iter().filter(|key| key.ends_with(":meta")).count();
    let mut held = 0;
    for state in ["wait", "active", "delayed", "completed", "failed"] {
        let end = format!(":{state}");
        for key in keys.iter().filter(|key| key.ends_with(&end)) {
            let kind: String = jobs.run(&["TYPE", key]).await;
            held += match kind.as_str() {
                "list" => jobs.run::<u64>(&["LLEN", key]).await,
                "zset" => jobs.run::<u64>(&["ZCARD", key]).await,
                _ => 0,
            };
        }
    }
    (queues, held)
}

/// The family's page with this many versions, once everything stored was counted; earlier results are cached for a while.
async fn family(app: &TestApp, person: &Person, name: &str, versions: usize) -> Seen {
    let stored = stored(&mut app.jobs().await).await;
    eventually("all that is stored is counted", || async {
        let snapshot = app.services.overview().now();
        let counts = snapshot.queues.iter().map(|version| version.figures.counts);
        let counts = counts.map(|counts| counts.outstanding() + counts.completed + counts.failed);
        (snapshot.queues.len(), counts.sum()) == stored
    })
    .await;
    let page = person.page(&address(name)).await;
    assert_eq!(page.all("#figures thead th").len(), versions + 1);
    page
}

/// The table's rows by label: the value of each version, in the order of the columns.
fn rows(page: &Seen) -> BTreeMap<String, Vec<String>> {
    let html = scraper::Html::parse_document(&page.body);
    let select = |selector| scraper::Selector::parse(selector).unwrap();
    let text =
        |cell: scraper::ElementRef<'_>| cell.text().next().unwrap_or_default().trim().to_owned();
    let (heads, data, inner) = (select("th"), select("td"), select("time, a"));
    let mut rows = BTreeMap::new();
    for row in html.select(&select(".side tbody tr:not(.family)")) {
        let label: String = row.select(&heads).flat_map(|th| th.text()).collect();
        let cells = row.select(&data);
        let cells = cells.map(|td| text(td.select(&inner).next().unwrap_or(td)));
        rows.insert(label.trim().to_owned(), cells.collect());
    }
    rows
}

/// A job that finished, with its times in milliseconds before now: added, started, finished.
async fn finished(
    jobs: &mut Jobs,
    queue: &str,
    id: &str,
    state: &str,
    times: [u64; 3],
    opts: &str,
) {
    jobs.queue(queue, "bullmq:6.7.0").await;
    jobs.hash(queue, id, b"{}").await;
    let [added, started, done] = times.map(|before| (now() - before).to_string());
    let key = format!("bull:{queue}:{id}");
    jobs.run::<i64>(&[
        "HSET",
        &key,
        "timestamp",
        &added,
        "processedOn",
        &started,
        "finishedOn",
        &done,
        "ats",
        "1",
        "opts",
        opts,
    ])
    .await;
    jobs.run::<i64>(&["ZADD", &format!("bull:{queue}:{state}"), &done, id])
        .await;
}

#[tokio::test]
async fn versions_stand_side_by_side_newest_first_with_what_is_stored() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    for n in 0..12 {
        jobs.waiting("email/v9", &n.to_string(), "{}").await;
    }
    jobs.failed("email/v9", "f", "{}").await;
    jobs.active("email/v10", "a", "{}").await;
    jobs.queue("email/v2", "bullmq:5.81.0").await;
    let page = family(&app, &app.viewer().await, "email", 3).await;
    assert_eq!(
        page.all("#figures thead th"),
        ["Version", "v10", "v9", "v2"]
    );
    let rows = rows(&page);
    assert_eq!(rows["outstanding"], ["1", "12", "0"]);
    assert_eq!(rows["waiting"], ["0", "12", "0"]);
    assert_eq!(rows["active"], ["1", "0", "0"]);
    assert_eq!(rows["failed"], ["0", "1", "0"]);
    assert_eq!(rows["workers"], ["0", "0", "0"]);
    assert_eq!(rows["BullMQ"], ["6.7.0", "6.7.0", "5.81.0"]);
    assert_eq!(rows["looked at"], ["–", "1", "–"]);
    assert_eq!(rows["failed among them"], ["–", "100.0 % of 1", "–"]);
    let links = page.attributes(".side td a", "href");
    assert!(
        links.contains(&"/queue?name=email/v9&state=waiting".to_owned()),
        "{links:?}"
    );
}

#[tokio::test]
async fn times_are_those_of_the_newest_500_finished_jobs() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    let mut pipeline = redis::pipe();
    let begin = now() - 10_000_000;
    // 600 jobs, one a second; the n-th waits n ms and takes 2 n ms. The newest are 101 to 600.
    for n in 1..=600_u64 {
        let (key, added) = (format!("bull:email/v1:{n}"), begin + n * 1_000);
        let state = if n % 10 == 0 { "failed" } else { "completed" };
        pipeline
            .hset_multiple(
                key,
                &[
                    ("name", "send".to_owned()),
                    ("timestamp", added.to_string()),
                    ("processedOn", (added + n).to_string()),
                    ("finishedOn", (added + 3 * n).to_string()),
                    ("ats", "1".to_owned()),
                    ("opts", "{}".to_owned()),
                ],
            )
            .zadd(format!("bull:email/v1:{state}"), n, added + 3 * n);
    }
    pipeline.query_async::<()>(&mut jobs.0).await.unwrap();
    jobs.queue("email/v1", "bullmq:6.7.0").await;
    let rows = rows(&family(&app, &app.viewer().await, "email", 1).await);
    assert_eq!(rows["looked at"], ["500"]);
    assert_eq!(rows["failed among them"], ["10.0 % of 500"]);
    let row = |name: &str| rows[name][0].clone();
    assert_eq!(
        [row("waiting p50"), row("waiting p95"), row("waiting p99")],
        ["350 ms", "575 ms", "595 ms"]
    );
    assert_eq!(
        [
            row("processing p50"),
            row("processing p95"),
            row("processing p99")
        ],
        ["700 ms", "1.1 s", "1.2 s"]
    );
}

#[tokio::test]
async fn a_delayed_job_waits_from_its_delays_end_and_one_taken_twice_tells_no_wait() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    // BullMQ sets the hash's own delay to 0 once the job's time has come.
    finished(
        &mut jobs,
        "email/v1",
        "late",
        "completed",
        [60_000, 9_500, 9_000],
        r#"{"delay":50000}"#,
    )
    .await;
    finished(
        &mut jobs,
        "email/v2",
        "twice",
        "completed",
        [60_000, 9_500, 9_000],
        "{}",
    )
    .await;
    jobs.run::<i64>(&["HSET", "bull:email/v2:twice", "ats", "2"])
        .await;
    finished(
        &mut jobs,
        "email/v3",
        "odd",
        "completed",
        [60_000, 9_500, 9_000],
        "{oops",
    )
    .await;
    jobs.run::<i64>(&[
        "HSET",
        "bull:email/v3:odd",
        "timestamp",
        "yesterday",
        "processedOn",
        "x",
    ])
    .await;
    jobs.run::<i64>(&["ZADD", "bull:email/v3:completed", "1", "hash is gone"])
        .await;
    let rows = rows(&family(&app, &app.viewer().await, "email", 3).await);
    assert_eq!(rows["looked at"], ["1", "1", "1"]);
    let waited: u64 = rows["waiting p50"][2]
        .strip_suffix(" ms")
        .unwrap()
        .parse()
        .unwrap();
    assert!((450..=550).contains(&waited), "{waited}");
    assert_eq!(rows["waiting p50"][..2], ["–", "–"]);
    assert_eq!(rows["processing p50"][0], "–");
}

#[tokio::test]
async fn a_version_out_of_scope_leaves_no_trace_and_a_family_of_them_is_not_there() {
    let folder = Folder::of(&[("email.json", r#"{"type":"object"}"#)]);
    let app = folder.app(&[]).await;
    let mut jobs = app.jobs().await;
    for version in ["v1", "v2", "v3"] {
        jobs.waiting(&format!("email/{version}"), "1", "{}").await;
    }
    jobs.waiting("billing/v1", "1", "{}").await;
    // Someone who sees everything has looked before: the cached results are shared, without what is hidden.
    let all = family(&app, &app.viewer().await, "email", 3).await;
    assert_eq!(
        all.all("#compatibility tbody th").len(),
        6 - 1,
        "v3 and v1 are not neighbours"
    );
    let sam = app
        .scoped("sam", Role::Admin, &["email/v1", "email/v3"])
        .await;
    let page = family(&app, &sam, "email", 2).await;
    assert_eq!(page.all("#figures thead th"), ["Version", "v3", "v1"]);
    assert!(!page.body.contains("v2"), "{}", page.text());
    assert_eq!(page.all("#compatibility tbody th"), ["v3 → v1", "v1 → v3"]);
    for path in [
        "/family?name=billing",
        "/family/figures?name=email&versions=email/v1:email/v2&seen=1-1",
        "/events/family?name=email&versions=email/v2&seen=1-1",
    ] {
        let hidden = Seen::of(sam.get(path).await).await;
        assert_eq!(hidden.status, StatusCode::NOT_FOUND, "{path}");
    }
    let text = |name: &'static str| {
        let sam = sam.clone();
        async move {
            let seen = Seen::of(sam.get(&address(name)).await).await;
            let request = seen.headers["x-request-id"].to_str().unwrap().to_owned();
            seen.text().replace(name, "…").replace(&request, "…")
        }
    };
    assert_eq!(text("billing").await, text("nothing").await);
    app.services.finish_audit().await;
    let mut denied = jobs.audit().await;
    denied.retain(|entry| entry.get("outcome") == "denied");
    assert_eq!(times(&denied), 4);
    for queue in ["billing/v1", "email/v2"] {
        denied
            .iter()
            .find(|entry| entry.get("queue") == queue)
            .unwrap();
    }
}

#[tokio::test]
async fn odd_names_survive_and_two_versions_with_one_label_are_told_apart() {
    let app = TestApp::with(&[("prefix", "bull,other")]).await;
    let mut jobs = app.jobs().await;
    let odd = "a%2F <b>ü?&=#";
    for queue in [format!("{odd}/v1"), format!("{odd}-v1"), odd.to_owned()] {
        jobs.waiting(&queue, "1", "{}").await;
    }
    jobs.run::<i64>(&["HSET", "other:email/v7:meta", "version", "bullmq:6.7.0"])
        .await;
    let viewer = app.viewer().await;
    let page = family(&app, &viewer, odd, 3).await;
    let heads: Vec<String> = page.all("#figures thead th")[1..].to_vec();
    assert_eq!(heads.len(), 3);
    for name in [format!("{odd}/v1"), format!("{odd}-v1"), odd.to_owned()] {
        assert!(heads.contains(&name), "{heads:?}");
    }
    for href in page.attributes("#figures thead a", "href") {
        viewer.page(&href).await;
    }
    let figures = &page.attributes("#figures", "hx-get")[0];
    let rows = Seen::of(viewer.get_part(figures).await).await;
    assert_eq!(rows.status, StatusCode::OK);
    assert!(rows.body.contains("<tr"), "{}", rows.body);
    eventually("the other prefix's family is there", || async {
        let seen = Seen::of(viewer.get("/family?name=email&prefix=other").await).await;
        seen.text().contains("prefix other") && seen.text().contains("v7")
    })
    .await;
    assert_eq!(
        viewer.get("/family?name=email").await.status(),
        StatusCode::NOT_FOUND
    );
    assert_eq!(
        viewer.get("/family?name=email&prefix=x").await.status(),
        StatusCode::NOT_FOUND
    );
}

#[tokio::test]
async fn the_overview_and_a_queues_page_lead_to_the_family() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    jobs.waiting("team/email/v1", "1", "{}").await;
    jobs.waiting("team/email/v2", "1", "{}").await;
    let viewer = app.viewer().await;
    family(&app, &viewer, "team/email", 2).await;
    let link = ["/family?name=team/email"];
    assert_eq!(viewer.page("/").await.attributes(".family a", "href"), link);
    let queue = viewer.page("/queue?name=team/email/v2").await;
    assert_eq!(queue.attributes(".crumbs a", "href")[1..], link);
}

const V1: &str = r#"{"type":"object","required":["to"],"properties":{"to":{"type":"string"}},"additionalProperties":false}"#;
const V2: &str = r#"{"type":"object","required":["recipients"],"properties":{"recipients":{"type":"array","items":{"type":"string"}}}}"#;

/// The result of each pair: its name, the answer, how many jobs were checked, the violations.
fn pairs(page: &Seen) -> BTreeMap<String, [String; 3]> {
    let html = scraper::Html::parse_document(&page.body);
    let select = |selector| scraper::Selector::parse(selector).unwrap();
    let words = |cell: scraper::ElementRef<'_>| {
        let text: Vec<&str> = cell.text().flat_map(str::split_whitespace).collect();
        text.join(" ")
    };
    let (rows, cells) = (select("#compatibility tbody tr"), select("th, td"));
    let read = |row: scraper::ElementRef<'_>| {
        let cells: Vec<String> = row.select(&cells).map(words).collect();
        let [pair, _, answer, looked_at, violations] = cells.try_into().unwrap();
        (pair, [answer, looked_at, violations])
    };
    html.select(&rows).map(read).collect()
}

#[tokio::test]
async fn outstanding_jobs_are_checked_against_the_other_versions_schema_both_ways() {
    let folder = Folder::of(&[("email/v1.json", V1), ("email/v2.json", V2)]);
    let app = folder.app(&[]).await;
    let mut jobs = app.jobs().await;
    for n in 0..20 {
        jobs.waiting("email/v1", &n.to_string(), r#"{"to":"ann"}"#)
            .await;
    }
    jobs.waiting("email/v1", "both", r#"{"recipients":["ann"]}"#)
        .await;
    jobs.waiting("email/v1", "no-json", "{oops").await;
    jobs.waiting(
        "email/v1",
        "large",
        format!(r#"{{"to":"{}"}}"#, "x".repeat(5_000_000)),
    )
    .await;
    jobs.failed("email/v1", "done", r#"{"recipients":["ann"]}"#)
        .await;
    jobs.waiting("email/v2", "1", r#"{"recipients":["ann"],"n":1e400}"#)
        .await;
    let page = family(&app, &app.viewer().await, "email", 2).await;
    let pairs = pairs(&page);
    assert_eq!(
        pairs["v1 → v2"],
        [
            "1 of 23 would pass 20 break it 1 no JSON 1 too large to be read",
            "all 23",
            "20 × (whole) \"recipients\" is required here"
        ]
    );
    assert_eq!(
        pairs["v2 → v1"],
        [
            "0 of 1 would pass 1 break it",
            "all 1",
            "1 × (whole) \"to\" is required here1 × /n \"n\" is not allowed here1 × /recipients \"recipients\" is not allowed here"
        ].map(|text| text.replace("here1", "here 1"))
    );
    assert!(
        page.text().contains("Can v2’s workers take v1’s jobs?"),
        "{}",
        page.text()
    );
    assert!(
        page.text().contains("Could v2’s jobs go back to v1?"),
        "{}",
        page.text()
    );
    assert_eq!(jobs.data("email/v1", "no-json").await.unwrap(), b"{oops");
}

#[tokio::test]
async fn where_a_version_has_no_schema_or_a_faulty_one_no_number_is_told() {
    let folder = Folder::of(&[
        ("email/v1/send.json", V1),
        ("email/v3.json", "{\"type\": 5}"),
    ]);
    let app = folder.app(&[]).await;
    let mut jobs = app.jobs().await;
    for version in ["v1", "v2", "v3"] {
        jobs.waiting(&format!("email/{version}"), "1", r#"{"to":"ann"}"#)
            .await;
    }
    jobs.waiting("email/v2", "2", r#"{"to":1}"#).await;
    jobs.run::<i64>(&["HSET", "bull:email/v2:2", "name", "other"])
        .await;
    let pairs = pairs(&family(&app, &app.viewer().await, "email", 3).await);
    assert_eq!(pairs["v1 → v2"][0], "no schema");
    assert_eq!(pairs["v2 → v1"][0], "1 of 1 would pass 1 without a schema");
    assert_eq!(pairs["v2 → v3"][0], "the schema is faulty");
}

#[tokio::test]
async fn of_many_outstanding_jobs_500_are_checked_that_are_spread_over_all_states() {
    let folder = Folder::of(&[("email/v2.json", V2)]);
    let app = folder.app(&[]).await;
    let mut jobs = app.jobs().await;
    let mut pipeline = redis::pipe();
    // The older half of the waiting jobs passes; none of the delayed jobs does.
    for n in 0..2_000 {
        let (state, fits) = match n {
            0..1_800 => ("wait", n < 900),
            _ => ("delayed", false),
        };
        let data = if fits {
            r#"{"recipients":[]}"#
        } else {
            r#"{"recipients":7}"#
        };
        pipeline.hset_multiple(
            format!("bull:email/v1:{n}"),
            &[("name", "send"), ("data", data)],
        );
        match state {
            "wait" => pipeline.lpush("bull:email/v1:wait", n),
            _ => pipeline.zadd("bull:email/v1:delayed", n, n),
        };
    }
    pipeline.query_async::<()>(&mut jobs.0).await.unwrap();
    jobs.queue("email/v1", "bullmq:6.7.0").await;
    jobs.queue("email/v2", "bullmq:6.7.0").await;
    let pairs = pairs(&family(&app, &app.viewer().await, "email", 2).await);
    assert_eq!(
        pairs["v1 → v2"],
        [
            "225 of 500 would pass 275 break it",
            "500 of 2,000",
            "275 × /recipients expected an array"
        ]
    );
}

#[tokio::test]
async fn finished_jobs_that_pile_up_are_told_with_the_option_to_set() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    for (queue, state, opts, kept) in [
        ("email/v1", "completed", r#"{"attempts":3}"#, 1_500),
        (
            "email/v2",
            "completed",
            r#"{"removeOnComplete":{"count":2000}}"#,
            1_500,
        ),
        (
            "email/v3",
            "failed",
            r#"{"removeOnComplete":true,"removeOnFail":false}"#,
            1_200,
        ),
        ("email/v4", "failed", "{}", 900),
    ] {
        let mut pipeline = redis::pipe();
        for n in 0..kept {
            pipeline
                .hset_multiple(
                    format!("bull:{queue}:{n}"),
                    &[
                        ("name", "send"),
                        ("timestamp", "1"),
                        ("finishedOn", "2"),
                        ("opts", opts),
                    ],
                )
                .zadd(format!("bull:{queue}:{state}"), n, n);
        }
        pipeline.query_async::<()>(&mut jobs.0).await.unwrap();
        jobs.queue(queue, "bullmq:6.7.0").await;
    }
    // However many jobs completed after them, old failed jobs accumulate too.
    finished(&mut jobs, "email/v3", "new", "completed", [9, 8, 7], "{}").await;
    let page = family(&app, &app.viewer().await, "email", 4).await;
    let hints = page.all(".notice.s-warn");
    assert_eq!(hints.len(), 2, "{hints:#?}");
    for (hint, words) in hints.iter().zip([
        [
            "v3: 1,200 failed jobs pile up",
            "499 of the 499",
            "removeOnFail: {",
        ],
        [
            "v1: 1,500 completed jobs pile up",
            "500 of the 500",
            "removeOnComplete: { age: 3600",
        ],
    ]) {
        for word in words {
            assert!(hint.contains(word), "{word:?} is not in {hint}");
        }
        assert!(hint.contains("about ") && hint.contains(" kB"), "{hint}");
        assert!(hint.contains("can’t be seen in Redis"), "{hint}");
    }
}

#[tokio::test]
async fn memory_is_about_what_redis_itself_says() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    let (mut exact, large) = (0, "x".repeat(20_000));
    for n in 0..40 {
        let id = n.to_string();
        jobs.waiting("email/v1", &id, format!(r#"{{"text":"{large}"}}"#))
            .await;
        exact += jobs
            .run::<u64>(&[
                "MEMORY",
                "USAGE",
                &format!("bull:email/v1:{id}"),
                "SAMPLES",
                "0",
            ])
            .await;
    }
    let rows = rows(&family(&app, &app.viewer().await, "email", 1).await);
    let told: f64 = rows["jobs and logs"][0]
        .strip_suffix(" kB")
        .unwrap()
        .parse()
        .unwrap();
    let exact = exact as f64 / 1e3;
    assert!(
        (told - exact).abs() < 0.02 * exact,
        "{told} kB, and it is {exact} kB"
    );
}

#[tokio::test]
async fn what_redis_refuses_is_unknown_and_the_rest_is_shown_to_a_user_who_may_only_read() {
    let folder = Folder::of(&[("email.json", r#"{"type":"object"}"#)]);
    let redis = TestRedis::start().await;
    let mut jobs = Jobs(redis.connect().await);
    jobs.waiting("email/v1", "1", "{}").await;
    let times = [900, 500, 100];
    finished(&mut jobs, "email/v2", "1", "completed", times, "{}").await;
    let rights = "ACL SETUSER reader on >word ~* &* -@all +@read +@connection -@write -memory";
    let rights: Vec<&str> = rights.split(' ').collect();
    jobs.run::<()>(&rights).await;
    let url = format!("redis://reader:word@127.0.0.1:{}/", redis.port);
    let schemas = folder.0.path().to_str().unwrap();
    let settings = [
        ("redis", url.as_str()),
        ("schemas", schemas),
        ("read_only", "true"),
    ];
    let reading = TestApp::on(redis, &settings).await;
    let page = family(&reading, &reading.viewer().await, "email", 2).await;
    let rows = rows(&page);
    assert_eq!(rows["in all"], ["unknown", "unknown"]);
    assert_eq!(rows["looked at"], ["1", "–"]);
    assert_eq!(rows["outstanding"], ["0", "1"]);
    assert_eq!(pairs(&page)["v1 → v2"][0], "1 of 1 would pass");
}

#[tokio::test]
async fn an_empty_family_and_wrong_types_of_keys_are_shown() {
    let folder = Folder::of(&[("email.json", r#"{"type":"object"}"#)]);
    let app = folder.app(&[]).await;
    let mut jobs = app.jobs().await;
    jobs.queue("email/v1", "bullmq:6.7.0").await;
    let viewer = app.viewer().await;
    let page = family(&app, &viewer, "email", 1).await;
    assert!(
        page.text().contains("There is no other version"),
        "{}",
        page.text()
    );
    assert_eq!(rows(&page)["outstanding"], ["0"]);
    jobs.queue("odd/v1", "bullmq:6.7.0").await;
    jobs.run::<String>(&["SET", "bull:odd/v1:completed", "not a set"])
        .await;
    jobs.run::<i64>(&["SADD", "bull:odd/v1:wait", "not a list"])
        .await;
    jobs.run::<i64>(&["RPUSH", "bull:odd/v1:1", "not a hash"])
        .await;
    jobs.run::<i64>(&["ZADD", "bull:odd/v1:failed", "1", "1"])
        .await;
    let rows = rows(&family(&app, &viewer, "odd", 1).await);
    assert_eq!(rows["failed"], ["1"]);
    assert_eq!(rows["looked at"], ["–"]);
}

#[tokio::test]
async fn of_very_many_versions_those_with_work_and_the_newest_are_shown() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    for n in 1..=40 {
        jobs.queue(&format!("email/v{n}"), "bullmq:6.7.0").await;
    }
    jobs.waiting("email/v3", "1", "{}").await;
    let viewer = app.viewer().await;
    let page = family(&app, &viewer, "email", 24).await;
    assert!(page.text().contains("16 more"), "{}", page.text());
    let heads = page.all("#figures thead th");
    assert_eq!(heads[1..4], ["v40", "v39", "v38"]);
    assert_eq!(heads.last().unwrap(), "v3");
}

//! A job's page: colours, neighbors, and what it says of earlier attempts.

use bullkeeper_testkit::TestApp;

#[tokio::test]
async fn json_is_coloured_without_a_script_and_stays_the_text_that_it_is() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    let data = r#"{"<b>to</b>":"<script>alert(1)</script>","n":-1.50,"ok":null}"#;
    jobs.failed("email/v2", "1", data).await;
    let large = format!(r#"{{"a":["{}"]}}"#, r#"1",""#.repeat(10_000));
    jobs.failed("email/v2", "2", &large).await;
    let viewer = app.viewer().await;
    let page = viewer.page("/job?queue=email/v2&id=1").await;
    assert_eq!(
        page.all("#data-text .j-key"),
        [r#""<b>to</b>""#, r#""n""#, r#""ok""#]
    );
    assert_eq!(page.all("#data-text .j-number"), ["-1.50"]);
    assert_eq!(page.all("#data-text .j-word"), ["null"]);
    assert!(page.all("#data-text script, #data-text b").is_empty());
    let shown: String = page.all("#data-text").join("").split_whitespace().collect();
    assert_eq!(shown, data, "no character is lost");
    let page = viewer.page("/job/text?queue=email/v2&id=2&text=data").await;
    assert!(page.all(".j-key").is_empty(), "a long text has no colours");
    assert!(page.all("#data-text")[0].len() >= large.len());
}

#[tokio::test]
async fn a_failed_job_leads_to_the_failed_jobs_beside_it_in_its_list() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    for (at, id) in ["1", "2", "3"].into_iter().enumerate() {
        jobs.failed("email/v2", id, "{}").await;
        let score = (at + 1).to_string();
        jobs.run::<u64>(&["ZADD", "bull:email/v2:failed", &score, id])
            .await;
    }
    jobs.waiting("email/v2", "4", "{}").await;
    let viewer = app.viewer().await;
    let beside = async |id: &str| {
        let page = viewer.page(&format!("/job?queue=email/v2&id={id}")).await;
        let [before, after] =
            ["prev", "next"].map(|rel| page.attributes(&format!("a[rel={rel}]"), "href").join(" "));
        (before, after)
    };
    let job = |id: &str| format!("/job?queue=email/v2&id={id}");
    let none = String::new;
    assert_eq!(beside("3").await, (none(), job("2")), "the newest");
    assert_eq!(beside("2").await, (job("3"), job("1")));
    assert_eq!(beside("1").await, (job("2"), none()), "the oldest");
    assert_eq!(beside("4").await, (none(), none()), "it is not failed");
}

#[tokio::test]
async fn a_completed_job_does_not_open_with_the_errors_of_earlier_attempts() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    let operator = app.operator().await;
    for (id, state) in [("1", "failed"), ("2", "completed")] {
        jobs.failed("email/v2", id, "{}").await;
        let key = format!("bull:email/v2:{id}");
        jobs.run::<u64>(&["HSET", &key, "stacktrace", r#"["Error: no\n at send"]"#])
            .await;
        jobs.run::<u64>(&["ZREM", "bull:email/v2:failed", id]).await;
        jobs.run::<u64>(&["ZADD", &format!("bull:email/v2:{state}"), "1", id])
            .await;
    }
    let failed = operator.page("/job?queue=email/v2&id=1").await;
    assert_eq!(failed.all("#failure #stacktrace").len(), 1);
    let completed = operator.page("/job?queue=email/v2&id=2").await;
    assert!(completed.all("#failure *").is_empty());
    let folded = completed.all("details.earlier summary");
    assert_eq!(folded, ["Errors of earlier attempts"]);
    assert!(completed.all("details[open]").is_empty());
    let way = completed.all("#crumbs li");
    assert_eq!(way, ["Overview", "email", "email/v2", "completed", "2"]);
}

#[tokio::test]
async fn a_conflict_with_another_program_s_change_says_so() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    jobs.failed("email/v2", "1", r#"{"a":1}"#).await;
    let operator = app.operator().await;
    let form = operator.edit("email/v2", "1").await;
    jobs.run::<u64>(&["HSET", "bull:email/v2:1", "data", r#"{"a":2}"#])
        .await;
    let form = form.set("text", r#"{"a":3}"#).set("reason", "r");
    let conflict = operator.send("/job/save", &form).await;
    let by = conflict.all("#changed-by");
    assert_eq!(by, ["Another program changed it, not Bullkeeper."]);
}

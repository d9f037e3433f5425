//! Failures of real workers form groups, whichever major of BullMQ ran them.

use serde_json::json;

use crate::harness::bull::{Bull, MAJORS, patient_app};
use bullkeeper_testkit::eventually;

#[tokio::test]
async fn failures_of_real_workers_are_one_group_thrown_at_the_workers_own_code() {
    let app = patient_app().await;
    let bull = Bull::on(&app);
    let viewer = app.viewer().await;
    for major in MAJORS {
        let queue = bull.queue(major, &format!("email/v{major}"));
        for n in [1, 20] {
            let message = format!("no user {n} at \"a{n}@x.org\"");
            queue
                .fail(json!({"name": "send", "data": {"n": n}, "message": message}))
                .await;
        }
    }
    let path = "/failures?family=email";
    eventually("all failures are read", || async {
        viewer.page(path).await.text().contains("6 failed jobs")
    })
    .await;
    let page = viewer.page(path).await;
    assert_eq!(
        page.all("table.failures tbody th a"),
        ["no user number at text"]
    );
    assert_eq!(page.all("table.failures tbody td[data-l=jobs]"), ["6"]);
    let frames = page.all("table.failures tbody th .mono").concat();
    assert!(
        frames.contains("node/workers.mjs"),
        "the frame is that of the program, not of BullMQ: {frames}"
    );
}

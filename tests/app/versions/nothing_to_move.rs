//! A move that can move nothing: it is not offered, and does not end as one that went well.

use bullkeeper_testkit::moves::{begin, review, state_of, two_versions};
use bullkeeper_testkit::retry::list;
use bullkeeper_testkit::{Jobs, eventually};

async fn held_jobs(jobs: &mut Jobs) {
    for id in ["1", "2"] {
        jobs.waiting("email/v1", id, "{}").await;
        jobs.run::<()>(&["SET", &format!("bull:email/v1:{id}:lock"), "token"])
            .await;
    }
}

#[tokio::test]
async fn move_is_not_offered_where_no_job_would_move() {
    let (_app, mut jobs, admin) = two_versions().await;
    held_jobs(&mut jobs).await;
    let page = review(&admin, &[]).await;
    assert!(page.text().contains("0 would move"), "{}", page.text());
    assert_eq!(page.all("form.decide button"), ["Back to the form"]);
    let reason = page.attributes("form.decide [name=reason]", "value");
    assert_eq!(reason, ["v1 goes away"], "what was typed is kept");
    jobs.run::<()>(&["DEL", "bull:email/v1:1:lock"]).await;
    let page = review(&admin, &[]).await;
    let buttons = page.all("form.decide button");
    assert_eq!(buttons, ["Move", "Back to the form"]);
}

#[tokio::test]
async fn a_run_that_moved_nothing_is_neither_green_nor_done() {
    let (_app, mut jobs, admin) = two_versions().await;
    held_jobs(&mut jobs).await;
    let run = begin(&admin, &[]).await;
    eventually("it has ended", || async {
        state_of(&admin, &run).await == "nothing moved"
    })
    .await;
    let page = admin.page(&run).await;
    assert_eq!(page.all("#run .chip.s-warn"), ["nothing moved"]);
    assert!(page.text().contains("0 done, 2 skipped"), "{}", page.text());
    let listed = admin.page("/runs").await;
    assert_eq!(listed.all("main .state.s-warn"), ["nothing moved"]);
    assert_eq!(list(&mut jobs, "email/v1", "wait").await, ["2", "1"]);
}

#[tokio::test]
async fn a_run_that_moved_some_is_done_but_not_green() {
    let (_app, mut jobs, admin) = two_versions().await;
    held_jobs(&mut jobs).await;
    jobs.waiting("email/v1", "3", "{}").await;
    let page = bullkeeper_testkit::moves::moved(&admin, &[]).await;
    assert_eq!(page.all("#run .chip.s-warn"), ["done"]);
}

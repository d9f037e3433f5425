//! What a person finds who has just started Bullkeeper: no user, and no queue.

use bullkeeper::domain::access::Role;
use bullkeeper_testkit::stream::Listening;
use bullkeeper_testkit::{Person, TestApp, TestRedis, eventually};

use crate::program::start_until;

#[tokio::test]
async fn without_a_user_the_sign_in_page_says_where_the_set_up_link_is() {
    let redis = TestRedis::start().await;
    let words = ["serve", "--redis", &redis.url(), "--bind", "127.0.0.1:0"];
    let started = start_until(&words, "/set-up?token=");
    let link = started.lines.last().unwrap().trim().to_owned();
    let address = link.strip_prefix("http://").unwrap();
    let address = address.split('/').next().unwrap().parse().unwrap();
    let stranger = Person::new(address, "");
    let page = stranger.page("/sign-in").await.text();
    assert!(
        page.contains("There are no users yet. Open the set-up link"),
        "{page}"
    );
    let (_, token) = link.split_once("token=").unwrap();
    assert!(!page.contains(token), "whoever asks does not get the link");
    let form = [
        ("token", token),
        ("name", "first"),
        ("password", "a long passphrase"),
        ("again", "a long passphrase"),
    ];
    assert_eq!(stranger.post("/set-up", &form).await.status(), 303);
    let page = Person::new(address, "").page("/sign-in").await.text();
    assert!(!page.contains("set-up"), "{page}");
}

#[tokio::test]
async fn an_empty_overview_says_where_was_searched_without_a_password_until_a_queue_comes() {
    let redis = TestRedis::start().await;
    let url = redis.url();
    // A user of Redis with a password, and a database of its own.
    let mut admin = bullkeeper_testkit::Jobs(redis.connect().await);
    let user = [
        "ACL",
        "SETUSER",
        "ann",
        "on",
        ">hunter2hunter2",
        "~*",
        "&*",
        "+@all",
    ];
    admin.run::<()>(&user).await;
    let place = url.strip_prefix("redis://").unwrap();
    let place = place.split_once('@').map_or(place, |(_, place)| place);
    let place = place.trim_end_matches('/');
    let with_password = format!("redis://ann:hunter2hunter2@{place}");
    let settings = [("redis", with_password.as_str()), ("prefix", "bull,v5")];
    let app = TestApp::on(redis, &settings).await;
    let viewer = app.viewer().await;
    let page = viewer.page("/").await;
    let text = page.text();
    assert!(text.contains("No queues found"), "{text}");
    let searched = page.all("section.empty code");
    assert_eq!(searched[..3], [&format!("redis://{place}"), "bull", "v5"]);
    assert!(!page.body.contains("hunter2") && !page.body.contains("ann:"));
    assert_eq!(page.all(".totals li"), Vec::<String>::new(), "no zeros");

    let scoped = app.scoped("scoped", Role::Viewer, &["email/*"]).await;
    let text = scoped.page("/").await.text();
    assert!(!text.contains("redis://"), "{text}");

    let mut stream = Listening::of(&viewer, &page).await;
    let mut jobs = app.jobs().await;
    jobs.waiting("email/v1", "1", "{}").await;
    let message = stream
        .until("the whole overview", |event| {
            event.part("overview").is_some()
        })
        .await;
    assert!(message.part("overview").unwrap().contains("email/v1"));
    eventually("a page shows it too", || async {
        viewer.page("/").await.text().contains("1 of 1 queues")
    })
    .await;
}

//! The page about Redis, and the warning on the overview of an admin.

use bullkeeper::domain::access::Role;
use bullkeeper_testkit::{Jobs, Person, Seen, TestApp, TestRedis, eventually, free_port};
use reqwest::StatusCode;

/// The facts of the page by their labels.
pub(super) fn fact(page: &Seen, section: &str, label: &str) -> String {
    let labels = page.all(&format!("#{section} dt"));
    let at = labels.iter().position(|other| other == label);
    page.all(&format!("#{section} dd"))[at.unwrap_or_else(|| panic!("no {label}"))].clone()
}

/// Waits for a page of Redis with a notice that says this.
pub(super) async fn warned(person: &Person, text: &str) -> Seen {
    eventually(text, || async {
        let page = person.page("/redis").await;
        page.all("main .notice")
            .iter()
            .any(|notice| notice.contains(text))
    })
    .await;
    person.page("/redis").await
}

#[tokio::test]
async fn redis_tells_its_state_and_what_is_wrong_and_an_admin_is_told_on_the_overview() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    jobs.waiting("email/v2", "1", "{}").await;
    let (viewer, operator, admin) = (app.viewer().await, app.operator().await, app.admin().await);
    let page = viewer.page("/redis").await;
    assert_eq!(page.all("main .notice"), ["No warnings."]);
    let info: String = jobs.run(&["INFO", "server"]).await;
    let version = fact(&page, "server", "Version");
    let number = version.strip_prefix("Redis ").unwrap();
    assert!(
        info.contains(&format!("redis_version:{number}\r\n")),
        "{version}"
    );
    assert_eq!(fact(&page, "memory", "Eviction"), "noeviction");
    assert_eq!(fact(&page, "persistence", "Append-only file"), "on");
    assert_eq!(fact(&page, "persistence", "Snapshots"), "never");
    assert_eq!(fact(&page, "replication", "Role"), "primary");
    assert!(fact(&page, "latency", "PING, median").ends_with(" ms"));
    assert_ne!(fact(&page, "clients", "Connected"), "unknown");
    assert_eq!(admin.page("/").await.all("#server-warning"), [""; 0]);

    jobs.run::<()>(&["CONFIG", "SET", "maxmemory-policy", "allkeys-lru"])
        .await;
    let page = warned(
        &viewer,
        "The eviction policy is allkeys-lru, not noeviction",
    )
    .await;
    assert!(
        page.text()
            .contains("CONFIG SET maxmemory-policy noeviction")
    );
    let banner = admin.page("/").await;
    assert!(banner.all("#server-warning")[0].contains("BullMQ loses jobs"));
    assert_eq!(banner.attributes("#server-warning a", "href"), ["/redis"]);
    for other in [&viewer, &operator] {
        assert_eq!(other.page("/").await.all("#server-warning"), [""; 0]);
    }
    jobs.run::<()>(&["CONFIG", "SET", "maxmemory-policy", "noeviction"])
        .await;
    eventually("the warning ends", || async {
        admin.page("/").await.all("#server-warning").is_empty()
    })
    .await;
    jobs.run::<()>(&["CONFIG", "SET", "appendonly", "no"]).await;
    warned(&viewer, "Nothing is written to disk").await;
}

#[tokio::test]
async fn figures_of_all_queues_are_not_for_those_who_may_see_only_some() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    jobs.waiting("email/v2", "1", "{}").await;
    jobs.run::<()>(&["CONFIG", "SET", "maxmemory-policy", "allkeys-lru"])
        .await;
    let sam = app.scoped("sam", Role::Admin, &["email/*"]).await;
    let refused = Seen::of(sam.get("/redis").await).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    assert!(
        refused.text().contains("may see every queue"),
        "{}",
        refused.text()
    );
    let overview = sam.page("/").await;
    assert_eq!(overview.all("#server-warning"), [""; 0]);
    assert_eq!(overview.all("a[href='/redis']"), [""; 0]);
    let admin = app.admin().await;
    let audit = admin.page("/audit?outcome=denied").await;
    assert!(audit.text().contains("sam"), "{}", audit.text());
}

/// An application whose Redis user has these rights beside those to read.
async fn reader_with(rights: &str) -> TestApp {
    let redis = TestRedis::start().await;
    let mut jobs = Jobs(redis.connect().await);
    let rights = format!("ACL SETUSER reader on >word ~* &* -@all +@read +@connection {rights}");
    jobs.run::<()>(&rights.split_whitespace().collect::<Vec<_>>())
        .await;
    let url = format!("redis://reader:word@127.0.0.1:{}/", redis.port);
    TestApp::on(redis, &[("redis", &url), ("read_only", "true")]).await
}

#[tokio::test]
async fn what_redis_refuses_to_tell_is_unknown_and_nothing_else_fails() {
    let app = reader_with("").await;
    let page = app.viewer().await.page("/redis").await;
    let text = page.text();
    assert!(
        text.contains("does not tell its state") && text.contains("+info"),
        "{text}"
    );
    assert!(!text.contains("No warnings"), "{text}");
    assert!(fact(&page, "latency", "PING, median").ends_with(" ms"));
    app.admin().await.page("/").await;

    // As managed servers do: INFO, and no CONFIG.
    let app = reader_with("+info").await;
    let page = app.viewer().await.page("/redis").await;
    assert_eq!(fact(&page, "memory", "Eviction"), "noeviction");
    assert_eq!(fact(&page, "persistence", "Snapshots"), "unknown");
}

#[tokio::test]
async fn a_replica_that_lost_its_primary_says_so() {
    let app = TestApp::start().await;
    let viewer = app.viewer().await;
    let gone = free_port().to_string();
    let mut jobs = app.jobs().await;
    jobs.run::<()>(&["REPLICAOF", "127.0.0.1", &gone]).await;
    let told = format!("The link to the primary 127.0.0.1:{gone} is down");
    let page = warned(&viewer, &told).await;
    assert_eq!(fact(&page, "replication", "Role"), "replica");
}

//! One admin who may sign in always stays, whoever asks and however many ask at once.

use std::collections::HashMap;
use std::sync::Arc;

use bullkeeper::domain::access::{Operator, Role};
use bullkeeper::service::accounts::users::{BadUser, UserChange};
use bullkeeper_testkit::{AuditEntry, TestApp, TestRedis};

use crate::program::{err, run_with_input};

#[tokio::test]
async fn the_command_line_refuses_to_take_the_only_admin_away_and_says_what_to_do() {
    let redis = TestRedis::start().await;
    let url = redis.url();
    let user = |words: &[&str]| {
        let words = [&["user"], words, &["--redis", &url]].concat();
        run_with_input(&words, "a long passphrase\n")
    };
    let add = |name, role| user(&["add", name, "--role", role, "--password-stdin"]);
    assert!(add("ann", "admin").status.success());
    assert!(add("ben", "operator").status.success());
    let mut jobs = bullkeeper_testkit::Jobs(redis.connect().await);
    let before: HashMap<String, String> = jobs.run(&["HGETALL", "bullkeeper:user:ann"]).await;
    for words in [
        &["disable", "ann"][..],
        &["remove", "ann"],
        &["role", "ann", "operator"],
    ] {
        let refused = user(words);
        assert_eq!(refused.status.code(), Some(1), "{words:?}");
        for told in [
            "\"ann\" is the only admin",
            "bullkeeper user role NAME admin",
        ] {
            assert!(err(&refused).contains(told), "{words:?} {}", err(&refused));
        }
    }
    let after: HashMap<String, String> = jobs.run(&["HGETALL", "bullkeeper:user:ann"]).await;
    assert_eq!(before, after, "nothing was changed");
    let actions: Vec<String> = jobs.audit().await.iter().map(action).collect();
    assert_eq!(actions, ["user.add", "user.add"]);

    // One who may not sign in is not an admin who stays.
    assert!(user(&["role", "ben", "admin"]).status.success());
    assert!(user(&["disable", "ben"]).status.success());
    assert_eq!(user(&["remove", "ann"]).status.code(), Some(1));
    assert!(user(&["enable", "ben"]).status.success());
    assert!(user(&["remove", "ann"]).status.success());
    assert_eq!(user(&["disable", "ben"]).status.code(), Some(1));
}

fn action(entry: &AuditEntry) -> String {
    entry.get("action").to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_two_admins_who_take_each_other_away_at_once_one_stays() {
    type Change = fn() -> UserChange;
    let changes: [Change; 3] = [
        || UserChange::Disable,
        || UserChange::Remove,
        || UserChange::Role(Role::Viewer),
    ];
    for (first, second) in [(0, 0), (1, 1), (2, 2), (0, 1), (1, 2), (2, 0)] {
        let app = TestApp::start().await;
        let services = Arc::clone(&app.services);
        let console = Operator::console();
        let promoted = services.change_user(&console, "operator", UserChange::Role(Role::Admin));
        promoted.await.unwrap().unwrap();
        let take_away = |name: &'static str, change: Change| {
            let (services, console) = (Arc::clone(&services), console.clone());
            tokio::spawn(async move { services.change_user(&console, name, change()).await })
        };
        let (one, other) = (
            take_away("admin", changes[first]),
            take_away("operator", changes[second]),
        );
        let answers = [one.await.unwrap().unwrap(), other.await.unwrap().unwrap()];
        let admins: Vec<String> = services
            .users(&console)
            .await
            .unwrap()
            .into_iter()
            .filter(|user| user.role == Role::Admin && !user.disabled)
            .map(|user| user.name)
            .collect();
        assert_eq!(admins.len(), 1, "{first} {second}: {answers:?}");
        let refused: Vec<BadUser> = answers.into_iter().filter_map(Result::err).collect();
        assert_eq!(refused, [BadUser::LastAdmin(admins[0].clone())]);
        let mut entries = app.jobs().await.audit().await;
        entries.retain(|entry| entry.get("action") != "user.add");
        assert_eq!(
            entries.len(),
            2,
            "the promotion and one change: {entries:?}"
        );
        app.signed_in(&admins[0]).await.page("/audit").await;
    }
}

//! No user is added under another actor's name; one who has such a name since an earlier release goes on.

use bullkeeper::domain::access::Actor;
use bullkeeper_testkit::{Jobs, TestApp, TestRedis};

use crate::program::{err, run_with_input};

#[tokio::test]
async fn no_user_is_added_under_the_name_of_another_actor() {
    let redis = TestRedis::start().await;
    let url = redis.url();
    let mut names: Vec<&str> = Actor::reserved().collect();
    for name in ["console", "first-admin-link", "policy", "command-line"] {
        assert!(names.contains(&name), "{names:?}");
    }
    names.push("Console");
    for name in names {
        let words = ["user", "add", name, "--role", "viewer", "--password-stdin"];
        let words = [&words[..], &["--redis", &url]].concat();
        let refused = run_with_input(&words, "a long passphrase\n");
        assert_eq!(refused.status.code(), Some(1), "{name}");
        for told in [name, "choose another name", "first-admin-link"] {
            assert!(err(&refused).contains(told), "{name} {}", err(&refused));
        }
    }
    let mut jobs = Jobs(redis.connect().await);
    assert_eq!(jobs.run::<u64>(&["SCARD", "bullkeeper:users"]).await, 0);
    assert!(jobs.audit().await.is_empty());
}

#[tokio::test]
async fn a_user_who_is_called_console_goes_on_and_is_never_taken_for_the_command_line() {
    let app = TestApp::start().await;
    let mut jobs = app.jobs().await;
    // As an earlier release let one be added.
    jobs.run::<u64>(&[
        "COPY",
        "bullkeeper:user:operator",
        "bullkeeper:user:console",
    ])
    .await;
    jobs.run::<u64>(&["SADD", "bullkeeper:users", "console"])
        .await;
    let console = app.signed_in("console").await;
    let entries = jobs.audit().await;
    let sign_in = entries.last().unwrap();
    assert_eq!(
        ["action", "actor", "actor_kind"].map(|name| sign_in.get(name)),
        ["session.sign-in", "console", "user"]
    );
    // The command line added the other users: that is nothing of this one's.
    let actors = console.page("/audit").await.all("tbody th");
    assert_eq!(actors, ["console operator"]);
    let admin = app.admin().await;
    let actors = admin.page("/audit").await.all("tbody th");
    assert!(
        actors.contains(&"console operator".to_owned()),
        "{actors:?}"
    );
    assert!(actors.contains(&"command line".to_owned()), "{actors:?}");

    let url = app.redis.url();
    let user = |words: &[&str]| {
        let words = [&["user"], words, &["--redis", &url]].concat();
        run_with_input(&words, "a long passphrase\n")
    };
    assert!(user(&["role", "console", "viewer"]).status.success());
    assert!(user(&["remove", "console"]).status.success());
    let again = user(&["add", "console", "--role", "viewer", "--password-stdin"]);
    assert!(
        err(&again).contains("choose another name"),
        "{}",
        err(&again)
    );
}

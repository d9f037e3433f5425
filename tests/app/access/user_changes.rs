//! Changing a user's role and queues from the command line.

use crate::program::{err, out, run, run_with_input};
use bullkeeper_testkit::TestRedis;

#[tokio::test]
async fn a_user_s_role_and_queues_are_changed_with_an_entry_of_before_and_after() {
    let redis = TestRedis::start().await;
    let url = redis.url();
    let user = |words: &[&str]| {
        let words = [&["user"], words, &["--redis", &url]].concat();
        run_with_input(&words, "a long passphrase\n")
    };
    let add = |name, role| user(&["add", name, "--role", role, "--password-stdin"]);
    assert!(add("ann", "admin").status.success());
    let last = user(&["role", "ann", "viewer"]);
    assert_eq!(last.status.code(), Some(1));
    assert!(err(&last).contains("only admin"), "{}", err(&last));

    assert!(add("ben", "admin").status.success());
    assert!(user(&["disable", "ben"]).status.success());
    let last = user(&["role", "ann", "viewer"]);
    assert!(err(&last).contains("only admin"), "{}", err(&last));
    assert!(user(&["enable", "ben"]).status.success());

    let changed = user(&["role", "ann", "operator"]);
    assert!(changed.status.success(), "{}", err(&changed));
    let changed = user(&["queues", "ann", "email/*", "billing"]);
    assert!(changed.status.success(), "{}", err(&changed));
    let same = user(&["role", "ann", "operator"]);
    assert!(err(&same).contains("has that already"), "{}", err(&same));
    let missing = user(&["queues", "nobody", "*"]);
    assert!(err(&missing).contains("no user"), "{}", err(&missing));
    let list = out(&user(&["list"]));
    let ann = list.lines().find(|line| line.starts_with("ann")).unwrap();
    assert!(
        ann.contains("operator") && ann.contains("email/*, billing"),
        "{list}"
    );

    let export = run(&["audit", "export", "--format", "jsonl", "--redis", &url]);
    let changes: Vec<(String, String)> = out(&export)
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap())
        .filter(|entry| entry["action"] == "user.change")
        .map(|entry| {
            let text = |name: &str| entry[name].as_str().unwrap().to_owned();
            assert_eq!(entry["reason"], serde_json::Value::Null);
            (text("subject"), text("note"))
        })
        .collect();
    let note = |text: &str| ("ann".to_owned(), text.to_owned());
    assert_eq!(
        changes,
        [
            note("before: admin for every queue; after: operator for every queue"),
            note("before: operator for every queue; after: operator for email/*, billing"),
        ]
    );
}

//! The program's commands: settings, users, schemas, exports, the first admin.

use crate::program::{err, out, program, run, run_with_input, start_until};
use std::process::Command;

use reqwest::StatusCode;

use bullkeeper_testkit::{Seen, TestRedis};

#[test]
fn the_readme_has_the_table_of_roles() {
    let readme = include_str!("../../README.md");
    let table = bullkeeper::domain::access::Action::markdown_table();
    assert!(readme.contains(&table), "{table}");
}

#[test]
fn a_wrong_setting_names_itself_its_place_and_what_is_allowed_and_exits_2() {
    for (words, says) in [
        (
            &["serve", "--bind", "nonsense"][..],
            &["--bind", "nonsense"][..],
        ),
        (&["serve", "--prefix", ""], &["--prefix"]),
        (
            &["config", "--session-idle", "soon"],
            &["--session-idle", "soon"],
        ),
    ] {
        let output = run(words);
        assert_eq!(output.status.code(), Some(2), "{words:?} {}", err(&output));
        for word in says {
            assert!(err(&output).contains(word), "{words:?} {}", err(&output));
        }
    }
}

#[test]
fn config_prints_the_settings_in_force_and_no_secret() {
    let redis = "redis://user:hunter2hunter2@127.0.0.1:6399/3";
    let output = run(&["config", "--redis", redis, "--environment", "production"]);
    let text = out(&output);
    assert!(output.status.success(), "{}", err(&output));
    assert!(!text.contains("hunter2"), "{text}");
    assert!(text.contains("127.0.0.1:6399/3"), "{text}");
    assert!(text.contains("environment = \"production\""), "{text}");
}

#[test]
fn the_readme_holds_the_table_of_settings_as_the_code_has_it() {
    let readme = include_str!("../../README.md");
    assert!(
        readme.contains(bullkeeper::config::Settings::markdown_table().trim()),
        "put this into README.md:\n{}",
        bullkeeper::config::Settings::markdown_table()
    );
}

#[tokio::test]
async fn users_are_added_listed_changed_and_removed() {
    let redis = TestRedis::start().await;
    let url = redis.url();
    let password = "a long passphrase\n";
    let user = |words: &[&str], input: &str| {
        let words = [&["user"], words, &["--redis", &url]].concat();
        run_with_input(&words, input)
    };
    let added = user(
        &[
            "add",
            "ann",
            "--role",
            "operator",
            "--queues",
            "email/*",
            "--password-stdin",
        ],
        password,
    );
    assert!(added.status.success(), "{}", err(&added));
    let again = user(
        &["add", "ann", "--role", "viewer", "--password-stdin"],
        password,
    );
    assert_eq!(again.status.code(), Some(1));
    assert!(err(&again).contains("already"), "{}", err(&again));
    let weak = user(
        &["add", "ben", "--role", "viewer", "--password-stdin"],
        "short\n",
    );
    assert!(err(&weak).contains("at least 8"), "{}", err(&weak));
    let list = out(&user(&["list"], ""));
    assert!(
        list.contains("ann") && list.contains("operator") && list.contains("email/*"),
        "{list}"
    );
    assert!(!list.contains("ben"), "{list}");
    let granted = |grants: &str| {
        let mut list = program(&["user", "list", "--redis", &url]);
        list.env("BULLKEEPER_GRANTS", grants).output().unwrap()
    };
    let list = out(&granted(
        "ann may reveal and approve on billing/*,ben may bulk on *",
    ));
    assert!(
        list.contains("ann may reveal, approve on billing/*") && !list.contains("ben"),
        "{list}"
    );
    let wrong = granted("ann may see on *");
    assert_eq!(wrong.status.code(), Some(2));
    for says in [
        "BULLKEEPER_GRANTS",
        "\"see\"",
        "repair, reveal, approve, bulk",
    ] {
        assert!(err(&wrong).contains(says), "{}", err(&wrong));
    }
    assert!(user(&["disable", "ann"], "").status.success());
    assert!(out(&user(&["list"], "")).contains("disabled"));
    assert!(
        user(&["passwd", "ann", "--password-stdin"], password)
            .status
            .success()
    );
    assert!(user(&["remove", "ann"], "").status.success());
    let missing = user(&["remove", "ann"], "");
    assert!(err(&missing).contains("no user"), "{}", err(&missing));

    let export = run(&["audit", "export", "--format", "jsonl", "--redis", &url]);
    let actions: Vec<String> = out(&export)
        .lines()
        .map(|line| {
            let entry: serde_json::Value = serde_json::from_str(line).unwrap();
            assert_eq!(entry["actor"], "console");
            assert_eq!(entry["actor_kind"], "command-line");
            assert_eq!(entry["subject"], "ann");
            entry["action"].as_str().unwrap().to_owned()
        })
        .collect();
    assert_eq!(
        actions,
        ["user.add", "user.disable", "user.password", "user.remove"]
    );
}

#[test]
fn schema_check_names_every_fault_with_its_file_and_line() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    };
    let dir = folder.path().to_str().unwrap().to_owned();
    let empty = run(&["schema", "check", &dir]);
    assert_eq!(empty.status.code(), Some(1));
    write("email.json", r#"{"type":"object"}"#);
    let good = run(&["schema", "check", &dir]);
    assert!(good.status.success(), "{}", err(&good));
    write("email/v1.json", "{\n  \"type\": \"objekt\"\n}");
    write("email/v2.json", "{\n  \"type\":\n}");
    let bad = run(&["schema", "check", &dir]);
    assert_eq!(bad.status.code(), Some(1));
    let text = out(&bad);
    assert!(text.contains("email/v1.json:2:"), "{text}");
    assert!(text.contains("email/v2.json:3:"), "{text}");
    assert!(text.contains("email.json: ok"), "{text}");
}

#[test]
fn policy_check_names_every_fault_with_its_file_and_line_and_reads_the_schemas() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    let dir = folder.path().to_str().unwrap().to_owned();
    write("billing.json", r#"{"properties": {"amount": {}}}"#);
    let none = run(&["policy", "check", &dir]);
    assert_eq!(none.status.code(), Some(1));
    write("billing.policy.json", r#"{"editable": ["/amount"]}"#);
    let good = run(&["policy", "check", &dir]);
    assert!(good.status.success(), "{}", err(&good));
    assert!(out(&good).contains("1 policy, no fault"), "{}", out(&good));
    // A policy is no schema.
    let schemas = run(&["schema", "check", &dir]);
    assert!(out(&schemas).contains("1 schemas"), "{}", out(&schemas));
    write("billing.policy.json", "{\n\"editable\": [\n\"/amout\"]}");
    write("email.policy.json", "{\n\"editible\": []}");
    let bad = run(&["policy", "check", &dir]);
    assert_eq!(bad.status.code(), Some(1));
    for says in [
        "billing.policy.json:3:1: no schema has \"/amout\"",
        "email.policy.json:2:1: there is no member \"editible\"; did you mean editable?",
    ] {
        assert!(out(&bad).contains(says), "{}", out(&bad));
    }
}

#[tokio::test]
async fn the_first_start_prints_a_link_that_makes_the_first_admin_once() {
    let redis = TestRedis::start().await;
    let words = ["serve", "--redis", &redis.url(), "--bind", "127.0.0.1:0"];
    let started = start_until(&words, "/set-up?token=");
    let link = started.lines.last().unwrap().trim().to_owned();
    let client = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .unwrap();
    let page = Seen::of(client.get(&link).send().await.unwrap()).await;
    assert_eq!(page.status, StatusCode::OK);
    let (root, token) = link.split_once("/set-up?token=").unwrap();
    let form = [
        ("token", token),
        ("name", "first"),
        ("password", "a long passphrase"),
        ("again", "a long passphrase"),
    ];
    let send = || {
        client
            .post(format!("{root}/set-up"))
            .header("origin", root)
            .form(&form)
            .send()
    };
    let made = send().await.unwrap();
    assert_eq!(made.status(), StatusCode::SEE_OTHER);
    assert!(
        made.headers().contains_key("set-cookie"),
        "and is signed in"
    );
    assert_eq!(send().await.unwrap().status(), StatusCode::NOT_FOUND);
    assert_eq!(
        client.get(&link).send().await.unwrap().status(),
        StatusCode::NOT_FOUND
    );
    let list = run(&["user", "list", "--redis", &redis.url()]);
    assert!(out(&list).contains("admin"), "{}", out(&list));
    let export = run(&[
        "audit",
        "export",
        "--format",
        "jsonl",
        "--redis",
        &redis.url(),
    ]);
    let entry: serde_json::Value =
        serde_json::from_str(out(&export).lines().next().unwrap()).unwrap();
    for (name, value) in [
        ("action", "user.add"),
        ("actor", "first-admin-link"),
        ("actor_kind", "first-admin-link"),
        ("subject", "first"),
    ] {
        assert_eq!(entry[name], value, "{entry}");
    }
}

#[tokio::test]
async fn without_a_user_it_refuses_to_start_where_others_could_reach_the_link() {
    let redis = TestRedis::start().await;
    let output = run(&["serve", "--redis", &redis.url(), "--bind", "0.0.0.0:0"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        err(&output).contains("bullkeeper user add"),
        "{}",
        err(&output)
    );
    let output = run(&["serve", "--redis", &redis.url(), "--read-only"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(err(&output).contains("read_only"), "{}", err(&output));
}

#[tokio::test]
async fn a_signal_ends_it_in_good_order() {
    let redis = TestRedis::start().await;
    let words = ["serve", "--redis", &redis.url(), "--bind", "127.0.0.1:0"];
    let mut started = start_until(&words, "/set-up?token=");
    let id = started.child.id().to_string();
    let sent = Command::new("kill").args(["-TERM", &id]).status().unwrap();
    assert!(sent.success());
    assert_eq!(started.child.wait().unwrap().code(), Some(0));
}

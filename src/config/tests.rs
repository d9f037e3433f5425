//! The settings as a whole: which source wins, and what is said of wrong ones.

#![allow(clippy::unwrap_used)]

use std::ffi::OsString;
use std::path::Path;
use std::time::Duration;

use tempfile::TempDir;

use super::test_support::{env, flags, folder};
use super::*;

/// The faults of a load, as lines.
fn faults(flags: &Flags, env: Vec<(OsString, OsString)>, cwd: &Path) -> Vec<String> {
    let error = Settings::load(flags, env, cwd).unwrap_err();
    error.faults().iter().map(ToString::to_string).collect()
}

#[test]
fn the_defaults_are_right_and_as_documented() {
    let empty = TempDir::new().unwrap();
    let settings = Settings::load(&Flags::default(), [], empty.path()).unwrap();
    assert_eq!(settings.redis.expose(), "redis://127.0.0.1:6379");
    assert_eq!(settings.prefix, ["bull"]);
    assert_eq!(settings.namespace, "bullkeeper");
    assert_eq!(settings.bind.to_string(), "127.0.0.1:3000");
    assert_eq!(settings.base_path, "");
    assert_eq!(settings.environment_color, EnvironmentColor::Neutral);
    assert_eq!(settings.max_data_bytes, 5_000_000);
    assert_eq!(settings.session_idle, Duration::from_secs(1_800));
    assert_eq!(settings.session_absolute, Duration::from_secs(43_200));
    assert_eq!(settings.refresh, Duration::from_secs(2));
    assert_eq!(settings.discovery, Duration::from_secs(30));
    assert_eq!(settings.redis_timeout, Duration::from_secs(1));
    assert_eq!(settings.log_format, LogFormat::Text);
    assert!(settings.require_reason && !settings.require_schema && !settings.read_only);
    assert!(settings.schemas.is_none() && settings.audit_retention.is_none());
    assert!(settings.redact.is_empty() && settings.redaction_key.is_none());
    assert!(settings.trusted_proxies.is_empty());
}

#[test]
fn a_flag_wins_over_a_variable_that_over_the_file_and_that_over_the_default() {
    let folder = folder("bind = '127.0.0.1:1'\nrefresh = '5s'\nprefix = ['file', 'b']\n");
    let variables = env(&[
        ("BULLKEEPER_BIND", "127.0.0.1:2"),
        ("BULLKEEPER_PREFIX", "one, two"),
        ("HOME", "/"),
    ]);
    let given = flags(&[("bind", &["127.0.0.1:3"])]);
    let settings = Settings::load(&given, variables.clone(), folder.path()).unwrap();
    assert_eq!(settings.bind.port(), 3);
    assert_eq!(settings.prefix, ["one", "two"]);
    assert_eq!(settings.refresh, Duration::from_secs(5));

    let settings = Settings::load(&Flags::default(), variables, folder.path()).unwrap();
    assert_eq!(settings.bind.port(), 2);
    let settings = Settings::load(&Flags::default(), [], folder.path()).unwrap();
    assert_eq!(settings.bind.port(), 1);
    assert_eq!(settings.prefix, ["file", "b"]);
}

#[test]
fn the_file_is_the_flag_s_else_the_variable_s_else_the_default_one() {
    let folder = folder("environment = 'default'");
    for name in ["flag", "variable"] {
        let text = format!("environment = '{name}'");
        std::fs::write(folder.path().join(format!("{name}.toml")), text).unwrap();
    }
    let variable = env(&[("BULLKEEPER_CONFIG", "variable.toml")]);
    let flag = flags(&[("config", &["flag.toml"])]);
    let load = |flags: &Flags, env| {
        Settings::load(flags, env, folder.path())
            .unwrap()
            .environment
    };
    assert_eq!(load(&flag, variable.clone()), "flag");
    assert_eq!(load(&Flags::default(), variable), "variable");
    assert_eq!(load(&Flags::default(), vec![]), "default");

    let missing = flags(&[("config", &["gone.toml"])]);
    let lines = faults(&missing, vec![], folder.path());
    assert!(
        lines[0].starts_with("--config: \"gone.toml\" can't be read"),
        "{lines:?}"
    );
}

#[test]
fn every_wrong_setting_is_named_at_once_with_its_place_and_what_is_allowed() {
    let folder = folder("# ours\n\nbind = \"3000\"\nrefresh = 2\nsession_idle = [\"1h\"]\n");
    let variables = env(&[
        ("BULLKEEPER_LOG_FORMAT", "xml"),
        ("BULLKEEPER_SCHEMAS", "nowhere"),
        ("BULLKEEPER_PREFIX", ""),
    ]);
    let given = flags(&[("base_path", &["/ops/"]), ("max_data_bytes", &["1GB"])]);
    let lines = faults(&given, variables, folder.path());
    for expected in [
        "bullkeeper.toml line 3: bind: \"3000\" is not an IP address with a port; allowed: an IP address with a port, such as",
        "bullkeeper.toml line 4: refresh: \"2\" is not a duration with its unit; allowed: a duration from 500ms to 1m,",
        "bullkeeper.toml line 5: session_idle: a value of type array is not taken here; allowed: a duration",
        "BULLKEEPER_LOG_FORMAT: \"xml\" is not one of them; allowed: text, json",
        "BULLKEEPER_SCHEMAS: \"nowhere\" can't be opened",
        "BULLKEEPER_PREFIX: \"\" holds too few values; allowed: a list of one or more",
        "--base-path: \"/ops/\" has an empty part, or ends in /; allowed: empty, or a path",
        "--max-data-bytes: \"1GB\" is not a size in bytes, kB or MB; allowed: up to 100MB, as",
    ] {
        assert!(
            lines.iter().any(|line| line.starts_with(expected)),
            "{expected}\n{lines:#?}"
        );
    }
    assert_eq!(lines.len(), 8, "{lines:#?}");
}

#[test]
fn names_that_no_setting_has_are_refused_with_the_nearest_one() {
    let folder = folder("base-path = '/a'\n[server]\nport = 1\n");
    let variables = env(&[("BULLKEEPER_BINDS", "x"), ("BULLKEEPER_XYZZY", "x")]);
    assert_eq!(
        faults(&Flags::default(), variables, folder.path()),
        [
            "bullkeeper.toml line 1: base-path: there is no such setting; did you mean base_path?",
            "bullkeeper.toml line 2: server: there is no such setting; `bullkeeper config` lists them",
            "BULLKEEPER_BINDS: there is no such setting; did you mean BULLKEEPER_BIND?",
            "BULLKEEPER_XYZZY: there is no such setting; `bullkeeper config` lists them",
        ]
    );
}

#[test]
fn variables_that_kubernetes_sets_for_a_service_are_left_alone() {
    let variables = env(&[
        ("BULLKEEPER_SERVICE_HOST", "10.0.0.1"),
        ("BULLKEEPER_SERVICE_PORT", "80"),
        ("BULLKEEPER_SERVICE_PORT_HTTP", "80"),
        ("BULLKEEPER_PORT", "tcp://10.0.0.1:80"),
        ("BULLKEEPER_PORT_80_TCP", "tcp://10.0.0.1:80"),
        ("BULLKEEPER_PORT_80_TCP_ADDR", "10.0.0.1"),
        ("BULLKEEPER_REDIS_PORT_6379_TCP_PROTO", "tcp"),
        ("BULLKEEPER_REDIS_SERVICE_HOST", "10.0.0.2"),
    ]);
    let empty = TempDir::new().unwrap();
    assert!(Settings::load(&Flags::default(), variables, empty.path()).is_ok());
    let lines = faults(
        &Flags::default(),
        env(&[("BULLKEEPER_PORT", "3000")]),
        empty.path(),
    );
    assert_eq!(lines.len(), 1, "{lines:?}");
}

#[test]
fn a_broken_file_is_told_by_line() {
    let folder = folder("bind = '127.0.0.1:1'\nrefresh = \nnamespace = 'a'\nbind = 'twice'\n");
    let lines = faults(&Flags::default(), vec![], folder.path());
    assert!(
        lines[0].starts_with("bullkeeper.toml line 2: "),
        "{lines:?}"
    );
    assert!(
        lines
            .iter()
            .any(|line| line.contains("line 4: duplicate key")),
        "{lines:?}"
    );
}

#[test]
fn settings_that_contradict_each_other_are_refused() {
    for (pairs, expected) in [
        (vec![("prefix", "bull,bullkeeper")], "--prefix: the queue"),
        (vec![("namespace", "bull")], "--namespace: the queue"),
        (vec![("prefix", "bullkeeper:jobs")], "--prefix: the queue"),
        (
            vec![("prefix", "a,b,a")],
            "--prefix: \"a\" stands there twice",
        ),
    ] {
        let error = Settings::from_pairs(&pairs).unwrap_err();
        assert_eq!(error.faults().len(), 1, "{error}");
        assert!(
            error.faults()[0].to_string().starts_with(expected),
            "{error}"
        );
    }
}

#[test]
fn the_color_follows_the_name_unless_it_is_set() {
    for (pairs, color) in [
        (
            vec![("environment", "EU Production")],
            EnvironmentColor::Red,
        ),
        (vec![("environment", "staging")], EnvironmentColor::Neutral),
        (
            vec![("environment", "prod"), ("environment_color", "amber")],
            EnvironmentColor::Amber,
        ),
    ] {
        assert_eq!(
            Settings::from_pairs(&pairs).unwrap().environment_color,
            color
        );
    }
}

#[test]
fn cookies_are_secure_unless_bound_to_loopback() {
    for (bind, choice, secure) in [
        ("127.0.0.1:0", "auto", false),
        ("[::1]:0", "auto", false),
        ("0.0.0.0:0", "auto", true),
        ("127.0.0.1:0", "always", true),
        ("0.0.0.0:0", "never", false),
    ] {
        let pairs = [("bind", bind), ("secure_cookies", choice)];
        let settings = Settings::from_pairs(&pairs).unwrap();
        assert_eq!(settings.cookies_are_secure(), secure, "{bind} {choice}");
    }
}

#[test]
fn a_wrong_secret_is_not_repeated() {
    let pairs = [("redis", "http://:hunter2@h"), ("redaction_key", "hunter2")];
    let error = Settings::from_pairs(&pairs).unwrap_err();
    assert_eq!(error.faults().len(), 2);
    assert!(!error.to_string().contains("hunter2"), "{error}");
}

#[cfg(unix)]
#[test]
fn a_variable_that_is_not_utf_8_is_a_fault() {
    use std::os::unix::ffi::OsStringExt;
    let value = OsString::from_vec(vec![0xff]);
    let empty = TempDir::new().unwrap();
    let lines = faults(
        &Flags::default(),
        vec![("BULLKEEPER_BIND".into(), value)],
        empty.path(),
    );
    assert_eq!(lines, ["BULLKEEPER_BIND: the value is not UTF-8 text"]);
}

#[test]
fn a_readable_schema_folder_is_taken_from_the_working_directory() {
    let folder = folder("schemas = 'schemas'");
    std::fs::create_dir(folder.path().join("schemas")).unwrap();
    let settings = Settings::load(&Flags::default(), [], folder.path()).unwrap();
    assert_eq!(settings.schemas.unwrap(), folder.path().join("schemas"));
}

#[test]
fn every_setting_can_be_a_variable_and_stand_in_the_file() {
    let empty = TempDir::new().unwrap();
    let settings = Settings::load(&Flags::default(), [], empty.path()).unwrap();
    let folder = folder(&settings.to_toml());
    let settings = Settings::load(&Flags::default(), [], folder.path()).unwrap();
    let line_of = |source: &ValueSource| matches!(source, ValueSource::File(_));
    assert!(settings.shown.iter().all(|shown| line_of(&shown.source)));

    let variables = Settings::rows().iter().map(|row| {
        let text = match row.default {
            row::SettingDefault::Text(text) => text,
            row::SettingDefault::DependsOn { choose, .. } => choose(""),
        };
        (row.variable.clone().into(), text.into())
    });
    let settings = Settings::load(&Flags::default(), variables, folder.path()).unwrap();
    for (shown, row) in settings.shown.iter().zip(Settings::rows()) {
        assert_eq!(shown.source, ValueSource::Variable(row.variable.clone()));
    }
}

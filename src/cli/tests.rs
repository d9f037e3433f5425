//! Lines that are typed, and what they mean.

#![allow(clippy::unwrap_used)]
use super::grammar::command;
use super::*;
use crate::config::Settings;
use time::macros::datetime;

fn parsed(line: &str) -> Result<Command, clap::Error> {
    parse(std::iter::once("bullkeeper").chain(line.split_whitespace()))
}

fn settings(line: &str) -> Settings {
    let Command::Serve(flags) = parsed(line).unwrap() else {
        panic!("{line} is not serve");
    };
    let empty = tempfile::TempDir::new().unwrap();
    Settings::load(&flags, [], empty.path()).unwrap()
}

#[test]
fn clap_finds_no_fault_in_the_command_line() {
    command().debug_assert();
}

#[test]
fn flags_become_settings() {
    let settings = settings(
        "serve --prefix a --prefix=b,c --read-only --require-reason=false --base-path /ops --redis unix:///r.sock",
    );
    assert_eq!(settings.prefix, ["a", "b", "c"]);
    assert!(settings.read_only && !settings.require_reason);
    assert_eq!(settings.base_path, "/ops");
    assert_eq!(settings.redis.expose(), "unix:///r.sock");
}

#[test]
fn every_command_is_understood() {
    assert_eq!(
        parsed("demo --port 4000").unwrap(),
        Command::Demo { port: Some(4000) }
    );
    assert_eq!(parsed("demo").unwrap(), Command::Demo { port: None });
    assert_eq!(
        parsed("user add ann --role operator --queues email/* --queues billing --password-stdin")
            .unwrap(),
        Command::User(
            UserCommand::Add {
                name: "ann".into(),
                role: Role::Operator,
                queues: Scope::of(vec!["email/*".into(), "billing".into()]),
                password_stdin: true,
            },
            Flags::default()
        )
    );
    for (line, expected) in [
        ("user list", UserCommand::List),
        (
            "user role ann operator",
            UserCommand::Role {
                name: "ann".into(),
                role: Role::Operator,
            },
        ),
        (
            "user queues ann email/* billing",
            UserCommand::Queues {
                name: "ann".into(),
                queues: Scope::of(vec!["email/*".into(), "billing".into()]),
            },
        ),
        (
            "user queues ann *",
            UserCommand::Queues {
                name: "ann".into(),
                queues: Scope::everything(),
            },
        ),
        (
            "user passwd ann",
            UserCommand::Passwd {
                name: "ann".into(),
                password_stdin: false,
            },
        ),
        (
            "user disable ann",
            UserCommand::Disable { name: "ann".into() },
        ),
        (
            "user enable ann",
            UserCommand::Enable { name: "ann".into() },
        ),
        (
            "user remove ann",
            UserCommand::Remove { name: "ann".into() },
        ),
    ] {
        assert_eq!(
            parsed(line).unwrap(),
            Command::User(expected, Flags::default())
        );
    }
    assert_eq!(
        parsed("schema check dir").unwrap(),
        Command::SchemaCheck { dir: "dir".into() }
    );
    assert_eq!(
        parsed("policy check dir").unwrap(),
        Command::PolicyCheck { dir: "dir".into() }
    );
    let infer = |name: Option<&str>, samples, ranges| SchemaInfer {
        queue: "email/v2".into(),
        name: name.map(str::to_owned),
        samples,
        ranges,
    };
    assert_eq!(
        parsed("schema infer email/v2").unwrap(),
        Command::SchemaInfer(infer(None, 500, false), Flags::default())
    );
    assert_eq!(
        parsed("schema infer email/v2 --name send --samples 5000 --ranges").unwrap(),
        Command::SchemaInfer(infer(Some("send"), 5_000, true), Flags::default())
    );
    let Command::AuditExport(export, flags) =
        parsed("audit export --format csv --since 2026-01-31 --until 2026-02-01T12:00:00+01:00 --namespace ops").unwrap()
    else {
        panic!("not an export");
    };
    assert_eq!(export.format, ExportFormat::Csv);
    assert_eq!(export.since, Some(datetime!(2026-01-31 0:00 UTC)));
    assert_eq!(export.until, Some(datetime!(2026-02-01 11:00 UTC)));
    assert_eq!(export.out, None);
    assert_ne!(flags, Flags::default());
}

#[test]
fn what_can_t_be_understood_ends_with_2_and_help_with_0() {
    for line in [
        "",
        "user",
        "schema",
        "audit",
        "serv",
        "serve --bnd x",
        "serve --bind a --bind b",
        "user add ann",
        "user add ann --role king",
        "user add --role admin",
        "user role ann",
        "user role ann king",
        "user queues ann",
        "demo --port 0",
        "demo --port 65536",
        "audit export --since yesterday",
        "audit export --format xml",
        "schema check",
        "schema infer",
        "schema infer email/v2 --samples 4",
        "schema infer email/v2 --samples 5001",
        "user list --bind x",
    ] {
        assert_eq!(parsed(line).unwrap_err().exit_code(), 2, "{line}");
    }
    for line in ["--help", "--version", "help", "serve --help", "user add -h"] {
        assert_eq!(parsed(line).unwrap_err().exit_code(), 0, "{line}");
    }
}

#[test]
fn the_help_of_serve_names_every_group_once() {
    let help = parsed("serve --help").unwrap_err().to_string();
    for heading in [
        "Settings file:",
        "Redis:",
        "Web:",
        "Repair:",
        "Sessions and audit:",
        "Work and log:",
    ] {
        assert_eq!(
            help.matches(&format!("\n{heading}")).count(),
            1,
            "{heading}"
        );
    }
    assert!(help.contains("BULLKEEPER_MAX_DATA_BYTES"));
}

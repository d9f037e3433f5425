//! The grammar of the command line for clap: the commands, their flags and their help.

use std::path::PathBuf;

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use clap::{Arg, ArgAction, Command, value_parser};
use time::format_description::well_known::Rfc3339;
use time::macros::format_description;
use time::{Date, OffsetDateTime, Time};

use crate::config::FlagSet;
use crate::domain::access::Role;
use crate::service::audit::export::ExportFormat;
use crate::service::schemas::infer::{FEWEST_SAMPLES, MOST_SAMPLES, USUAL_SAMPLES};

/// The whole command line.
pub(super) fn command() -> Command {
    let serve = Command::new("serve").about("Serve the dashboard");
    let config = Command::new("config")
        .about("Print the settings in force as TOML, with where each came from and secrets masked");
    Command::new("bullkeeper")
        .version(env!("CARGO_PKG_VERSION"))
        .about("A dashboard for BullMQ queues: versions, every state, and repair of job data, checked and audited")
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommand(FlagSet::All.on(serve))
        .subcommand(FlagSet::All.on(config))
        .subcommand(demo())
        .subcommand(user())
        .subcommand(schema())
        .subcommand(policy())
        .subcommand(audit())
        .subcommand(FlagSet::Redis.on(mark()))
        .subcommand(alert())
}

fn alert() -> Command {
    let name = Arg::new("name").value_name("NAME").required(true);
    let test = Command::new("test")
        .about("Send a test message to a webhook of the settings, and print what it answered")
        .arg(name.help("The webhook's name"));
    Command::new("alert")
        .about("Work with alerts")
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommand(FlagSet::All.on(test))
}

fn demo() -> Command {
    Command::new("demo")
        .about("Try it: a private Redis with live queues and three sign-ins, gone when it ends")
        .arg(
            Arg::new("port")
                .long("port")
                .value_name("PORT")
                .value_parser(value_parser!(u16).range(1..))
                .help("The port to listen on [default: 3000 if it is free, else any free one]"),
        )
}

fn user() -> Command {
    let one = |name: &'static str, about: &'static str| {
        let name_arg = Arg::new("name").value_name("NAME").required(true);
        Command::new(name)
            .about(about)
            .arg(name_arg.help("The name to sign in with"))
    };
    let stdin = || {
        Arg::new("password-stdin")
            .long("password-stdin")
            .action(ArgAction::SetTrue)
            .help("Read the password from standard input instead of asking for it")
    };
    let commands = [
        one("add", "Make a user")
            .arg(role())
            .arg(queues())
            .arg(stdin()),
        Command::new("list").about("List the users, their roles and queues"),
        one("role", "Change a user's role and end their sessions").arg(
            role_values(Arg::new("role").value_name("ROLE").required(true)),
        ),
        one(
            "queues",
            "Change which queues a user may know of, and end their sessions",
        )
        .arg(
            Arg::new("queues")
                .value_name("PATTERN")
                .required(true)
                .num_args(1..)
                .help("The queues the user may know of from now on, such as 'email/*'; '*' is every queue"),
        ),
        one("passwd", "Change a user's password and end their sessions").arg(stdin()),
        one(
            "disable",
            "Keep a user from signing in, and end their sessions",
        ),
        one("enable", "Let a disabled user sign in again"),
        one("remove", "Remove a user for good"),
    ];
    Command::new("user")
        .about("Manage who may sign in")
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommands(commands.map(|command| FlagSet::Redis.on(command)))
}

fn role() -> Arg {
    role_values(
        Arg::new("role")
            .long("role")
            .value_name("ROLE")
            .required(true),
    )
}

fn role_values(role: Arg) -> Arg {
    let names = PossibleValuesParser::new(Role::ALL.iter().map(|role| role.name()));
    role.value_parser(names.try_map(|name| name.parse::<Role>()))
        .help("viewer reads; operator also repairs and retries; admin also manages users")
}

fn queues() -> Arg {
    Arg::new("queues")
        .long("queues")
        .value_name("PATTERN")
        .action(ArgAction::Append)
        .help("The queues the user may know of, such as 'email/*'; may be repeated [default: all]")
}

fn folder_of_schemas() -> Arg {
    Arg::new("dir")
        .value_name("DIR")
        .required(true)
        .value_parser(value_parser!(PathBuf))
        .help("The folder that holds the schemas")
}

fn policy() -> Command {
    Command::new("policy")
        .about("Work with repair policies")
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommand(
            Command::new("check")
                .about(
                    "Name every fault of a folder's repair policies, with file, line and pointer",
                )
                .arg(folder_of_schemas()),
        )
}

fn schema() -> Command {
    Command::new("schema")
        .about("Work with JSON Schemas")
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommand(
            Command::new("check")
                .about("Name every fault of a folder's schemas, with file, line and pointer")
                .arg(folder_of_schemas()),
        )
        .subcommand(FlagSet::Redis.on(schema_infer()))
}

fn schema_infer() -> Command {
    let queue = Arg::new("queue").value_name("QUEUE").required(true).help(
        "The queue, such as email/v2; with a prefix before it, bull:email/v2, if there are several",
    );
    let name = Arg::new("name")
        .long("name")
        .value_name("NAME")
        .help("Only jobs of this name [default: all]");
    let samples = Arg::new("samples")
        .long("samples")
        .value_name("N")
        .value_parser(value_parser!(u64).range(FEWEST_SAMPLES..=MOST_SAMPLES))
        .help(format!(
            "How many completed jobs to learn from, {FEWEST_SAMPLES} to {MOST_SAMPLES} [default: {USUAL_SAMPLES}]"
        ));
    let ranges = Arg::new("ranges")
        .long("ranges")
        .action(ArgAction::SetTrue)
        .help("Also tell the smallest and largest numbers and sizes");
    Command::new("infer")
        .about("Print a JSON Schema learned from a queue's completed jobs, as a draft, and which waiting and failed jobs would break it")
        .args([queue, name, samples, ranges])
}

fn audit() -> Command {
    let time = |name: &'static str, help: &'static str| {
        Arg::new(name)
            .long(name)
            .value_name("TIME")
            .value_parser(parse_time)
            .help(help)
    };
    let formats = PossibleValuesParser::new(
        ExportFormat::ALL
            .iter()
            .map(|format| PossibleValue::new(format.name()).help(format.description())),
    );
    let format = Arg::new("format")
        .long("format")
        .value_name("FORMAT")
        .value_parser(formats.try_map(|name| name.parse::<ExportFormat>()))
        .default_value(ExportFormat::JsonLines.name())
        .help("The form of the entries");
    let out = Arg::new("out")
        .long("out")
        .value_name("FILE")
        .value_parser(value_parser!(PathBuf))
        .help("The file to write [default: standard output]");
    let export = Command::new("export")
        .about("Write out audit entries, oldest first")
        .arg(format)
        .arg(time(
            "since",
            "Only entries from this time on: 2026-01-31 (UTC) or 2026-01-31T12:00:00Z",
        ))
        .arg(time("until", "Only entries before this time"))
        .arg(out);
    Command::new("audit")
        .about("Work with the audit log")
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommand(FlagSet::Redis.on(export))
}

fn mark() -> Command {
    let text = Arg::new("text")
        .value_name("TEXT")
        .required(true)
        .help("What happened, such as 'deploy 42': up to 200 characters");
    let queues = Arg::new("queues")
        .long("queues")
        .value_name("PATTERN")
        .default_value("*")
        .help("The queues on whose charts it is, such as 'email/*' or 'bull:email/*': one pattern");
    let force = Arg::new("force")
        .long("force")
        .action(ArgAction::SetTrue)
        .help("Mark even if no queue that Bullkeeper knows matches the pattern");
    Command::new("mark")
        .about("Mark this moment on the charts of queues")
        .args([text, queues, force])
}

/// Parses an RFC 3339 time, or a day, which means its first moment in UTC.
fn parse_time(text: &str) -> Result<OffsetDateTime, String> {
    let day = || Date::parse(text, format_description!("[year]-[month]-[day]"));
    OffsetDateTime::parse(text, &Rfc3339)
        .or_else(|_| day().map(|day| day.with_time(Time::MIDNIGHT).assume_utc()))
        .map_err(|_| "allowed: 2026-01-31 or 2026-01-31T12:00:00Z".to_owned())
}

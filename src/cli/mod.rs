//! The command line: parses the arguments into a [`Command`]. It does nothing else, and [`crate::config`] checks the
//! settings.

mod grammar;
#[cfg(test)]
mod tests;

use std::ffi::OsString;
use std::path::PathBuf;

use clap::ArgMatches;
use clap::error::ErrorKind;
use time::OffsetDateTime;

use crate::config::Flags;
use crate::domain::access::Role;
use crate::domain::access::scope::Scope;
use crate::service::audit::export::ExportFormat;
use crate::service::marks::add::MarkRequest;
use crate::service::schemas::infer::USUAL_SAMPLES;
use grammar::command;

/// A command of the program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// Serve the dashboard.
    Serve(Flags),
    /// Print the settings in force.
    Config(Flags),
    /// Run the demo.
    Demo {
        /// The port to listen on; none: 3000 if it is free, else any free one.
        port: Option<u16>,
    },
    /// Manage the users.
    User(UserCommand, Flags),
    /// Check every JSON Schema of a folder.
    SchemaCheck {
        /// The folder.
        dir: PathBuf,
    },
    /// Check every repair policy of a folder.
    PolicyCheck {
        /// The folder.
        dir: PathBuf,
    },
    /// Learn a JSON Schema from completed jobs.
    SchemaInfer(SchemaInfer, Flags),
    /// Write out the audit log.
    AuditExport(AuditExport, Flags),
    /// Mark this moment on the charts.
    Mark(MarkRequest, Flags),
    /// Send a test message to a webhook.
    AlertTest {
        /// The webhook's name.
        webhook: String,
        /// The settings.
        flags: Flags,
    },
}

/// What to do with users.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UserCommand {
    /// Make a user.
    Add {
        /// The name to sign in with.
        name: String,
        /// What the user may do.
        role: Role,
        /// The queues that the user may see.
        queues: Scope,
        /// Read the password from standard input instead of asking.
        password_stdin: bool,
    },
    /// List the users.
    List,
    /// Change a user's role.
    Role {
        /// The user's name.
        name: String,
        /// What the user may do from now on.
        role: Role,
    },
    /// Change which queues a user may see.
    Queues {
        /// The user's name.
        name: String,
        /// The queues from now on.
        queues: Scope,
    },
    /// Change a user's password.
    Passwd {
        /// The user's name.
        name: String,
        /// Read the password from standard input instead of asking.
        password_stdin: bool,
    },
    /// Refuse sign-ins of a user, and end their sessions.
    Disable {
        /// The user's name.
        name: String,
    },
    /// Let a disabled user sign in again.
    Enable {
        /// The user's name.
        name: String,
    },
    /// Remove a user.
    Remove {
        /// The user's name.
        name: String,
    },
}

/// Which schema to learn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SchemaInfer {
    /// The queue's name, possibly with its prefix and a colon before it.
    pub queue: String,
    /// Only jobs of this name.
    pub name: Option<String>,
    /// How many completed jobs to learn from.
    pub samples: u64,
    /// Whether to tell the smallest and largest numbers and sizes.
    pub ranges: bool,
}

/// Which entries of the audit log to export, in which format, and where to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditExport {
    /// The format of the entries.
    pub format: ExportFormat,
    /// Only entries from this time on.
    pub since: Option<OffsetDateTime>,
    /// Only entries before this time.
    pub until: Option<OffsetDateTime>,
    /// The file to write; none: standard output.
    pub out: Option<PathBuf>,
}

/// Reads the command line `args`, the program's name first. The error is clap's: its `exit` prints it and ends the
/// process, with 0 after `--help` and `--version` and with 2 for what can't be understood.
pub fn parse(
    args: impl IntoIterator<Item = impl Into<OsString> + Clone>,
) -> Result<Command, clap::Error> {
    let mut matches = command().try_get_matches_from(args)?;
    read(&mut matches).ok_or_else(|| {
        let mut command = command();
        let help = command.render_help();
        command.error(ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand, help)
    })
}

/// The command that `matches` mean; `None` if clap accepted a command that is not known here.
fn read(matches: &mut ArgMatches) -> Option<Command> {
    let (name, mut matches) = matches.remove_subcommand()?;
    Some(match name.as_str() {
        "serve" => Command::Serve(Flags::of(&matches)),
        "config" => Command::Config(Flags::of(&matches)),
        "mark" => {
            let flags = Flags::of(&matches);
            let mark = MarkRequest {
                words: matches.remove_one("text")?,
                queues: matches.remove_one("queues")?,
                is_forced: matches.get_flag("force"),
            };
            Command::Mark(mark, flags)
        }
        "demo" => Command::Demo {
            port: matches.remove_one("port"),
        },
        "user" => {
            let (name, mut matches) = matches.remove_subcommand()?;
            let flags = Flags::of(&matches);
            Command::User(read_user(&name, &mut matches)?, flags)
        }
        "schema" => {
            let (name, mut matches) = matches.remove_subcommand()?;
            read_schema(&name, &mut matches)?
        }
        "policy" => {
            let (_, mut matches) = matches.remove_subcommand()?;
            let dir = matches.remove_one("dir")?;
            Command::PolicyCheck { dir }
        }
        "audit" => {
            let (_, mut matches) = matches.remove_subcommand()?;
            let flags = Flags::of(&matches);
            let export = AuditExport {
                format: matches.remove_one("format")?,
                since: matches.remove_one("since"),
                until: matches.remove_one("until"),
                out: matches.remove_one("out"),
            };
            Command::AuditExport(export, flags)
        }
        "alert" => {
            let (_, mut matches) = matches.remove_subcommand()?;
            let flags = Flags::of(&matches);
            let webhook = matches.remove_one("name")?;
            Command::AlertTest { webhook, flags }
        }
        _ => return None,
    })
}

fn read_schema(command: &str, matches: &mut ArgMatches) -> Option<Command> {
    if command == "check" {
        let dir = matches.remove_one("dir")?;
        return Some(Command::SchemaCheck { dir });
    }
    let flags = Flags::of(matches);
    let infer = SchemaInfer {
        queue: matches.remove_one("queue")?,
        name: matches.remove_one("name"),
        samples: matches.remove_one("samples").unwrap_or(USUAL_SAMPLES),
        ranges: matches.get_flag("ranges"),
    };
    Some(Command::SchemaInfer(infer, flags))
}

fn read_user(command: &str, matches: &mut ArgMatches) -> Option<UserCommand> {
    if command == "list" {
        return Some(UserCommand::List);
    }
    let name = matches.remove_one("name")?;
    Some(match command {
        "add" => UserCommand::Add {
            name,
            role: matches.remove_one("role")?,
            queues: read_queues(matches),
            password_stdin: matches.get_flag("password-stdin"),
        },
        "role" => UserCommand::Role {
            name,
            role: matches.remove_one("role")?,
        },
        "queues" => UserCommand::Queues {
            name,
            queues: read_queues(matches),
        },
        "passwd" => UserCommand::Passwd {
            name,
            password_stdin: matches.get_flag("password-stdin"),
        },
        "disable" => UserCommand::Disable { name },
        "enable" => UserCommand::Enable { name },
        "remove" => UserCommand::Remove { name },
        _ => return None,
    })
}

fn read_queues(matches: &mut ArgMatches) -> Scope {
    let patterns = matches.remove_many("queues");
    Scope::of(patterns.into_iter().flatten().collect())
}

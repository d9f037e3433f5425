//! The commands beside `serve`: manage users, check schemas, export the audit log, mark a moment, try a webhook.

use std::io::{self, BufRead, IsTerminal, Write};
use std::path::Path;
use std::sync::Arc;

use crate::cli::{AuditExport, SchemaInfer, UserCommand};
use crate::config::Settings;
use crate::domain::access::{Grants, Operator};
use crate::domain::audit::filter::AuditFilter;
use crate::domain::queue::QueueId;
use crate::serve::{open_store, services};
use crate::service::Services;
use crate::service::accounts::users::{NewUser, UserChange};
use crate::service::error::ServiceError;
use crate::service::live::handle::LiveHandle;
use crate::service::marks::add::{MarkRequest, Marked};
use crate::service::schemas::infer::{FEWEST_SAMPLES, InferRequest, Inferred};
use crate::store::schema_folder::{self, check_folder};

type Outcome = Result<(), Box<dyn std::error::Error>>;

/// Adds, lists, changes or removes users; the audit log's actor is the command line.
pub async fn user(settings: &Settings, command: UserCommand) -> Outcome {
    let services = open(settings)?;
    let console = Operator::console();
    let change = |name: String, change| change_user(&services, name, change);
    match command {
        UserCommand::Add {
            name,
            role,
            queues,
            password_stdin,
        } => {
            let password = new_password(password_stdin)?;
            let new = NewUser {
                name,
                role,
                scope: queues,
                password,
            };
            let user = services.add_user(&console, new).await??;
            println!("added {} as {} for {}", user.name, user.role, user.scope);
            Ok(())
        }
        UserCommand::List => list_users(&services, &console).await,
        UserCommand::Role { name, role } => change(name, UserChange::Role(role)).await,
        UserCommand::Queues { name, queues } => change(name, UserChange::Queues(queues)).await,
        UserCommand::Passwd {
            name,
            password_stdin,
        } => {
            let password = new_password(password_stdin)?;
            change(name, UserChange::Password(password)).await
        }
        UserCommand::Disable { name } => change(name, UserChange::Disable).await,
        UserCommand::Enable { name } => change(name, UserChange::Enable).await,
        UserCommand::Remove { name } => change(name, UserChange::Remove).await,
    }
}

/// Marks this moment on the charts; the audit log's actor is the command line.
pub async fn mark(settings: &Settings, request: MarkRequest) -> Outcome {
    let services = open(settings)?;
    let console = Operator::console();
    match services.add_mark(&console, &request).await? {
        Marked::Done(mark) => {
            println!("marked {:?} on {}", mark.words, request.queues);
            Ok(())
        }
        Marked::MatchesNothing => Err(format!(
            "no queue that Bullkeeper knows matches {:?}, and nothing was marked; check the pattern, or mark all the same with --force",
            request.queues
        )
        .into()),
    }
}

/// Checks every schema of a folder, and prints each fault with its file, line and pointer.
pub fn check_schemas(folder: &Path) -> Outcome {
    let compiled =
        check_folder(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let mut faulty = 0;
    for (name, schema) in &compiled {
        match schema {
            Ok(_) => println!("{name}: ok"),
            Err(faults) => {
                faulty += 1;
                for fault in faults.iter() {
                    println!("{fault}");
                }
            }
        }
    }
    match (compiled.len(), faulty) {
        (0, _) => Err(format!("{}: there is no .json file in it", folder.display()).into()),
        (all, 0) => {
            println!("{all} schemas, no fault");
            Ok(())
        }
        (all, faulty) => Err(format!("{faulty} of {all} schemas are faulty").into()),
    }
}

/// Checks every repair policy of a folder, and prints each fault with its file, line and pointer.
pub fn check_policies(folder: &Path) -> Outcome {
    let policies = schema_folder::check_policies(folder)
        .map_err(|error| format!("{}: {error}", folder.display()))?;
    let mut faulty = 0;
    for file in policies.values() {
        match &file.now {
            Ok(policy) => println!("{}: ok", policy.name),
            Err(faults) => {
                faulty += 1;
                for fault in faults {
                    println!("{fault}");
                }
            }
        }
    }
    match (policies.len(), faulty) {
        (0, _) => {
            let folder = folder.display();
            Err(format!("{folder}: there is no .policy.json file in it").into())
        }
        (all, 0) => {
            let policies = if all == 1 { "policy" } else { "policies" };
            println!("{all} {policies}, no fault");
            Ok(())
        }
        (all, faulty) => Err(format!("{faulty} of {all} policies have faults").into()),
    }
}

/// Learns a schema from completed jobs, and prints it. What it rests on, and which jobs would break it, goes to the standard
/// error, so that the output is the schema alone.
pub async fn infer_schema(settings: &Settings, asked: SchemaInfer) -> Outcome {
    let services = open(settings)?;
    let request = InferRequest {
        queue: queue_named(settings, &asked.queue)?,
        name: asked.name,
        samples: asked.samples,
        ranges: asked.ranges,
    };
    let console = Operator::console();
    let inferred = services.infer_schema(&console, &request).await?;
    let Inferred {
        jobs, looked_at, ..
    } = inferred;
    let Some(schema) = inferred.schema else {
        return Err(format!(
            "there are too few completed jobs to learn a schema from: {jobs} of the {looked_at} looked at could be used, and at \
             least {FEWEST_SAMPLES} are needed"
        )
        .into());
    };
    io::stdout().lock().write_all(schema.as_bytes())?;
    let completed = inferred.completed;
    eprintln!(
        "A draft from {jobs} jobs; {looked_at} of {completed} completed jobs were looked at. To put it in force: {} in the folder of \
         schemas.",
        inferred.file
    );
    let tally = &inferred.check.tally;
    eprintln!(
        "{} of {} waiting and failed jobs that were checked would break it.",
        tally.breaks, tally.jobs
    );
    for job in &inferred.check.breaking {
        let (state, id, first) = (job.state.name(), job.id.as_str(), &job.first);
        let more = match job.more {
            0 => String::new(),
            more => format!(" (and {more} more)"),
        };
        eprintln!(
            "  {state} {id:?}: {} {}{more}",
            first.pointer, first.message
        );
    }
    Ok(())
}

/// The queue with this name, under the first prefix unless another is named before it.
fn queue_named(settings: &Settings, named: &str) -> Result<QueueId, Box<dyn std::error::Error>> {
    let (prefix, name) = match named.rsplit_once(':') {
        Some((prefix, name)) => (Some(prefix), name),
        None => (None, named),
    };
    let known = &settings.prefix;
    let first = known.first().map_or("bull", String::as_str);
    let prefix = prefix.unwrap_or(first);
    if !known.iter().any(|one| one == prefix) {
        return Err(format!(
            "the prefix {prefix:?} is not one of the setting prefix: {}",
            known.join(", ")
        )
        .into());
    }
    Ok(QueueId::new(prefix, name)?)
}

/// Exports the audit log, oldest entry first.
pub async fn export_audit(settings: &Settings, export: AuditExport) -> Outcome {
    let services = Arc::new(open(settings)?);
    let millis = |at: time::OffsetDateTime| u64::try_from(at.unix_timestamp_nanos() / 1_000_000);
    let filter = AuditFilter {
        since: export.since.map(millis).transpose()?,
        // Until is exclusive here.
        until: export
            .until
            .map(millis)
            .transpose()?
            .map(|until| until.saturating_sub(1)),
        ..AuditFilter::default()
    };
    let format = export.format;
    let mut out: Box<dyn Write> = match &export.out {
        Some(path) => Box::new(
            std::fs::File::create(path).map_err(|error| format!("{}: {error}", path.display()))?,
        ),
        None => Box::new(io::stdout().lock()),
    };
    out.write_all(&format.head())?;
    let console = Operator::console();
    let mut counted = services.begin_export(&console, &filter, format);
    let written = async {
        let mut after: Option<String> = None;
        loop {
            let (entries, last) = services
                .audit_part(&console, &filter, after.as_deref())
                .await?;
            for recorded in &entries {
                out.write_all(&format.line(recorded))?;
                counted.add(1);
            }
            match last {
                Some(_) => after = last,
                None => return out.flush().map_err(Into::into),
            }
        }
    };
    let written: Outcome = written.await;
    if written.is_ok() {
        counted.is_whole();
    }
    drop(counted);
    services.finish_audit().await;
    written
}

/// Sends a test message to a webhook, and prints what it answered.
pub async fn try_webhook(settings: &Settings, name: &str) -> Outcome {
    println!("{}", open(settings)?.try_webhook(name).await?);
    Ok(())
}

fn open(settings: &Settings) -> Result<Services, ServiceError> {
    let store = Arc::new(open_store(settings)?);
    Ok(services(settings, store, LiveHandle::of_nothing()))
}

async fn list_users(services: &Services, console: &Operator) -> Outcome {
    for user in services.users(console).await? {
        let disabled = if user.disabled { "  disabled" } else { "" };
        println!(
            "{:<24} {:<9} {}{disabled}",
            user.name, user.role, user.scope
        );
        for rule in Grants::of(&user.name, &services.rules().grants).rules() {
            println!("  {rule}");
        }
    }
    Ok(())
}

async fn change_user(services: &Services, name: String, change: UserChange) -> Outcome {
    let console = Operator::console();
    services.change_user(&console, &name, change).await??;
    println!("done: {name}");
    Ok(())
}

/// Reads the new password: one line of standard input, or typed twice without being shown.
fn new_password(from_stdin: bool) -> Result<String, Box<dyn std::error::Error>> {
    if from_stdin {
        let mut line = String::new();
        io::stdin().lock().read_line(&mut line)?;
        return Ok(line.trim_end_matches(['\r', '\n']).to_owned());
    }
    if !io::stdin().is_terminal() {
        return Err("there is no terminal to ask for the password: give it on standard input, with --password-stdin".into());
    }
    let password = rpassword::prompt_password("New password: ")?;
    if rpassword::prompt_password("Again: ")? != password {
        return Err("the two passwords differ; nothing was changed".into());
    }
    Ok(password)
}

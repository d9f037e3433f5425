//! The command line: serve, demo, user, schema check, audit export, mark, config.

use std::process::ExitCode;

use bullkeeper::cli::{self, Command};
use bullkeeper::config::{ConfigError, Flags, Settings};
use bullkeeper::{commands, demo, serve};

#[tokio::main]
async fn main() -> ExitCode {
    let command = cli::parse(std::env::args_os()).unwrap_or_else(|error| error.exit());
    match run(command).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bullkeeper: {error}");
            match error.downcast_ref::<ConfigError>() {
                Some(_) => ExitCode::from(ConfigError::EXIT_CODE),
                None => ExitCode::FAILURE,
            }
        }
    }
}

type Outcome = Result<(), Box<dyn std::error::Error>>;

async fn run(command: Command) -> Outcome {
    match command {
        Command::Serve(flags) => {
            let settings = settings(&flags)?;
            serve::serve(&settings).await?;
        }
        Command::Config(flags) => print!("{}", Settings::from_process(&flags)?.to_toml()),
        Command::Demo { port } => demo::run(port).await?,
        Command::User(command, flags) => commands::user(&settings(&flags)?, command).await?,
        Command::SchemaCheck { dir } => commands::check_schemas(&dir)?,
        Command::PolicyCheck { dir } => commands::check_policies(&dir)?,
        Command::SchemaInfer(infer, flags) => {
            commands::infer_schema(&settings(&flags)?, infer).await?;
        }
        Command::AuditExport(export, flags) => {
            commands::export_audit(&settings(&flags)?, export).await?;
        }
        Command::Mark(mark, flags) => commands::mark(&settings(&flags)?, mark).await?,
    }
    Ok(())
}

fn settings(flags: &Flags) -> Result<Settings, ConfigError> {
    let settings = Settings::from_process(flags)?;
    serve::start_log(&settings);
    Ok(settings)
}

//! What was done with Bullkeeper before the demo's user comes, so that the runs and the audit log are not empty. It is done
//! as users do it, through the services.

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::shop::{EMAIL_V3, FAILED_WITHIN, MISTYPED_EMAIL, REFUNDS, REPORT_V1, REPORT_V2};
use crate::domain::access::scope::Scope;
use crate::domain::access::{Actor, Grants, Operator, Origin, Role};
use crate::domain::job::JobId;
use crate::domain::job::JobState;
use crate::domain::job::filter::JobFilter;
use crate::domain::queue::QueueId;
use crate::domain::repair::change::ChangeSpec;
use crate::domain::repair::change::steps::Step;
use crate::domain::repair::recipe::Recipe;
use crate::domain::versions::move_jobs::MoveSpec;
use crate::service::Services;
use crate::service::edit::request::EditRequest;
use crate::service::edit::save::Edited;
use crate::service::repair::recipes::RecipeSaved;
use crate::service::runs::start::RunStarted;
use crate::service::versions::move_jobs::MoveAnswer;
use crate::service::versions::move_jobs::request::MoveRequest;

/// Somebody who worked here before the demo's user came, with their password. Nobody signs in as them.
pub(super) const COLLEAGUE: (&str, &str) = ("carol", "second-pair-of-eyes");

/// Moves the urgent reports from the version without workers to the one that has some.
pub(super) async fn move_urgent_reports(services: &Arc<Services>) -> Result<(), Box<dyn Error>> {
    let request = MoveRequest {
        source: QueueId::new("bull", REPORT_V1)?,
        target: QueueId::new("bull", REPORT_V2)?,
        spec: MoveSpec {
            filter: JobFilter {
                states: vec![JobState::Waiting.name().to_owned()],
                id: "urgent-*".to_owned(),
                ..JobFilter::default()
            },
            patch: String::new(),
        },
        reason: "These four reports are due today; the others can wait".to_owned(),
        confirmed: true,
        alone: false,
    };
    match services.begin_move(&Operator::console(), &request).await? {
        MoveAnswer::Started(RunStarted::Begun(_)) => Ok(()),
        other => Err(format!("the demo's first move did not begin: {other:?}").into()),
    }
}

/// The demo's colleague, as if she were signed in.
fn colleague(services: &Services) -> Operator {
    let (name, _) = COLLEAGUE;
    let actor = Actor::User(name.to_owned());
    let everything = Scope::everything();
    let grants = Grants::of(name, &services.rules().grants);
    Operator::new(actor, Role::Operator, everything, Origin::default(), false).holding(grants)
}

/// Asks a second person to approve the right address of an email.
pub(super) async fn ask_for_approval(services: &Arc<Services>) -> Result<(), Box<dyn Error>> {
    let operator = colleague(services);
    let queue = QueueId::new("bull", EMAIL_V3)?;
    let id = JobId::new(MISTYPED_EMAIL).ok_or("the mistyped email has no id")?;
    let give_up = Instant::now() + FAILED_WITHIN;
    let opened = loop {
        let opened = services.open_job(&operator, &queue, &id).await?;
        if opened.job.state == JobState::Failed || Instant::now() > give_up {
            break opened;
        }
        sleep(Duration::from_millis(50)).await;
    };
    let edit = EditRequest {
        text: opened.pretty.replace("example,com", "example.com").into(),
        seen: opened.revision,
        opened: opened.text.into(),
        reason: "Zofia spelt her address on the phone: a dot, no comma".to_owned(),
    };
    match services
        .save_edit(&operator, &queue, &id, &edit, false)
        .await?
    {
        Edited::Proposed(_) => Ok(()),
        other => Err(format!("the demo's proposal was not made: {other:?}").into()),
    }
}

/// Keeps the repair of the refunds as a recipe.
pub(super) async fn keep_recipe(services: &Arc<Services>) -> Result<(), Box<dyn Error>> {
    let recipe = Recipe {
        name: "Amounts that are texts".to_owned(),
        prefix: "bull".to_owned(),
        queue: REFUNDS.to_owned(),
        filter: JobFilter {
            states: vec![JobState::Failed.name().to_owned()],
            query: "data.amount is string".to_owned(),
            ..JobFilter::default()
        },
        change: ChangeSpec::Steps {
            steps: vec![Step {
                what: "convert".to_owned(),
                at: "/amount".to_owned(),
                to: "schema".to_owned(),
            }],
        },
        retry: true,
        reason: "The cash desk writes amounts as texts".to_owned(),
        groups: Vec::new(),
    };
    let operator = colleague(services);
    match services.save_recipe(&operator, recipe, 0, "").await? {
        RecipeSaved::Version(_) => Ok(()),
        other => Err(format!("the demo's recipe was not saved: {other:?}").into()),
    }
}

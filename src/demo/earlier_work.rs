//! What was done with Bullkeeper before the demo's user comes, so that the runs and the audit log are not empty. It is done
//! as users do it, through the services.

use std::error::Error;
use std::sync::Arc;

use super::shop::{REPORT_V1, REPORT_V2};
use crate::domain::access::Operator;
use crate::domain::job::JobState;
use crate::domain::job::filter::JobFilter;
use crate::domain::queue::QueueId;
use crate::domain::versions::move_jobs::MoveSpec;
use crate::service::Services;
use crate::service::runs::start::RunStarted;
use crate::service::versions::move_jobs::MoveAnswer;
use crate::service::versions::move_jobs::request::MoveRequest;

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

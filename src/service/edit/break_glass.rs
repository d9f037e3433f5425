//! Break-glass: an admin saves an edit alone that takes a second person. It is an action of its own, off by default, and all
//! admins are told.

use super::request::EditRequest;
use super::save::Edited;
use crate::clock::unix_millis;
use crate::domain::access::permission::BreakGlass;
use crate::domain::access::{Action, Operator, Role};
use crate::domain::audit::unrecorded::Act;
use crate::domain::edit::broken_glass::BrokenGlass;
use crate::domain::job::JobId;
use crate::domain::job::job_ref::JobRef;
use crate::domain::queue::QueueId;
use crate::service::Services;
use crate::service::error::ServiceError;

impl Services {
    /// Whether someone may save an edit of a job in `queue` alone that takes a second person.
    pub fn may_break_glass(&self, operator: &Operator, queue: &QueueId) -> bool {
        self.rules.break_glass && operator.may(Action::BreakGlass, queue)
    }

    /// Stores an edit that takes a second person without one, with an entry of its own kind and an alarm. It takes the password
    /// again and a long reason.
    #[tracing::instrument(level = "error", skip_all, fields(%queue, job = %id))]
    pub async fn break_glass(
        &self,
        operator: &Operator,
        queue: &QueueId,
        id: &JobId,
        draft: &EditRequest,
    ) -> Result<Edited, ServiceError> {
        let target = JobRef::new(queue, id);
        let permit = self.permit::<BreakGlass>(operator, target).await?;
        if !self.rules.break_glass {
            return Err(ServiceError::Bad(
                "the setting break_glass is off: ask someone with the grant approve".to_owned(),
            ));
        }
        let edited = self
            .try_save(&permit, Act::BREAK_GLASS, draft, None)
            .await?;
        if let Edited::Saved { entry, .. } = &edited {
            let user = operator.name();
            tracing::error!(
                user,
                entry,
                "an edit was saved without the second person that it takes"
            );
        }
        self.overview.touch(queue, id);
        self.look_at_proposals_soon();
        Ok(edited)
    }

    /// The newest such edit of the last 24 hours, as an admin is told of it.
    pub fn broken_glass(&self, operator: &Operator) -> Option<BrokenGlass> {
        let found = self.pending.broken_glass()?;
        let queue = found.queue_id()?;
        let is_told = operator.role() == Role::Admin && operator.scope().holds(&queue);
        (is_told && found.at <= unix_millis()).then_some(found)
    }
}

//! What a change takes beside the right to make it, asked for before it is saved: the password again, and a second person.

use super::assess::{CheckedEdit, EditRejection};
use super::request::EditRequest;
use crate::clock::unix_millis;
use crate::domain::access::Permit;
use crate::domain::access::permission::{ChangesData, EditData};
use crate::domain::audit::reason::BadReason;
use crate::domain::edit::broken_glass::LEAST_REASON;
use crate::domain::proposals::ProposalId;
use crate::service::Services;
use crate::service::error::ServiceError;
use crate::service::proposals::ask::Asked;

/// Whether a change may be saved now.
pub(super) enum Demanded {
    /// It may.
    Met(Box<CheckedEdit>),
    /// The person has to type their password again.
    Password(Box<CheckedEdit>),
    /// It waits for a second person.
    Proposed(ProposalId),
    /// It may not.
    Refused(Box<EditRejection>),
}

impl Services {
    /// Asks for what a change takes. With the permit `ask`, one that takes a second person becomes a proposal; without, it is
    /// to be saved alone, which takes the password in any case and a long reason.
    pub(super) async fn demanded<A: ChangesData>(
        &self,
        permit: &Permit<A>,
        ask: Option<&Permit<EditData>>,
        change: CheckedEdit,
        draft: &EditRequest,
    ) -> Result<Demanded, ServiceError> {
        let refused = |objection| Ok(Demanded::Refused(Box::new(objection)));
        let length = draft.reason.trim().chars().count();
        if ask.is_none() && change.demands.approval.is_empty() {
            return Err(ServiceError::Bad(
                "this change takes no second person: save it as usual".to_owned(),
            ));
        }
        if ask.is_none() && length < LEAST_REASON {
            let bad = BadReason::TooShort(length, LEAST_REASON);
            return refused(EditRejection::BadReason(bad));
        }
        let takes_password = change.demands.password || ask.is_none();
        if takes_password && permit.by().fresh_password(unix_millis()).is_none() {
            return Ok(Demanded::Password(Box::new(change)));
        }
        let (false, Some(ask)) = (change.demands.approval.is_empty(), ask) else {
            return Ok(Demanded::Met(Box::new(change)));
        };
        let asked = self.ask_for_approval(ask, &change, draft).await?;
        refused(match (asked, change.demands.limit) {
            (Asked::Waiting(id), _) => return Ok(Demanded::Proposed(id)),
            (Asked::Gone, _) => EditRejection::Gone,
            (Asked::NoRoom(why), _) => EditRejection::NoRoom(why),
            (Asked::Limited(wait), Some(limit)) => EditRejection::Limited(limit, wait),
            (Asked::Limited(_), None) => return Err(unasked()),
        })
    }
}

/// The store said something that only an answer to another question says.
pub(super) fn unasked() -> ServiceError {
    ServiceError::Broken("an edit was checked against what it does not take".to_owned())
}

//! The rules that the settings define.

use std::time::Duration;

use secrecy::SecretString;

use crate::domain::access::GrantRule;
use crate::domain::alerts::rule::AlertRule;
use crate::domain::alerts::webhook::Webhook;
use crate::domain::audit::reason::{BadReason, Need, Reason};
use crate::domain::history::range::HistoryKept;
use crate::domain::policy::{PolicyInForce, ReasonRule};
use crate::domain::run::RunKind;
use crate::domain::versions::VersionPattern;
use crate::domain::versions::retire::Policy;

/// The rules that the settings define.
#[derive(Debug, Clone)]
pub struct Rules {
    /// Nothing is written to Redis.
    pub read_only: bool,
    /// An edit needs a schema.
    pub require_schema: bool,
    /// An edit or a pin needs a reason.
    pub require_reason: bool,
    /// How many changes one person may make in a minute; 0 for any number.
    pub changes_per_minute: u32,
    /// The largest data that an edit may store in a job, in bytes.
    pub max_data_bytes: u64,
    /// How many jobs one run may repair.
    pub repair_limit: u64,
    /// A repair of many jobs pauses when more than this share of them fails, in percent.
    pub repair_failing_percent: u64,
    /// How names split into family and version.
    pub pattern: VersionPattern,
    /// Members of job data whose values the audit log hides; `*` is a wildcard.
    pub redact: Vec<String>,
    /// The key that their values are hashed with; `None` for the one kept in Redis.
    pub redaction_key: Option<String>,
    /// How many queues have series of their own in the metrics.
    pub metrics_queues: usize,
    /// The kinds of runs that a second person has to approve.
    pub approval_for: Vec<RunKind>,
    /// How long a proposal waits for a second person.
    pub approval_expires: Duration,
    /// An admin may save a change or begin a run without the second person that it takes.
    pub break_glass: bool,
    /// How long a session lasts after signing in, used or not.
    pub session_absolute: Duration,
    /// How long a version must be quiet before it can be retired.
    pub retire_quiet: Duration,
    /// The families whose versions are retired on their own.
    pub auto_retire: Vec<Policy>,
    /// What users may for some queues, beside their role.
    pub grants: Vec<GrantRule>,
    /// How long the history of queues is kept.
    pub history: HistoryKept,
    /// What fires an alert.
    pub alerts: Vec<AlertRule>,
    /// Who is told of alerts.
    pub webhooks: Vec<Webhook>,
    /// The key that messages to them are signed with; `None` leaves them unsigned.
    pub webhook_secret: Option<SecretString>,
    /// Webhooks may have private addresses.
    pub webhooks_private: bool,
    /// The name of this installation, for messages; may be empty.
    pub environment: String,
}

impl Rules {
    /// The reason that was typed for a change of data under these policies.
    pub(crate) fn reason_under(
        &self,
        policies: &[&PolicyInForce],
        typed: &str,
    ) -> Result<Reason, BadReason> {
        let rules = policies
            .iter()
            .filter_map(|policy| policy.policy()?.reason.as_ref());
        let rules: Vec<&ReasonRule> = rules.collect();
        let need = match self.require_reason || !rules.is_empty() {
            true => Need::Required,
            false => Need::Optional,
        };
        let reason = Reason::parse(typed, need)?;
        for ticket in rules.iter().filter_map(|rule| rule.ticket.as_ref()) {
            if ticket.find(reason.as_str()).is_none() {
                return Err(BadReason::NoTicket(ticket.pattern().to_owned()));
            }
        }
        Ok(reason)
    }

    /// The reason that was typed for an edit or a pin.
    pub(crate) fn reason(&self, typed: &str) -> Result<Reason, BadReason> {
        let need = match self.require_reason {
            true => Need::Required,
            false => Need::Optional,
        };
        Reason::parse(typed, need)
    }
}

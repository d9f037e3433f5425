//! Silencing alerts for a time, and ending that.

use std::ops::RangeInclusive;
use std::time::Duration;

use crate::clock::unix_millis;
use crate::domain::access::Operator;
use crate::domain::access::permission::SilenceAlerts;
use crate::domain::alerts::duration;
use crate::domain::alerts::silence::{LONGEST_PATTERN, MOST_OF_PERSON, MOST_SILENCES, Silence};
use crate::domain::audit::action::AuditOutcome;
use crate::domain::audit::reason::{Need, Reason};
use crate::domain::audit::unrecorded::{Act, UnrecordedEntry};
use crate::domain::hidden_characters::is_hidden;
use crate::service::Services;
use crate::service::error::ServiceError;
use crate::store::records::alerts::SilenceKept;

/// For how long alerts may be silenced.
const LASTS: RangeInclusive<Duration> = Duration::from_secs(60)..=Duration::from_secs(30 * 86_400);

/// What someone wants to silence, as they typed it.
#[derive(Debug, Clone, Default)]
pub struct SilenceRequest {
    /// What it is about, as a rule's watch; empty for every rule.
    pub watch: String,
    /// A pattern of its queues; empty for every queue.
    pub queues: String,
    /// For how long, such as `4h`.
    pub lasts: String,
    /// Why.
    pub why: String,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Silenced {
    /// It is silent.
    Done,
    /// It is not, in words.
    Not(String),
}

impl Services {
    /// Silences alerts in the queues that this person may see.
    pub async fn silence_alerts(
        &self,
        operator: &Operator,
        request: &SilenceRequest,
    ) -> Result<Silenced, ServiceError> {
        let permit = self.permit::<SilenceAlerts>(operator, ()).await?;
        let (queues, lasts, why) = match checked(request) {
            Ok(checked) => checked,
            Err(words) => return Ok(Silenced::Not(words)),
        };
        let seen = self.alerts_seen(operator);
        if !request.watch.is_empty() && !seen.watches.contains(&request.watch) {
            return Ok(Silenced::Not(format!(
                "There is no rule {:?}.",
                request.watch
            )));
        }
        let (_, kept) = self.store.alerts_changed().await?;
        let now = unix_millis();
        let silence = Silence {
            id: ulid::Ulid::new().to_string(),
            rule: request.watch.clone(),
            queues,
            scope: operator.scope().patterns().to_vec(),
            by: operator.name().to_owned(),
            why: self.kept_reason(why.as_str(), Vec::new).await?,
            from: now,
            until: now + u64::try_from(lasts.as_millis()).unwrap_or(u64::MAX),
        };
        let over = kept.iter().filter(|one| !one.holds_at(now));
        let over: Vec<&str> = over.map(|one| one.id.as_str()).collect();
        let entry = UnrecordedEntry::new(&permit, Act::SILENCE, AuditOutcome::Applied)
            .noting(format!(
                "{} for {}",
                words(&silence),
                duration::words(lasts)
            ))
            .reason(&silence.why);
        let kept = self.store.silence_alerts(&entry, &silence, &over).await;
        let kept = self.witnessed(entry.as_entry(), kept)?;
        self.alerts.changed.notify_one();
        Ok(match kept {
            SilenceKept::Yes => Silenced::Done,
            SilenceKept::TooMany => Silenced::Not(format!(
                "There are {MOST_SILENCES} silences already. End one that is not needed."
            )),
            SilenceKept::TooManyOfPerson => Silenced::Not(format!(
                "{MOST_OF_PERSON} silences in force are yours, and no one may have more. End one of them, or silence more queues \
                 by one pattern."
            )),
        })
    }

    /// Ends a silence; `false` if there is none that this person may know of.
    pub async fn unsilence_alerts(
        &self,
        operator: &Operator,
        id: &str,
    ) -> Result<bool, ServiceError> {
        let permit = self.permit::<SilenceAlerts>(operator, ()).await?;
        let seen = self.silences_seen(operator, &self.alerts.known());
        let may_end = |one: &Silence| one.may_be_ended_by(operator.name(), operator.scope());
        let found = seen.into_iter().find(|one| one.id == id && may_end(one));
        let Some(silence) = found else {
            return Ok(false);
        };
        let entry = UnrecordedEntry::new(&permit, Act::UNSILENCE, AuditOutcome::Applied)
            .noting(format!("{}, of {}", words(&silence), silence.by));
        let ended = self.store.unsilence_alerts(&entry, id).await;
        let ended = self.witnessed(entry.as_entry(), ended)?;
        self.alerts.changed.notify_one();
        Ok(ended)
    }
}

fn checked(request: &SilenceRequest) -> Result<(String, Duration, Reason), String> {
    let queues = match request.queues.trim() {
        "" => "*",
        typed => typed,
    };
    if queues.chars().count() > LONGEST_PATTERN || queues.chars().any(|one| is_hidden(&one)) {
        return Err(format!(
            "The queue pattern may have {LONGEST_PATTERN} characters at most, and none that can't be seen."
        ));
    }
    if queues.contains(',') {
        return Err(
            "A comma is no part of a queue pattern. Silence each pattern by itself.".to_owned(),
        );
    }
    let lasts = duration::parse(request.lasts.trim()).ok();
    let lasts = lasts
        .filter(|lasts| LASTS.contains(lasts))
        .ok_or("Say for how long, from 1m to 30d, such as 4h.")?;
    let why = Reason::parse(&request.why, Need::Required).map_err(|bad| bad.to_string())?;
    Ok((queues.to_owned(), lasts, why))
}

/// What is silenced, for the audit log.
fn words(silence: &Silence) -> String {
    let rule = match silence.rule.as_str() {
        "" => "every rule",
        rule => rule,
    };
    format!("{rule} on {}", silence.queues)
}

//! Alerts in Redis: one hash with what the leader knows of them, one with the messages that wait, and one with the silences.
//!
//! Each is bounded: the alerts by `domain/alerts/book.rs`, the messages by [`MOST_WAITING`], the silences by [`MOST_SILENCES`].
//! A value that can't be read, as after a change of the program, counts as absent, and the leading process sets it aside.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use redis::Script;

use super::audit::add_entry;
use super::damaged::LeaderRecord;
use crate::domain::access::permission::SilenceAlerts;
use crate::domain::alerts::book::AlertBook;
use crate::domain::alerts::outbox::{MOST_OF_WEBHOOK, WaitingMessage, WebhookStatus};
use crate::domain::alerts::silence::{MOST_OF_PERSON, MOST_SILENCES, Silence};
use crate::domain::alerts::webhook::MOST_WEBHOOKS;
use crate::domain::audit::unrecorded::UnrecordedEntry;
use crate::store::Store;
use crate::store::connection::reply;
use crate::store::error::StoreError;

/// What the leading process goes on from.
const RECORDS: [LeaderRecord; 3] = [
    LeaderRecord::Alerts,
    LeaderRecord::AlertOutbox,
    LeaderRecord::AlertSilences,
];

static KEEP: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("keep.lua")));
static SILENCE: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("silence.lua")));
static UNSILENCE: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("unsilence.lua")));

/// How many messages may wait for all webhooks together.
pub(crate) const MOST_WAITING: usize = MOST_WEBHOOKS * MOST_OF_WEBHOOK;

/// How the webhooks do, by name.
pub(crate) type WebhookStatuses = BTreeMap<String, WebhookStatus>;

/// Whether a silence was kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SilenceKept {
    /// It was.
    Yes,
    /// There are [`MOST_SILENCES`].
    TooMany,
    /// This person has [`MOST_OF_PERSON`].
    TooManyOfPerson,
}

/// A change of what the leader keeps.
#[derive(Debug)]
pub(crate) struct AlertChange<'a> {
    /// The alerts, where they changed.
    pub(crate) book: Option<&'a AlertBook>,
    /// How the webhooks do.
    pub(crate) webhooks: &'a WebhookStatuses,
    /// Messages to keep, or to keep as they are now.
    pub(crate) kept: Vec<&'a WaitingMessage>,
    /// The ids of messages to delete.
    pub(crate) deleted: Vec<&'a str>,
}

impl Store {
    /// The number of the last change of the alerts, and the silences. Cheap: asked every second.
    pub(crate) async fn alerts_changed(&self) -> Result<(u64, Vec<Silence>), StoreError> {
        let mut pipeline = redis::pipe();
        pipeline.cmd("HGET").arg(self.own.alerts()).arg("number");
        pipeline.cmd("HVALS").arg(self.own.alert_silences());
        let mut answers = self.redis.read(&mut pipeline).await?.into_iter();
        let number = answers.next().and_then(reply::number).unwrap_or(0);
        let texts = reply::texts(answers.next().unwrap_or_default());
        let mut silences: Vec<Silence> = read_all(&texts);
        silences.sort_by(|one, other| one.id.cmp(&other.id));
        Ok((number, silences))
    }

    /// The alerts, and how the webhooks do.
    pub(crate) async fn alerts(&self) -> Result<(AlertBook, WebhookStatuses), StoreError> {
        let mut pipeline = redis::pipe();
        let hash = self.own.alerts();
        pipeline.cmd("HMGET").arg(hash).arg("book").arg("webhooks");
        let answer = self.redis.read(&mut pipeline).await?.into_iter().next();
        let mut texts = answer.map(reply::items).unwrap_or_default().into_iter();
        let mut text = || texts.next().and_then(reply::bytes).unwrap_or_default();
        Ok((
            serde_json::from_slice(&text()).unwrap_or_default(),
            serde_json::from_slice(&text()).unwrap_or_default(),
        ))
    }

    /// Sets the records of alerts aside that are of another type.
    pub(crate) async fn set_aside_odd_alerts(&self, token: &str) -> Result<(), StoreError> {
        self.set_aside_odd(token, &RECORDS).await
    }

    /// What the leader before left: the alerts, how the webhooks do, and the messages that wait. What of it can't be read is set
    /// aside, of the silences too.
    pub(crate) async fn take_over_alerts(
        &self,
        token: &str,
    ) -> Result<(AlertBook, WebhookStatuses, Vec<WaitingMessage>), StoreError> {
        self.set_aside_odd_alerts(token).await?;
        let mut pipeline = redis::pipe();
        pipeline.cmd("HGETALL").arg(self.own.alerts());
        pipeline.cmd("HGETALL").arg(self.own.alert_outbox());
        pipeline.cmd("HGETALL").arg(self.own.alert_silences());
        let mut answers = self.redis.read(&mut pipeline).await?.into_iter();
        let mut pairs = || answers.next().map(reply::pairs).unwrap_or_default();
        let (alerts, waiting, silences) = (pairs(), pairs(), pairs());
        let odd = [
            unread(&alerts, |field, bytes| match field {
                b"book" => parses::<AlertBook>(bytes),
                b"webhooks" => parses::<WebhookStatuses>(bytes),
                b"number" => parses::<i64>(bytes),
                _ => true,
            }),
            unread(&waiting, |_, bytes| parses::<WaitingMessage>(bytes)),
            unread(&silences, |_, bytes| parses::<Silence>(bytes)),
        ];
        for (record, fields) in RECORDS.iter().zip(&odd) {
            self.set_aside_fields(token, record, fields).await?;
        }
        let (book, webhooks) = self.alerts().await?;
        let messages = waiting
            .iter()
            .filter_map(|(_, bytes)| serde_json::from_slice(bytes).ok());
        Ok((book, webhooks, messages.collect()))
    }

    /// Keeps a change, if the process with this token leads. Returns the number of the change; `None` if another process leads.
    pub(crate) async fn keep_alerts(
        &self,
        token: &str,
        change: &AlertChange<'_>,
    ) -> Result<Option<u64>, StoreError> {
        let mut invocation = KEEP.prepare_invoke();
        invocation
            .key(self.own.leader())
            .key(self.own.alerts())
            .key(self.own.alert_outbox())
            .arg(token)
            .arg(change.book.map(json).transpose()?.unwrap_or_default())
            .arg(json(change.webhooks)?)
            .arg(MOST_WAITING);
        for waiting in &change.kept {
            invocation.arg(&waiting.message.id).arg(json(waiting)?);
        }
        for id in &change.deleted {
            invocation.arg(*id).arg("");
        }
        let answer: i64 = self.redis.script(&invocation).await?;
        Ok(u64::try_from(answer).ok())
    }

    /// Keeps a silence with its entry, and deletes those with the ids in `over`.
    pub(crate) async fn silence_alerts(
        &self,
        entry: &UnrecordedEntry<SilenceAlerts>,
        silence: &Silence,
        over: &[&str],
    ) -> Result<SilenceKept, StoreError> {
        let mut invocation = SILENCE.prepare_invoke();
        invocation
            .key(self.own.audit())
            .key(self.own.alert_silences())
            .arg(&silence.id)
            .arg(json(silence)?)
            .arg(MOST_SILENCES)
            .arg(&silence.by)
            .arg(MOST_OF_PERSON)
            .arg(over.len());
        for id in over {
            invocation.arg(*id);
        }
        add_entry(&mut invocation, entry.as_entry());
        Ok(match self.redis.script::<i64>(&invocation).await? {
            1 => SilenceKept::Yes,
            -1 => SilenceKept::TooManyOfPerson,
            _ => SilenceKept::TooMany,
        })
    }

    /// Ends a silence, with its entry; `false` if there is none.
    pub(crate) async fn unsilence_alerts(
        &self,
        entry: &UnrecordedEntry<SilenceAlerts>,
        id: &str,
    ) -> Result<bool, StoreError> {
        let mut invocation = UNSILENCE.prepare_invoke();
        invocation
            .key(self.own.audit())
            .key(self.own.alert_silences())
            .arg(id);
        add_entry(&mut invocation, entry.as_entry());
        Ok(self.redis.script::<i64>(&invocation).await? == 1)
    }
}

fn json<T: serde::Serialize + ?Sized>(value: &T) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|error| StoreError::Unexpected(error.to_string()))
}

/// The fields whose values can't be read.
fn unread(pairs: &[(Vec<u8>, Vec<u8>)], is_read: impl Fn(&[u8], &[u8]) -> bool) -> Vec<Vec<u8>> {
    let odd = pairs.iter().filter(|(field, value)| !is_read(field, value));
    odd.map(|(field, _)| field.clone()).collect()
}

fn parses<T: serde::de::DeserializeOwned>(bytes: &[u8]) -> bool {
    serde_json::from_slice::<T>(bytes).is_ok()
}

fn read_all<T: serde::de::DeserializeOwned>(texts: &[String]) -> Vec<T> {
    texts
        .iter()
        .filter_map(|text| serde_json::from_str(text).ok())
        .collect()
}

//! Pins: the version of a family that an admin chose as current.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use redis::Script;

use super::audit::add_entry;
use crate::domain::access::permission::PinVersion;
use crate::domain::audit::action::AuditAction;
use crate::domain::audit::unrecorded::UnrecordedEntry;
use crate::store::Store;
use crate::store::connection::reply;
use crate::store::error::StoreError;

static PIN: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("pin.lua")));

/// The pinned versions, by family.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Pins(BTreeMap<String, String>);

impl Pins {
    /// The name of the pinned queue of a family.
    pub fn of(&self, prefix: &str, family: &str) -> Option<&str> {
        self.0.get(&field(prefix, family)).map(String::as_str)
    }

    /// The prefix and name of every family with a pin.
    pub fn families(&self) -> impl Iterator<Item = (&str, &str)> {
        // A family's name comes from a queue's, which has no colon; a prefix may have one.
        self.0.keys().filter_map(|field| field.rsplit_once(':'))
    }
}

fn field(prefix: &str, family: &str) -> String {
    format!("{prefix}:{family}")
}

impl Store {
    /// All pins; none if the Redis user may not read them.
    pub async fn pins(&self) -> Result<Pins, StoreError> {
        let answer = self
            .redis
            .command(redis::cmd("HGETALL").arg(self.own.pins()))
            .await;
        match answer {
            Ok(answer) => {
                let mut texts = reply::texts(answer).into_iter();
                let pairs = std::iter::from_fn(|| Some((texts.next()?, texts.next()?)));
                Ok(Pins(pairs.collect()))
            }
            Err(StoreError::Refused(_)) => Ok(Pins::default()),
            Err(error) => Err(error),
        }
    }

    /// Pins the queue of the entry's permit as the current version of `family`, or removes its pin, as the entry says, and
    /// writes the entry. Returns whether that changed anything; otherwise nothing is written.
    pub async fn write_pin(
        &self,
        entry: &UnrecordedEntry<PinVersion>,
        family: &str,
    ) -> Result<bool, StoreError> {
        let queue = entry.permit().target();
        let pinned = entry.action() == AuditAction::PinVersion;
        let mut invocation = PIN.prepare_invoke();
        invocation
            .key(self.own.audit())
            .key(self.own.pins())
            .arg(field(queue.prefix(), family))
            .arg(queue.name())
            .arg(u8::from(pinned));
        add_entry(&mut invocation, entry.as_entry());
        Ok(self.redis.script::<i64>(&invocation).await? == 1)
    }
}

//! Turns for large forms: each takes several times its size in memory while it is received and handled.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// How many large forms are handled at once.
const AT_ONCE: usize = 4;

/// How many of them may be from people who are not signed in, whose session ended while they typed.
const OF_STRANGERS: usize = 1;

/// A form up to this size, in bytes, needs no turn.
const SMALL: u64 = 256 * 1024;

/// How long a form waits for its turn. Nothing of it is received meanwhile.
const PATIENCE: Duration = Duration::from_secs(15);

/// The turns. Each person has one at a time, so that nobody delays others by sending slowly.
#[derive(Debug, Clone)]
pub(crate) struct FormTurns(Arc<Turns>);

#[derive(Debug)]
struct Turns {
    all: Arc<Semaphore>,
    strangers: Arc<Semaphore>,
    /// The people who have a turn or wait for one.
    people: Mutex<HashMap<String, Weak<Semaphore>>>,
}

/// A turn, which ends when it is dropped.
#[derive(Debug)]
pub(crate) struct FormTurn {
    _of_all: OwnedSemaphorePermit,
    _of_person: Option<OwnedSemaphorePermit>,
}

/// No turn was free in time.
#[derive(Debug)]
pub(crate) struct NoTurn;

impl Default for FormTurns {
    fn default() -> Self {
        Self(Arc::new(Turns {
            all: Arc::new(Semaphore::new(AT_ONCE)),
            strangers: Arc::new(Semaphore::new(OF_STRANGERS)),
            people: Mutex::default(),
        }))
    }
}

/// Whether a form of `size` bytes, or of unknown size, needs a turn.
pub(crate) fn is_large(size: Option<u64>) -> bool {
    size.is_none_or(|size| size > SMALL)
}

impl FormTurns {
    /// Waits for a turn for `person`; `None` for someone who is not signed in.
    pub(crate) async fn take(&self, person: Option<&str>) -> Result<FormTurn, NoTurn> {
        self.take_within(PATIENCE, person).await
    }

    async fn take_within(
        &self,
        patience: Duration,
        person: Option<&str>,
    ) -> Result<FormTurn, NoTurn> {
        let turn = async {
            // The semaphores are never closed.
            let of_person = match person {
                Some(person) => Some(self.0.of(person).acquire_owned().await.ok()?),
                None => None,
            };
            let all = match person {
                Some(_) => &self.0.all,
                None => &self.0.strangers,
            };
            Some(FormTurn {
                _of_all: Arc::clone(all).acquire_owned().await.ok()?,
                _of_person: of_person,
            })
        };
        let turn = tokio::time::timeout(patience, turn).await;
        turn.ok().flatten().ok_or(NoTurn)
    }
}

impl Turns {
    /// The single turn of `person`.
    fn of(&self, person: &str) -> Arc<Semaphore> {
        let mut people = self.people.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(turn) = people.get(person).and_then(Weak::upgrade) {
            return turn;
        }
        people.retain(|_, turn| turn.strong_count() > 0);
        let turn = Arc::new(Semaphore::new(1));
        people.insert(person.to_owned(), Arc::downgrade(&turn));
        turn
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn one_person_has_one_turn_and_leaves_the_others_theirs() {
        let turns = FormTurns::default();
        let take = |person| turns.take_within(Duration::from_millis(50), person);
        let first = take(Some("ann")).await.unwrap();
        assert!(take(Some("ann")).await.is_err(), "one at a time");
        assert!(take(Some("bob")).await.is_ok());
        drop(first);
        assert!(take(Some("ann")).await.is_ok(), "one after the other");
        let _held = take(None).await.unwrap();
        assert!(take(None).await.is_err());
        assert!(take(Some("ann")).await.is_ok(), "strangers hold nobody up");
        assert!(
            turns.0.people.lock().unwrap().len() <= 2,
            "nobody is remembered"
        );
    }
}

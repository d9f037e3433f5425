//! How many searches run at once, in all and of one person.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::service::error::ServiceError;

/// So many searches run at once.
pub(crate) const MOST_AT_ONCE: usize = 16;

/// So many of them are of one person.
pub(crate) const MOST_OF_ONE: usize = 4;

/// The searches that run, counted by person.
#[derive(Debug, Clone, Default)]
pub(crate) struct SearchTurns(Arc<Mutex<HashMap<String, usize>>>);

/// A turn to search, given back when it is dropped.
#[derive(Debug)]
pub(crate) struct SearchTurn {
    turns: SearchTurns,
    name: String,
}

impl SearchTurns {
    /// Takes a turn for a person.
    ///
    /// # Errors
    ///
    /// [`ServiceError::TooManySearches`] if this person has all that one may have, [`ServiceError::Busy`] if all are taken.
    pub(crate) fn take(&self, name: &str) -> Result<SearchTurn, ServiceError> {
        let mut running = self.lock();
        let of_person = running.get(name).copied().unwrap_or(0);
        if of_person >= MOST_OF_ONE {
            return Err(ServiceError::TooManySearches(MOST_OF_ONE));
        }
        if running.values().sum::<usize>() >= MOST_AT_ONCE {
            return Err(ServiceError::Busy(format!(
                "{MOST_AT_ONCE} searches are running, as many as may run at once."
            )));
        }
        running.insert(name.to_owned(), of_person + 1);
        Ok(SearchTurn {
            turns: self.clone(),
            name: name.to_owned(),
        })
    }

    /// How many searches run.
    pub(crate) fn taken(&self) -> usize {
        self.lock().values().sum()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, usize>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for SearchTurn {
    fn drop(&mut self) {
        let mut running = self.turns.lock();
        match running.get_mut(&self.name) {
            Some(count) if *count > 1 => *count -= 1,
            _ => {
                running.remove(&self.name);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_person_has_some_of_the_turns_and_each_comes_back() {
        let turns = SearchTurns::default();
        let of = |name: &str| {
            (0..MOST_OF_ONE)
                .map(|_| turns.take(name).unwrap())
                .collect()
        };
        let mut all: Vec<Vec<SearchTurn>> = Vec::new();
        for name in ["ada", "bob", "cyd", "dan"] {
            all.push(of(name));
            assert!(matches!(
                turns.take(name),
                Err(ServiceError::TooManySearches(MOST_OF_ONE))
            ));
        }
        assert!(matches!(turns.take("eve"), Err(ServiceError::Busy(_))));
        all.pop();
        assert!(turns.take("eve").is_ok());
        all.clear();
        assert!(turns.lock().is_empty());
    }
}

//! Turns for verifying passwords, so that no network takes all of the places.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::domain::accounts::network::Network;

/// How many passwords of one network are verified at once, of four in all.
const AT_ONCE: usize = 2;

/// How many of a throttled network are verified at once.
const AT_ONCE_THROTTLED: usize = 1;

/// How many tries may wait in the lane of a throttled network.
const WAITING_THROTTLED: usize = 16;

/// The lane of a try.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lane {
    /// For tries that were counted, which bounds their number.
    Ordinary,
    /// For tries from a throttled network, which are not counted; only a few may wait.
    Narrow,
}

/// The lanes of all networks that have a try in them.
#[derive(Debug, Clone, Default)]
pub(crate) struct VerifyTurns(Arc<Mutex<HashMap<Network, Arc<Lanes>>>>);

#[derive(Debug)]
struct Lanes {
    ordinary: Arc<Semaphore>,
    narrow: Arc<Semaphore>,
    in_narrow: AtomicUsize,
}

/// A place in a lane, which has its turn once `permit` is set. Dropping it frees the place, also while it waits.
#[derive(Debug)]
pub(crate) struct VerifyTurn {
    turns: VerifyTurns,
    network: Network,
    lanes: Arc<Lanes>,
    lane: Lane,
    permit: Option<OwnedSemaphorePermit>,
}

impl VerifyTurns {
    /// Waits for a turn in `lane`; `None` if too many wait there already.
    pub(crate) async fn take(&self, network: &Network, lane: Lane) -> Option<VerifyTurn> {
        let mut turn = self.queue(network, lane)?;
        let semaphore = match lane {
            Lane::Ordinary => &turn.lanes.ordinary,
            Lane::Narrow => &turn.lanes.narrow,
        };
        let permit = Arc::clone(semaphore).acquire_owned().await;
        // The semaphore is never closed.
        turn.permit = Some(permit.ok()?);
        Some(turn)
    }

    fn queue(&self, network: &Network, lane: Lane) -> Option<VerifyTurn> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let lanes = all.entry(network.clone()).or_default();
        if lane == Lane::Narrow {
            if lanes.in_narrow.load(Ordering::Relaxed) >= AT_ONCE_THROTTLED + WAITING_THROTTLED {
                return None;
            }
            lanes.in_narrow.fetch_add(1, Ordering::Relaxed);
        }
        Some(VerifyTurn {
            turns: self.clone(),
            network: network.clone(),
            lanes: Arc::clone(lanes),
            lane,
            permit: None,
        })
    }
}

impl Default for Lanes {
    fn default() -> Self {
        Self {
            ordinary: Arc::new(Semaphore::new(AT_ONCE)),
            narrow: Arc::new(Semaphore::new(AT_ONCE_THROTTLED)),
            in_narrow: AtomicUsize::new(0),
        }
    }
}

impl Drop for VerifyTurn {
    fn drop(&mut self) {
        self.permit = None;
        if self.lane == Lane::Narrow {
            self.lanes.in_narrow.fetch_sub(1, Ordering::Relaxed);
        }
        let mut all = self.turns.0.lock().unwrap_or_else(PoisonError::into_inner);
        // The map's reference and this one: the network has no other try.
        if Arc::strong_count(&self.lanes) == 2 {
            all.remove(&self.network);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn one_network_has_a_few_turns_and_leaves_the_others_to_the_rest() {
        let turns = VerifyTurns::default();
        let (bad, good) = (Network::of("203.0.113.9"), Network::of("203.0.113.10"));
        let mut taken = Vec::new();
        for _ in 0..AT_ONCE {
            taken.push(turns.take(&bad, Lane::Ordinary).await.unwrap());
        }
        taken.push(turns.take(&bad, Lane::Narrow).await.unwrap());
        let mut waiting = Vec::new();
        for _ in 0..WAITING_THROTTLED {
            let (turns, bad) = (turns.clone(), bad.clone());
            waiting.push(tokio::spawn(
                async move { turns.take(&bad, Lane::Narrow).await },
            ));
        }
        while turns.0.lock().unwrap()[&bad]
            .in_narrow
            .load(Ordering::Relaxed)
            < 1 + WAITING_THROTTLED
        {
            tokio::task::yield_now().await;
        }
        assert!(
            turns.take(&bad, Lane::Narrow).await.is_none(),
            "no place to wait"
        );
        drop(turns.take(&good, Lane::Narrow).await.unwrap());
        // A caller that goes away while waiting frees its place.
        for task in waiting.drain(1..) {
            task.abort();
            assert!(task.await.unwrap_err().is_cancelled());
        }
        assert_eq!(
            turns.0.lock().unwrap()[&bad]
                .in_narrow
                .load(Ordering::Relaxed),
            2
        );
        taken.clear();
        drop(waiting.remove(0).await.unwrap());
        assert!(turns.0.lock().unwrap().is_empty(), "nothing is kept");
    }
}

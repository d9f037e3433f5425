//! Decides whether a password may be tried now. Guessing gets slower, nobody is locked out, and no answer tells which users
//! exist.
//!
//! - A user is counted separately on a network where they signed in lately: neither guesses from elsewhere nor a flood of
//!   invented names delays them there.
//! - From anywhere else, tries are counted by name, by network, and by both together. A name is counted alike whether it is
//!   a user's or not.
//! - A network with too many failed tries is throttled: it continues in a narrow lane, so that one bad machine does not
//!   keep out those who share its address. Such tries are not written to Redis; a sketch in this process counts them.

use std::time::Duration;

use super::verify_turns::Lane;
use crate::clock::since_epoch;
use crate::domain::accounts::guess_limit::{AttemptCell, AttemptCounts};
use crate::domain::accounts::network::Network;
use crate::domain::accounts::user_name::is_name;
use crate::service::Services;
use crate::service::error::ServiceError;
use crate::store::error::StoreError;
use crate::store::records::sign_in_attempts::SignInAttempts;

/// How many times counting is repeated if other tries were counted meanwhile. More means that too many come at once.
const LOOKS: usize = 200;

/// How long a try must wait if it can't be counted or its lane is full.
pub(crate) const SHORT_WAIT: Duration = Duration::from_secs(1);

/// A try that may be made, and what was counted for it.
#[derive(Debug)]
pub(crate) enum Try {
    /// From a network where the user signed in lately.
    Known,
    /// From elsewhere, with the cells that grew.
    Counted(Vec<usize>),
    /// From a network that is throttled.
    Throttled,
}

impl Try {
    /// The lane in which the password is verified.
    pub(crate) fn lane(&self) -> Lane {
        match self {
            Self::Known | Self::Counted(_) => Lane::Ordinary,
            Self::Throttled => Lane::Narrow,
        }
    }
}

/// The try may be made, or must wait this long.
pub(crate) type Allowed = Result<Try, Duration>;

impl Services {
    /// Counts a try to sign in, or of a signed-in user to type their password again. It is counted before it is made, so that many at once do not all pass.
    pub(crate) async fn allow_sign_in(
        &self,
        name: &str,
        network: &Network,
    ) -> Result<Allowed, ServiceError> {
        if let Some(allowed) = self.allow_known(name, network).await? {
            return Ok(allowed);
        }
        let own = [
            AttemptCounts::Name(name),
            AttemptCounts::Pair(name, network),
        ];
        let all = [own[0], own[1], AttemptCounts::Network(network)];
        for _ in 0..LOOKS {
            let (places, cells) = look(&self.throttle, &all).await?;
            let wait = wait(&all[..2], &cells);
            if !wait.is_zero() {
                return Ok(Err(wait));
            }
            if !wait_of(AttemptCounts::Network(network), cells.last()).is_zero() {
                return Ok(count(&self.throttled_tries, &own)
                    .await?
                    .map(|_| Try::Throttled));
            }
            if let Some(grown) = grow(&self.throttle, &all, &places, &cells).await? {
                return Ok(Ok(Try::Counted(grown)));
            }
        }
        Ok(Err(SHORT_WAIT))
    }

    /// Counts a try separately if the user signed in from this network lately; otherwise `None`.
    async fn allow_known(
        &self,
        name: &str,
        network: &Network,
    ) -> Result<Option<Allowed>, ServiceError> {
        // Nobody has such a name, and it may be of any length.
        if !is_name(name) {
            return Ok(None);
        }
        for _ in 0..LOOKS {
            let Some(known) = self.throttle.known(name, network).await? else {
                return Ok(None);
            };
            let wait = known.tries.wait_of_pair(since_epoch());
            if !wait.is_zero() {
                return Ok(Some(Err(wait)));
            }
            let mut counted = known;
            counted.tries = known.tries.counted(since_epoch());
            let counted = self.throttle.swap_known(name, network, known, counted);
            if counted.await? {
                return Ok(Some(Ok(Try::Known)));
            }
        }
        Ok(Some(Err(SHORT_WAIT)))
    }

    /// How long a failed try from `network` is told to wait: if the network is throttled, as long as any other try from it.
    pub(crate) async fn wait_of_network(
        &self,
        network: &Network,
    ) -> Result<Duration, ServiceError> {
        let network = AttemptCounts::Network(network);
        let (_, cells) = look(&self.throttle, &[network]).await?;
        Ok(wait_of(network, cells.last()))
    }

    /// How long a try of `name` from `network` would wait if the user had never signed in there. A wrong password gets the
    /// same answer, so that it tells neither where somebody signs in nor whether they exist.
    pub(crate) async fn wait_of_stranger(
        &self,
        name: &str,
        network: &Network,
    ) -> Result<Duration, ServiceError> {
        let all = [
            AttemptCounts::Name(name),
            AttemptCounts::Pair(name, network),
            AttemptCounts::Network(network),
        ];
        let (_, cells) = look(&self.throttle, &all).await?;
        Ok(wait(&all, &cells))
    }

    /// Takes back the count of a successful try, and remembers the user's network. If that fails, the next sign-in may have
    /// to wait; nothing else happens.
    pub(crate) async fn settle(&self, name: &str, network: &Network, made: Try) {
        if let Err(error) = self.try_to_settle(name, network, made).await {
            tracing::warn!(%error, "a sign-in that succeeded is still counted as a try");
        }
    }

    async fn try_to_settle(
        &self,
        name: &str,
        network: &Network,
        made: Try,
    ) -> Result<(), StoreError> {
        self.throttle.remember(name, network).await?;
        let Try::Counted(places) = made else {
            return Ok(());
        };
        for _ in 0..LOOKS {
            let seen = self.throttle.read(&places).await?;
            let new: Vec<AttemptCell> = seen
                .iter()
                .map(|cell| cell.taken_back(since_epoch()))
                .collect();
            if self.throttle.swap(&places, &seen, &new).await? {
                break;
            }
        }
        Ok(())
    }
}

/// Counts one more try of each of `all`, or returns how long it must wait.
async fn count(
    throttle: &SignInAttempts,
    all: &[AttemptCounts<'_>],
) -> Result<Result<Vec<usize>, Duration>, StoreError> {
    for _ in 0..LOOKS {
        let (places, cells) = look(throttle, all).await?;
        let wait = wait(all, &cells);
        if !wait.is_zero() {
            return Ok(Err(wait));
        }
        if let Some(grown) = grow(throttle, all, &places, &cells).await? {
            return Ok(Ok(grown));
        }
    }
    Ok(Err(SHORT_WAIT))
}

/// The places and the cells of each of `all`.
async fn look(
    throttle: &SignInAttempts,
    all: &[AttemptCounts<'_>],
) -> Result<(Vec<usize>, Vec<Vec<AttemptCell>>), StoreError> {
    let key = throttle.key().await?;
    let places: Vec<usize> = all.iter().flat_map(|counted| counted.places(key)).collect();
    let cells = throttle.read(&places).await?;
    let each = cells.len() / all.len().max(1);
    Ok((
        places,
        cells
            .chunks(each.max(1))
            .map(<[AttemptCell]>::to_vec)
            .collect(),
    ))
}

/// The longest wait of `all`.
fn wait(all: &[AttemptCounts<'_>], cells: &[Vec<AttemptCell>]) -> Duration {
    let waits = all.iter().zip(cells);
    waits
        .map(|(counted, cells)| wait_of(*counted, Some(cells)))
        .max()
        .unwrap_or_default()
}

fn wait_of(counted: AttemptCounts<'_>, cells: Option<&Vec<AttemptCell>>) -> Duration {
    cells.map_or(Duration::ZERO, |cells| counted.wait(cells, since_epoch()))
}

/// Counts one more try of each. Returns the indexes that grew, or `None` if another try was counted meanwhile.
async fn grow(
    throttle: &SignInAttempts,
    all: &[AttemptCounts<'_>],
    places: &[usize],
    cells: &[Vec<AttemptCell>],
) -> Result<Option<Vec<usize>>, StoreError> {
    let at = since_epoch();
    let new: Vec<AttemptCell> = all
        .iter()
        .zip(cells)
        .flat_map(|(counted, cells)| counted.counted(cells, at))
        .collect();
    let seen = cells.concat();
    let swapped = throttle.swap(places, &seen, &new).await?;
    let grown = seen.iter().zip(&new).zip(places);
    let grown = grown.filter(|((seen, new), _)| seen != new);
    Ok(swapped.then(|| grown.map(|(_, place)| *place).collect()))
}

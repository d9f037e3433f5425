//! How many edits one person may make in a while.

use std::fmt;
use std::time::Duration;

/// So many edits in so much time, for each person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EditLimit {
    /// How many edits.
    pub edits: u32,
    /// In how much time.
    pub per: Duration,
}

/// The most edits that a limit may allow.
pub(super) const MOST_EDITS: u32 = 1_000_000;

/// The longest time that a limit may count over.
const LONGEST: Duration = Duration::from_secs(31 * 24 * 3600);

/// Reads the time of a limit, such as `1h`.
///
/// # Errors
/// What is allowed.
pub(super) fn time(text: &str) -> Result<Duration, String> {
    let allowed = "allowed is a duration from 1s to 31d in s, m, h or d, such as \"1h\"";
    // humantime reads M as months, and panics where a sum of huge numbers overflows.
    let plain = |letter: char| letter.is_ascii_digit() || "smhd ".contains(letter);
    let read = match text.len() <= 12 && text.chars().all(plain) {
        true => humantime::parse_duration(text).ok(),
        false => None,
    };
    match read {
        Some(read) if read >= Duration::from_secs(1) && read <= LONGEST => Ok(read),
        _ => Err(allowed.to_owned()),
    }
}

impl fmt::Display for EditLimit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let edits = if self.edits == 1 { "edit" } else { "edits" };
        write!(
            f,
            "{} {edits} in {}",
            self.edits,
            humantime::format_duration(self.per)
        )
    }
}

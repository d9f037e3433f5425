//! What a failure is told by: its folded message and where it was thrown.

use std::fmt;
use std::str::FromStr;

use base16ct::lower::encode_string;
use sha2::{Digest, Sha256};

use super::fold::FoldedMessage;
use super::stack::{self, Frame};
use crate::domain::job::field::FieldValue;

/// The longest message that is read, in bytes. Of a longer one nothing is known, so that all of those are one group.
pub const LONGEST_REASON: u64 = 64 * 1024;

/// The largest stacks that are read, in bytes. Larger ones count as none.
pub const LONGEST_STACK: u64 = 64 * 1024;

/// How many bytes of the digest are kept.
const ID_BYTES: usize = 6;

/// Identifies a group of failures in every process and release: 12 hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct GroupId([u8; ID_BYTES]);

impl fmt::Display for GroupId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&encode_string(&self.0))
    }
}

impl FromStr for GroupId {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong =
            || format!("{text:?} is not the id of an error group, which has 12 hexadecimal digits");
        let mut bytes = [0; ID_BYTES];
        let lower = text.to_ascii_lowercase();
        match base16ct::lower::decode(&lower, &mut bytes) {
            Ok(read) if read.len() == ID_BYTES => Ok(Self(bytes)),
            _ => Err(wrong()),
        }
    }
}

/// What a failure is told by.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Fingerprint {
    /// The message, with what varies folded.
    pub message: FoldedMessage,
    /// Where it was thrown, if the job has a stack that says so.
    pub frame: Option<Frame>,
}

impl Fingerprint {
    /// The fingerprint of a failed job, from what was read of its reason and of its stacks.
    pub fn of(reason: FieldValue<'_>, stacks: FieldValue<'_>) -> Self {
        let message = match reason {
            FieldValue::Bytes(bytes) if bytes.len() as u64 <= LONGEST_REASON => {
                FoldedMessage::of(&String::from_utf8_lossy(bytes))
            }
            FieldValue::Bytes(_) | FieldValue::TooLarge(_) => {
                FoldedMessage::of("(a message too long to read)")
            }
            FieldValue::Absent => FoldedMessage::default(),
        };
        let frame = match stacks {
            FieldValue::Bytes(bytes) if bytes.len() as u64 <= LONGEST_STACK => {
                stack::newest(bytes).and_then(|stack| Frame::top_of(&stack))
            }
            _ => None,
        };
        Self { message, frame }
    }

    /// The id of its group.
    pub fn id(&self) -> GroupId {
        let mut digest = Sha256::new();
        digest.update(self.message.to_string());
        if let Some(frame) = &self.frame {
            // No message holds this character: control characters are folded to blanks.
            digest.update("\0");
            digest.update(&frame.function);
            digest.update("\0");
            digest.update(&frame.file);
        }
        let mut id = [0; ID_BYTES];
        id.copy_from_slice(&digest.finalize()[..ID_BYTES]);
        GroupId(id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn print(reason: &str, stack: &str) -> Fingerprint {
        let stacks = serde_json::to_vec(&[stack]).unwrap_or_default();
        Fingerprint::of(
            FieldValue::Bytes(reason.as_bytes()),
            FieldValue::Bytes(&stacks),
        )
    }

    #[test]
    fn alike_failures_have_one_id_and_others_another() {
        let one = print(
            "no user 1",
            "Error: no user 1\n    at find (/srv/a/src/users.ts:1:2)",
        );
        let other = print(
            "no user 22",
            "Error: no user 22\n    at find (/srv/b/src/users.ts:9:9)",
        );
        assert_eq!(one.id(), other.id());
        let elsewhere = print(
            "no user 1",
            "Error: no user 1\n    at load (/srv/a/src/users.ts:1:2)",
        );
        assert_ne!(one.id(), elsewhere.id());
        assert_ne!(one.id(), print("no user 1", "").id());
        assert_eq!(one.id().to_string().parse(), Ok(one.id()));
        assert!("12".parse::<GroupId>().is_err());
        assert!("zzzzzzzzzzzz".parse::<GroupId>().is_err());
    }

    #[test]
    fn an_id_stays_the_same_in_every_release() {
        let one = print(
            "no user 1",
            "Error: no user 1\n    at find (/srv/a/src/users.ts:1:2)",
        );
        assert_eq!(one.id().to_string(), "aa8d977f1698");
    }
}

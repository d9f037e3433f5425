//! Marks by which a live page tells whether the parts of a job that it shows have changed.

use base16ct::lower::encode_string;
use sha2::{Digest, Sha256};

use super::status::progress;
use crate::domain::job::{Job, JobText, Payload};

/// Texts up to this size, in bytes, are compared by content, larger ones by size.
const COMPARED: u64 = 16 * 1024;

/// The texts that say how it failed.
const FAILURE: [JobText; 2] = [JobText::FailedReason, JobText::StackTraces];

/// A mark of the texts on a page, which changes if one of them does. Progress is shown elsewhere and left out, and so is
/// the failure, which is drawn again with the status.
pub(crate) fn texts_mark(job: &Job) -> String {
    let told_apart = |text: &JobText| *text != JobText::Progress && !FAILURE.contains(text);
    mark_of(job, JobText::ALL.into_iter().filter(told_apart))
}

fn mark_of(job: &Job, texts: impl IntoIterator<Item = JobText>) -> String {
    let mut digest = Sha256::new();
    for text in texts {
        let payload = job.text(text);
        digest.update(payload.size().to_le_bytes());
        if let Payload::Loaded(stored) = payload
            && payload.size() <= COMPARED
        {
            digest.update(stored);
        }
    }
    encode_string(&digest.finalize()[..10])
}

/// A mark of a job's status, which changes if the status does, apart from relative times.
pub(crate) fn standing_mark(job: &Job) -> String {
    let Job {
        state,
        unsearched,
        unreadable,
        locked,
        due,
        summary,
        attempts_started,
        stalled,
        worker,
        ..
    } = job;
    let stands = (
        state,
        (unsearched, unreadable),
        locked,
        due,
        summary,
        attempts_started,
        stalled,
        worker,
    );
    let text = format!("{stands:?}{}{}", progress(job), mark_of(job, FAILURE));
    encode_string(&Sha256::digest(text)[..10])
}

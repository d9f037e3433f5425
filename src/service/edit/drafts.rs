//! Drafts: what someone typed and has not saved, kept for them alone. A draft changes no job and is not audited.

use base16ct::lower::encode_string;
use sha2::{Digest, Sha256};

use super::request::EditRequest;
use crate::clock::unix_millis;
use crate::domain::access::{Action, Operator};
use crate::domain::job::JobId;
use crate::domain::json::Document;
use crate::domain::queue::QueueId;
use crate::service::Services;
use crate::service::error::ServiceError;
use crate::service::large_texts::blocking::run_blocking;
use crate::store::records::drafts::{DraftWritten, LARGEST_DRAFT, StoredDraft};

/// A draft that was kept before.
#[derive(Debug)]
pub struct KeptDraft {
    /// What the person wants to store.
    pub request: EditRequest,
    /// Which draft it is.
    pub stamp: DraftStamp,
}

/// Which draft, and since when.
#[derive(Debug, Clone, Default)]
pub struct DraftStamp {
    /// Another one says that the draft was changed.
    pub mark: String,
    /// When it was kept, Unix milliseconds.
    pub kept: u64,
}

/// What became of a draft.
#[derive(Debug)]
pub enum DraftKept {
    /// It is kept.
    Kept(DraftStamp),
    /// Another window of the same person kept another draft since this one was opened.
    Other(DraftStamp),
    /// It is too large, there are too many, or the job is gone.
    NotKept,
}

impl Services {
    /// Someone's own draft of an edit of a job.
    pub async fn own_draft(
        &self,
        operator: &Operator,
        queue: &QueueId,
        id: &JobId,
    ) -> Result<Option<KeptDraft>, ServiceError> {
        self.check_may(operator, Action::EditData, queue, Some(id))
            .await?;
        let draft = self.store.draft(operator.name(), queue, id).await?;
        let draft = match draft {
            Some(draft) => Some(self.shown_draft(operator, (queue, id), draft).await?),
            None => None,
        };
        Ok(draft.map(|draft| KeptDraft {
            stamp: DraftStamp {
                mark: draft.mark,
                kept: draft.kept,
            },
            request: EditRequest {
                seen: draft.seen,
                opened: draft.opened.into(),
                text: draft.text.into(),
                reason: draft.reason,
            },
        }))
    }

    /// The draft without values that its owner may not see any more.
    async fn shown_draft(
        &self,
        operator: &Operator,
        (queue, id): (&QueueId, &JobId),
        mut draft: StoredDraft,
    ) -> Result<StoredDraft, ServiceError> {
        if self.sight(operator, queue).await.shows_all() {
            return Ok(draft);
        }
        let job = self.store.stored_job(queue, id, 0).await?;
        let sight = self.sight(operator, queue).await;
        let hiding = match job {
            Some(job) => sight.of_job(&job.name),
            None => sight.of_any_job().clone(),
        };
        if hiding.is_nothing() {
            return Ok(draft);
        }
        run_blocking(draft.opened.len() + draft.text.len(), move || {
            let opened = hiding.mask_text(draft.opened.clone());
            // It was kept with masks, by someone who could not see more.
            if opened == draft.opened {
                return draft;
            }
            draft.text = match Document::parse(&draft.text) {
                Ok(_) => hiding.mask_text(draft.text),
                Err(_) => opened.clone(),
            };
            draft.reason = hiding
                .values(Some(draft.opened.as_bytes()))
                .in_text(&draft.reason)
                .into_owned();
            draft.opened = opened;
            draft
        })
        .await
    }

    /// Keeps a draft that goes on from the one with the mark `from`; an empty mark is none.
    pub async fn keep_draft(
        &self,
        operator: &Operator,
        (queue, id): (&QueueId, &JobId),
        request: &EditRequest,
        from: &str,
    ) -> Result<DraftKept, ServiceError> {
        self.check_may(operator, Action::EditData, queue, Some(id))
            .await?;
        let size = request.opened.len() + request.text.len() + request.reason.len();
        if size > LARGEST_DRAFT {
            return Ok(DraftKept::NotKept);
        }
        let draft = StoredDraft {
            mark: mark_of(request),
            kept: unix_millis(),
            seen: request.seen.clone(),
            opened: request.opened.to_string(),
            text: request.text.to_string(),
            reason: request.reason.clone(),
        };
        let user = operator.name();
        let job = (queue, id);
        Ok(
            match self.store.keep_draft(user, job, &draft, from).await? {
                DraftWritten::Kept => DraftKept::Kept(DraftStamp {
                    mark: draft.mark,
                    kept: draft.kept,
                }),
                DraftWritten::Full | DraftWritten::Gone => DraftKept::NotKept,
                DraftWritten::Other => match self.store.draft(user, queue, id).await? {
                    Some(other) => DraftKept::Other(DraftStamp {
                        mark: other.mark,
                        kept: other.kept,
                    }),
                    None => DraftKept::NotKept,
                },
            },
        )
    }

    /// Drops someone's draft with this mark; another one of theirs stays.
    pub async fn drop_draft(
        &self,
        operator: &Operator,
        queue: &QueueId,
        id: &JobId,
        mark: &str,
    ) -> Result<(), ServiceError> {
        self.check_may(operator, Action::EditData, queue, Some(id))
            .await?;
        let dropped = self.store.drop_draft(operator.name(), (queue, id), mark);
        Ok(dropped.await?)
    }
}

/// A draft with the same content has the same mark, in whatever window it was typed.
fn mark_of(request: &EditRequest) -> String {
    let mut digest = Sha256::new();
    for part in [request.seen.as_str(), &request.text, &request.reason] {
        digest.update((part.len() as u64).to_le_bytes());
        digest.update(part);
    }
    encode_string(&digest.finalize()[..16])
}

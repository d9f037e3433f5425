//! What the audit log keeps of a job that an operation removes: nothing goes that its entry does not hold.

use base16ct::lower::encode_string;
use sha1::{Digest, Sha1};

use crate::domain::access::Permit;
use crate::domain::access::permission::Operate;
use crate::domain::audit::action::AuditOutcome;
use crate::domain::audit::unrecorded::UnrecordedEntry;
use crate::domain::job::job_ref::JobRef;
use crate::domain::job::{Revision, StoredJob};
use crate::domain::queue::QueueId;
use crate::service::Services;
use crate::service::edit::recorded_change::keep_removed;
use crate::service::error::ServiceError;
use crate::service::large_texts::blocking::run_blocking;

impl Services {
    /// The entry with the reason and the data that goes with the job, and what the script compares that data with: nothing
    /// goes that the entry does not hold, so a job stays whose data is larger than may be edited, or holds what has to be
    /// hidden where that can't be found.
    pub(super) async fn keep_what_goes(
        &self,
        permit: &Permit<Operate>,
        entry: UnrecordedEntry<Operate>,
        reason: &str,
    ) -> Result<(UnrecordedEntry<Operate>, Option<String>), ServiceError> {
        let JobRef { queue, id } = &permit.target().job;
        let limit = self.rules.max_data_bytes;
        let Some((job, _room)) = self.job_in_room(queue, id).await? else {
            // There is none. One that is added by now stays, since the entry does not have its data.
            let reason = self.kept_reason(reason, Vec::new).await?;
            return Ok((entry.reason(&reason), Some("none".to_owned())));
        };
        let entry = entry.in_state(job.state);
        if job.size > limit || job.lacks_data {
            let entry = entry.reason(&self.kept_reason(reason, Vec::new).await?);
            if job.lacks_data {
                return Ok((named(entry, &job), Some("none".to_owned())));
            }
            let size = job.size;
            let why = format!("the stored data has {size} bytes, and {limit} are allowed");
            self.note_invalid(&entry, why).await;
            return Err(ServiceError::TooLarge { size, limit });
        }
        let name = job.name.clone();
        let kept = self
            .keep_data_of(entry.clone(), (queue, &name), Some(job.data), reason)
            .await;
        match kept {
            Err(ServiceError::Unkept(not_kept)) => {
                let entry = entry.reason(&self.kept_reason(reason, Vec::new).await?);
                self.note_invalid(&entry, not_kept.to_string()).await;
                Err(ServiceError::Unkept(not_kept))
            }
            kept => kept.map(|(entry, digest)| (entry, Some(digest))),
        }
    }

    /// The entry with the reason and a job's name and data, which go with the job, and what the script compares the data with.
    pub(crate) async fn keep_data_of(
        &self,
        entry: UnrecordedEntry<Operate>,
        (queue, name): (&QueueId, &str),
        data: Option<Vec<u8>>,
        reason: &str,
    ) -> Result<(UnrecordedEntry<Operate>, String), ServiceError> {
        let entry = entry.noting_also(format!("job name {name:?}"));
        let Some(data) = data else {
            let reason = self.kept_reason(reason, Vec::new).await?;
            return Ok((entry.reason(&reason), "none".to_owned()));
        };
        let redactor = self.redactor_for(queue, Some(name)).await?;
        let entry = entry.data_before(redactor.seal(Revision::of(&data).as_str()));
        let (size, why) = (data.len(), reason.to_owned());
        let work = move || {
            let digest = encode_string(&Sha1::digest(&data));
            keep_removed(&data, &why, &redactor).map(|kept| (kept, digest))
        };
        match run_blocking(size, work).await? {
            Ok(((kept, reason), digest)) => Ok((kept.put_in(entry).reason(&reason), digest)),
            Err(not_kept) => Err(ServiceError::Unkept(not_kept)),
        }
    }

    async fn note_invalid(&self, entry: &UnrecordedEntry<Operate>, why: String) {
        let entry = entry.as_entry().without_change(AuditOutcome::Invalid);
        self.note(&entry.because(why)).await;
    }
}

fn named(entry: UnrecordedEntry<Operate>, job: &StoredJob) -> UnrecordedEntry<Operate> {
    entry.noting_also(format!("job name {:?}", job.name))
}

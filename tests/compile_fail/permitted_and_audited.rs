//! What the other files lack: a permit for the action, and the entry of it. This one compiles.

use bullkeeper::domain::access::permission::Retry;
use bullkeeper::domain::access::{Denied, Operator};
use bullkeeper::domain::job::JobRef;
use bullkeeper::write_gate::{Act, AuditOutcome, Recorded, Store, UnrecordedEntry};

pub async fn retry(store: &Store, operator: &Operator, target: JobRef) -> Result<(), Denied> {
    let permit = operator.permit::<Retry>(target)?;
    let entry = UnrecordedEntry::new(&permit, Act::RETRY, AuditOutcome::Applied);
    let _ = store.retry(&entry).await;
    let recorded: Option<Recorded<Retry>> = store.record(entry).await.ok();
    drop(recorded);
    Ok(())
}

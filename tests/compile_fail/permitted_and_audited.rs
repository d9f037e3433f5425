//! What the other files lack: a permit for the action, and the entry of it. This one compiles.

use bullkeeper::domain::access::permission::Operate;
use bullkeeper::domain::access::{Denied, Operator};
use bullkeeper::domain::operations::JobOperation;
use bullkeeper::write_gate::{AuditOutcome, Recorded, Store, UnrecordedEntry};

pub async fn operate(store: &Store, operator: &Operator, target: JobOperation) -> Result<(), Denied> {
    let permit = operator.permit::<Operate>(target)?;
    let entry = UnrecordedEntry::operation(&permit, AuditOutcome::Applied);
    let _ = store.operate(&entry, &[]).await;
    let recorded: Option<Recorded<Operate>> = store.record(entry).await.ok();
    drop(recorded);
    Ok(())
}

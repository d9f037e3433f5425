//! A permit to drain a queue does not permit an operation of another kind on it.

use bullkeeper::domain::access::Permit;
use bullkeeper::domain::access::permission::DrainQueue;
use bullkeeper::write_gate::{Act, AuditOutcome, Store, UnrecordedEntry};

async fn operate(store: &Store, permit: &Permit<DrainQueue>) {
    let entry = UnrecordedEntry::new(permit, Act::DELETE_JOBS, AuditOutcome::Applied);
    let _ = store.operate_queue(&entry, &[]).await; //~ E0308 expected `&UnrecordedEntry<OperateQueue>`, found `&UnrecordedEntry<DrainQueue>`
}

//! A permit to edit a job's data does not permit an operation on it.

use bullkeeper::domain::access::Permit;
use bullkeeper::domain::access::permission::EditData;
use bullkeeper::write_gate::{Act, AuditOutcome, Store, UnrecordedEntry};

async fn operate(store: &Store, permit: &Permit<EditData>) {
    let entry = UnrecordedEntry::new(permit, Act::EDIT, AuditOutcome::Applied);
    let _ = store.operate(&entry, &[]).await; //~ E0308 expected `&UnrecordedEntry<Operate>`, found `&UnrecordedEntry<EditData>`
}

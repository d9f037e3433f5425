//! A write takes an entry, and an entry takes a permit: an operator alone is not enough.

use bullkeeper::domain::access::Operator;
use bullkeeper::write_gate::{AuditOutcome, Store, UnrecordedEntry};

async fn operate(store: &Store, operator: &Operator) {
    let entry = UnrecordedEntry::operation(operator, AuditOutcome::Applied); //~ E0308 expected `&Permit<Operate>`, found `&Operator`
    let _ = store.operate(&entry, &[]).await;
}

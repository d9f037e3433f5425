//! A write takes an entry, and an entry takes a permit: an operator alone is not enough.

use bullkeeper::domain::access::Operator;
use bullkeeper::write_gate::{Act, AuditOutcome, Store, UnrecordedEntry};

async fn retry(store: &Store, operator: &Operator) {
    let entry = UnrecordedEntry::new(operator, Act::RETRY, AuditOutcome::Applied); //~ E0308 expected `&Permit<Retry>`, found `&Operator`
    let _ = store.retry(&entry).await;
}

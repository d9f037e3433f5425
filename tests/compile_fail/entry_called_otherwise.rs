//! A retry can't be recorded as an edit.

use bullkeeper::domain::access::Permit;
use bullkeeper::domain::access::permission::Operate;
use bullkeeper::write_gate::{Act, AuditOutcome, UnrecordedEntry};

fn entry(permit: &Permit<Operate>) {
    let _ = UnrecordedEntry::new(permit, Act::EDIT, AuditOutcome::Applied); //~ E0308 expected `Act<Operate>`, found `Act<EditData>`
}

//! Only `Operator::permit` makes a permit.

use bullkeeper::domain::access::permission::Retry;
use bullkeeper::domain::access::{Operator, Permit};
use bullkeeper::domain::job::JobRef;

fn permit(by: Operator, target: JobRef) -> Permit<Retry> {
    Permit { by, target } //~ E0451 private field
}

//! Only `Operator::permit` makes a permit.

use bullkeeper::domain::access::permission::Operate;
use bullkeeper::domain::access::{Operator, Permit};
use bullkeeper::domain::operations::JobOperation;

fn permit(by: Operator, target: JobOperation) -> Permit<Operate> {
    Permit { by, target } //~ E0451 private field
}

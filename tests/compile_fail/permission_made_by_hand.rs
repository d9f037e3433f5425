//! No other type can be a permission, say one that any role has.

use bullkeeper::domain::access::Action;
use bullkeeper::domain::access::permission::Permission;
use bullkeeper::domain::job::job_ref::JobRef;

#[derive(Debug, Clone)]
enum Mine {}

impl Permission for Mine { //~ E0277 unsatisfied trait bound
    type Target = JobRef;

    fn action(_: &JobRef) -> Action {
        Action::View
    }
}

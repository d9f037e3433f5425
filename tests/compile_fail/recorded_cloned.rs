//! A `Recorded` cannot be cloned.

use bullkeeper::domain::access::permission::Operate;
use bullkeeper::write_gate::Recorded;

pub fn copied(recorded: &Recorded<Operate>) -> Recorded<Operate> {
    recorded.clone() //~ E0308 expected `Recorded<Operate>`, found `&Recorded<Operate>`
}

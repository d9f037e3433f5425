//! What was recorded once is not copied either.

use bullkeeper::domain::access::permission::Retry;
use bullkeeper::write_gate::Recorded;

pub fn copied(recorded: &Recorded<Retry>) -> Recorded<Retry> {
    recorded.clone() //~ E0308 expected `Recorded<Retry>`, found `&Recorded<Retry>`
}

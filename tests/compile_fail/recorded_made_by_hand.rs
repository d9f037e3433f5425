//! Only what is in the log is recorded.

use bullkeeper::domain::access::permission::Retry;
use bullkeeper::write_gate::{Recorded, UnrecordedEntry};

fn recorded(entry: UnrecordedEntry<Retry>) -> Recorded<Retry> {
    Recorded { entry } //~ E0451 private field
}

//! Only what is in the log is recorded.

use bullkeeper::domain::access::permission::Operate;
use bullkeeper::write_gate::{Recorded, UnrecordedEntry};

fn recorded(entry: UnrecordedEntry<Operate>) -> Recorded<Operate> {
    Recorded { entry } //~ E0451 private field
}

//! What was recorded once is good for one write.

use bullkeeper::domain::access::permission::Retry;
use bullkeeper::write_gate::Recorded;

fn write(_recorded: Recorded<Retry>) {}

fn twice(recorded: Recorded<Retry>) {
    write(recorded);
    write(recorded); //~ E0382 value used here after move
}

//! A `Recorded` is good for one write.

use bullkeeper::domain::access::permission::Operate;
use bullkeeper::write_gate::Recorded;

fn write(_recorded: Recorded<Operate>) {}

fn twice(recorded: Recorded<Operate>) {
    write(recorded);
    write(recorded); //~ E0382 value used here after move
}

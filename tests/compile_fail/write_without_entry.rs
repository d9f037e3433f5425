//! A permit alone is not enough for a write: it takes the entry that is written with it.

use bullkeeper::domain::access::Permit;
use bullkeeper::domain::access::permission::Operate;
use bullkeeper::write_gate::Store;

async fn operate(store: &Store, permit: &Permit<Operate>) {
    let _ = store.operate(permit, &[]).await; //~ E0308 expected `&UnrecordedEntry<Operate>`, found `&Permit<Operate>`
}

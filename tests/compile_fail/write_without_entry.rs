//! A permit alone is not enough for a write: it takes the entry that is written with it.

use bullkeeper::domain::access::Permit;
use bullkeeper::domain::access::permission::Retry;
use bullkeeper::write_gate::Store;

async fn retry(store: &Store, permit: &Permit<Retry>) {
    let _ = store.retry(permit).await; //~ E0308 expected `&UnrecordedEntry<Retry>`, found `&Permit<Retry>`
}

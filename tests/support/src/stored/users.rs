//! Users as Bullkeeper stores them, all with one password, whose hash is ready: a hash takes 50 ms of computing, and most tests
//! are about something else.

use bullkeeper::config::Settings;
use bullkeeper::domain::access::permission::ManageUsers;
use bullkeeper::domain::access::scope::Scope;
use bullkeeper::domain::access::{Operator, Role};
use bullkeeper::write_gate::{Act, AuditOutcome, Store, UnrecordedEntry, User, UserWritten};

use crate::redis::TestRedis;
use crate::wait::{eventually, now};

/// Everybody's password.
pub const PASSWORD: &str = "a long passphrase for tests";

/// Its hash, with the parameters of today. A hash with others would be replaced at the first sign-in.
pub const PASSWORD_HASH: &str = "$argon2id$v=19$m=47104,t=1,p=1$65wyicrdHppAy8OeMNm4lg$JrXM2q3+soBoopPA93FicOf7OWSyETf/RPDCYsvd4Ls";

/// Makes a user of each role, named like the role.
pub async fn make_users(redis: &TestRedis) {
    let store = store_on(redis);
    for &role in Role::ALL {
        add_user(&store, role.name(), role, Scope::everything()).await;
    }
}

/// The store of a Bullkeeper on this Redis, which has time to answer.
pub(crate) fn store_on(redis: &TestRedis) -> Store {
    let settings = [("redis", redis.url()), ("redis_timeout", "20s".to_owned())];
    let pairs = settings
        .each_ref()
        .map(|(name, value)| (*name, value.as_str()));
    bullkeeper::serve::open_store(&Settings::from_pairs(&pairs).unwrap()).unwrap()
}

/// Adds a user, with the audit entry that the command line's `user add` writes.
pub(crate) async fn add_user(store: &Store, name: &str, role: Role, scope: Scope) {
    // On a busy machine a connection may take longer than the program waits for one at a time.
    eventually("the store is connected", || async {
        store.ping().await.is_ok()
    })
    .await;
    let permit = Operator::console().permit::<ManageUsers>(()).unwrap();
    let entry = UnrecordedEntry::new(&permit, Act::ADD, AuditOutcome::Applied)
        .about_user(name)
        .noting(format!("{role} for {scope}"));
    let user = User {
        name: name.to_owned(),
        role,
        scope,
        password_hash: PASSWORD_HASH.to_owned(),
        disabled: false,
        stamp: format!("{name} {}", now()),
        id: User::new_id(),
    };
    let written = store.write_user(&entry, &user, "").await;
    assert_eq!(written.unwrap(), UserWritten::Done, "{name}");
}

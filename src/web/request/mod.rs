//! What happens to every request before its handler runs and to every answer.

pub(crate) mod address;
pub(crate) mod client;
pub(crate) mod forms;
pub(crate) mod fresh_password;
pub(crate) mod health;
pub(crate) mod notices;
pub(crate) mod query_error;
pub(crate) mod queue_set;
pub(crate) mod security;
pub(crate) mod session;
pub(crate) mod told;
pub(crate) mod untrusted_proxy;

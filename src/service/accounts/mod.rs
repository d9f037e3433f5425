//! Accounts: sign-in, passwords, limits on guessing, users, and the first admin.

pub(crate) mod first_admin;
pub(crate) mod first_admin_link;
pub mod fresh_password;
pub(crate) mod guess_limits;
pub mod notices;
pub(crate) mod password_rules;
pub(crate) mod passwords;
pub(crate) mod session;
pub(crate) mod sign_in;
pub(crate) mod token;
pub mod users;
pub(crate) mod verify_turns;

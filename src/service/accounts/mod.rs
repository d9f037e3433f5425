//! Who may come in: sign-in, passwords, limits of guessing, users, the first admin.

pub mod first_admin;
pub(crate) mod guess_limits;
pub mod password_rules;
pub mod passwords;
pub mod sign_in;
pub mod token;
pub mod users;
pub(crate) mod verify_turns;

//! Pages to sign in, to see one's own account, and to make the first admin.

pub(crate) mod first_admin;
pub(crate) mod own_account;
pub(crate) mod sign_in;

//! What a person is allowed in general.

use std::fmt;

use strum::{EnumString, IntoStaticStr, VariantArray};

/// What a person is allowed in general. Each role may do what the one before may.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, IntoStaticStr, VariantArray, EnumString,
)]
#[strum(serialize_all = "kebab-case", parse_err_ty = String, parse_err_fn = no_role)]
pub enum Role {
    /// Reads.
    Viewer,
    /// Also repairs and retries, and sees the audit log of their own queues.
    Operator,
    /// Also sees the whole audit log, acts on whole versions and manages users.
    Admin,
}

impl Role {
    /// All roles, least first.
    pub const ALL: &'static [Self] = <Self as VariantArray>::VARIANTS;

    /// The role's name.
    pub fn name(self) -> &'static str {
        self.into()
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// What is said of a text that names no role.
fn no_role(text: &str) -> String {
    format!("there is no role {text:?}; the roles are viewer, operator and admin")
}

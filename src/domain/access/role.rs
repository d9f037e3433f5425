//! Roles: what a user is allowed in general.

use std::fmt;

use strum::{EnumString, IntoStaticStr, VariantArray};

/// What a user is allowed to do. Each role may do all that the one before may.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, IntoStaticStr, VariantArray, EnumString,
)]
#[strum(serialize_all = "kebab-case", parse_err_ty = String, parse_err_fn = no_role)]
pub enum Role {
    /// Sees everything in their scope and changes nothing.
    Viewer,
    /// Also edits jobs and does operations on them, and reads the audit log of their queues.
    Operator,
    /// Also reads the whole audit log, pins, moves and retires versions, and manages users.
    Admin,
}

impl Role {
    /// All roles, from the least.
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

/// The error for a text that names no role.
fn no_role(text: &str) -> String {
    format!("there is no role {text:?}; the roles are viewer, operator and admin")
}

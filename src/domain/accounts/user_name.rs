//! What a user can be called.

/// Whether `name` can be a user's: it goes into keys and tables, and people tell names apart. Earlier releases let users be
/// called like another [`Actor`](crate::domain::access::Actor); such a user can still sign in, so this says yes.
pub(crate) fn is_name(name: &str) -> bool {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '@' | '-');
    (1..=64).contains(&name.len())
        && name.starts_with(|c: char| c.is_ascii_alphanumeric())
        && name.chars().all(allowed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_users_name_is_short_and_plain() {
        for name in ["ann", "Ann.B", "ann@example.com", "7"] {
            assert!(is_name(name), "{name}");
        }
        for name in ["", ".ann", "ann b", "a:b", "ü", &"x".repeat(65)] {
            assert!(!is_name(name), "{name}");
        }
    }
}

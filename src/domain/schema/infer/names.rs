//! Which names of members are data.

/// Whether a name is an id, a number, a date or an address rather than a word that someone chose.
pub(super) fn is_id(name: &str) -> bool {
    let digits = name.chars().filter(char::is_ascii_digit).count();
    let is_number = digits > 0 && digits == name.len();
    let is_hex = name.len() >= 8
        && digits > 0
        && name
            .chars()
            .all(|one| one.is_ascii_hexdigit() || one == '-');
    is_number || is_hex || name.contains('@') || (digits >= 4 && digits * 2 >= name.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_told_from_words() {
        for id in [
            "1",
            "2093",
            "018f2a7e-0000-7000-8000-000000000001",
            "5f9d88b3c1",
            "2030-01-31",
            "ann@example.com",
            "cus_20931",
            "INV-1041",
        ] {
            assert!(is_id(id), "{id}");
        }
        for word in [
            "",
            "id",
            "line1",
            "address_2",
            "deadbeef",
            "sha256",
            "x",
            "H264",
        ] {
            assert!(!is_id(word), "{word}");
        }
    }
}

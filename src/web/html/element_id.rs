//! The ids of elements that stay with what they show, so that each is changed in place.

use base16ct::lower::encode_string;
use sha2::{Digest, Sha256};

/// The id of the element that shows what these texts name together, on a page where no other kind has this letter.
pub(crate) fn element_id(letter: char, names: &[&str]) -> String {
    let mut digest = Sha256::new();
    for name in names {
        digest.update((name.len() as u64).to_le_bytes());
        digest.update(name);
    }
    format!("{letter}{}", encode_string(&digest.finalize()[..10]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_tells_names_apart_however_they_are_parted() {
        let id = |names: &[&str]| element_id('r', names);
        assert_eq!(id(&["bull", "email"]), id(&["bull", "email"]));
        assert_ne!(id(&["bull", "email"]), id(&["bul", "lemail"]));
        assert_eq!(id(&[]).len(), 21);
    }
}

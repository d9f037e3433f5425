//! Which passwords are accepted: long enough, and not among those that are guessed first. There are no rules about kinds of
//! characters (NIST SP 800-63B).

/// The least length, in characters (OWASP, NIST SP 800-63B); 15 is advised.
pub(crate) const LEAST: usize = 8;

/// The greatest length, in characters: well over 64, so that a passphrase fits, and bounded, so that hashing is.
pub(crate) const MOST: usize = 512;

/// A password that is found within this many guesses is refused. The 30,000 most common passwords are among them, also
/// reversed, with capitals, with `@` for `a`, or with an added digit; so are repeated characters and words, runs of
/// letters, digits or keys, and dates. Eight random letters take a hundred times as many guesses.
const GUESSES: u64 = 1_000_000;

/// The product's name, which is guessed early here.
const PRODUCT: &str = "bullkeeper";

/// Why a password is not accepted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadPassword {
    /// Shorter than [`LEAST`].
    #[error("the password has {0} characters; at least {LEAST} are needed, and 15 are advised")]
    Short(usize),
    /// Longer than [`MOST`].
    #[error("the password has {0} characters; at most {MOST} are taken")]
    Long(usize),
    /// Only white space.
    #[error(
        "the password is blank; choose one with visible characters, such as a few unrelated words"
    )]
    Blank,
    /// One character or a short text, repeated.
    #[error(
        "the password repeats the same few characters; choose something longer without a pattern, such as a few unrelated words"
    )]
    Repeated,
    /// Among the passwords that are tried first.
    #[error(
        "this password is among the most common ones, or a small change of one; choose a few unrelated words"
    )]
    Common,
    /// A run of letters, digits or keys, a date, or another pattern.
    #[error(
        "this password is easy to guess; choose something longer without a pattern, such as a few unrelated words"
    )]
    Guessable,
    /// The user's name, or little more than it.
    #[error(
        "the password may not be the user's name or a small change of it; choose a few unrelated words"
    )]
    Name,
}

/// Checks a new password for the user `name`. Takes some milliseconds of CPU, bounded by [`MOST`].
pub(crate) fn check(name: &str, password: &str) -> Result<(), BadPassword> {
    let length = password.chars().count();
    if length > MOST {
        return Err(BadPassword::Long(length));
    }
    if length < LEAST {
        return Err(BadPassword::Short(length));
    }
    if password.trim().is_empty() {
        return Err(BadPassword::Blank);
    }
    if password.to_lowercase() == name.to_lowercase() {
        return Err(BadPassword::Name);
    }
    let weighed = zxcvbn::zxcvbn(password, &[name, PRODUCT]);
    if weighed.guesses() >= GUESSES {
        return Ok(());
    }
    Err(why_guessed(&weighed, name))
}

/// Why a password is easy to guess, by the pattern that covers most of it.
fn why_guessed(weighed: &zxcvbn::Entropy, name: &str) -> BadPassword {
    use zxcvbn::matching::patterns::MatchPattern;
    let longest = weighed
        .sequence()
        .iter()
        .max_by_key(|found| found.token.chars().count());
    match longest.map(|found| (&found.pattern, &found.token)) {
        Some((MatchPattern::Repeat(_), _)) => BadPassword::Repeated,
        Some((MatchPattern::Dictionary(word), _)) if word.matched_word == name.to_lowercase() => {
            BadPassword::Name
        }
        Some((MatchPattern::Dictionary(_), _)) => BadPassword::Common,
        _ => BadPassword::Guessable,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_password_is_neither_too_short_nor_too_long() {
        assert_eq!(check("ann", "short"), Err(BadPassword::Short(5)));
        assert_eq!(check("ann", &"x".repeat(513)), Err(BadPassword::Long(513)));
        // Characters count, not bytes.
        assert_eq!(check("ann", "日本語日本"), Err(BadPassword::Short(5)));
    }

    #[test]
    fn what_is_guessed_first_is_refused_with_its_reason() {
        for (password, why) in [
            ("Password123", BadPassword::Common),
            ("p@ssw0rd", BadPassword::Common),
            ("drowssap", BadPassword::Common),
            ("iloveyou1", BadPassword::Common),
            ("Bullkeeper1", BadPassword::Common),
            ("aaaaaaaa", BadPassword::Repeated),
            ("abababababababab", BadPassword::Repeated),
            ("hunter2hunter2", BadPassword::Repeated),
            ("        ", BadPassword::Blank),
            ("\u{a0}\u{2003}\t      ", BadPassword::Blank),
            ("10102020", BadPassword::Guessable),
            ("AnnaBella", BadPassword::Name),
            ("annabella1", BadPassword::Name),
            ("@nnabell@", BadPassword::Name),
        ] {
            assert_eq!(check("annabella", password), Err(why), "{password:?}");
        }
    }

    #[test]
    fn any_other_password_is_taken_whatever_characters_it_holds() {
        let long = "long enough and without a pattern ".repeat(8);
        for password in [
            "kzqtrwpv",
            "t7Gq9xPw",
            "ünïcödeü",
            "correct horse",
            "    x  y  q  z   7",
            &long,
        ] {
            assert_eq!(check("ann", password), Ok(()), "{password:?}");
        }
    }
}

//! Texts without white space around them, otherwise as they are written.

/// A string token without the white space around its text, escapes and all; `None` if there is none or nothing else.
pub(super) fn without_space_around(token: &str) -> Option<String> {
    let body = token.strip_prefix('"')?.strip_suffix('"')?;
    let mut rest = body;
    // The first byte that is no white space, and the end of the last such character.
    let (mut start, mut end) = (None, 0);
    while let Some(first) = rest.chars().next() {
        let (length, is_space) = match first {
            '\\' => escape(rest),
            other => (other.len_utf8(), other.is_whitespace()),
        };
        let at = body.len() - rest.len();
        rest = rest.get(length..)?;
        if !is_space {
            start.get_or_insert(at);
            end = at + length;
        }
    }
    let trimmed = &body[start?..end];
    (trimmed.len() < body.len()).then(|| format!("\"{trimmed}\""))
}

/// The length of the escape that `rest` begins with, and whether it stands for white space.
fn escape(rest: &str) -> (usize, bool) {
    let Some(hex) = rest.strip_prefix("\\u").and_then(|hex| hex.get(..4)) else {
        let is_space = ["\\n", "\\r", "\\t", "\\f"]
            .iter()
            .any(|one| rest.starts_with(one));
        return (2, is_space);
    };
    let unit = u32::from_str_radix(hex, 16).ok();
    let is_space = unit
        .and_then(char::from_u32)
        .is_some_and(char::is_whitespace);
    (6, is_space)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn white_space_is_taken_from_the_ends_and_nothing_else_changes() {
        for (token, trimmed) in [
            (r#"" a b ""#, Some(r#""a b""#)),
            (r#""\t\u00e9 \u0020\n""#, Some(r#""\u00e9""#)),
            (r#""a\\ ""#, Some(r#""a\\""#)),
            (r#""\ud83d\ude00\u00a0""#, Some(r#""\ud83d\ude00""#)),
            ("\"\u{a0}ü\"", Some("\"ü\"")),
            (r#""a""#, None),
            (r#""  ""#, None),
            (r#""""#, None),
            ("12", None),
        ] {
            assert_eq!(without_space_around(token).as_deref(), trimmed, "{token}");
        }
    }
}

//! Finds names and their values in a text that is not JSON as a whole: query parameters, form fields, settings, headers,
//! pieces of JSON, and the user information of a URL.

use std::ops::Range;

use percent_encoding::percent_decode_str;

/// The places in `text` of the values whose name `hides` accepts, and of the user information of URLs; in order, without
/// overlaps.
pub(crate) fn hidden_places(text: &str, hides: impl Fn(&str) -> bool) -> Vec<Range<usize>> {
    let mut places = user_infos(text);
    let mut end = 0;
    for (at, sign) in text.match_indices(['=', ':', '＝', '：']) {
        if at >= end && has_hidden_name(&text[..at], &hides) {
            let place = value_after(text, at + sign.len(), sign);
            end = place.end;
            places.push(place);
        }
    }
    places.retain(|place| !place.is_empty());
    places.sort_by_key(|place| (place.start, std::cmp::Reverse(place.end)));
    let mut end = 0;
    places.retain_mut(|place| {
        place.start = place.start.max(end);
        end = end.max(place.end);
        place.start < place.end
    });
    places
}

/// Whether the text before a sign ends in a name to hide, or in a path whose last steps are one: `user[password]`,
/// `db.password`.
fn has_hidden_name(before: &str, hides: &impl Fn(&str) -> bool) -> bool {
    let is_around = |c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '`' | '\\');
    let before = before.trim_end_matches(is_around);
    let is_name =
        |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '%' | '+' | '[' | ']' | '$');
    let start = before
        .char_indices()
        .rev()
        .take(LONGEST_NAME)
        .take_while(|(_, c)| is_name(*c))
        .last();
    let Some((start, _)) = start else {
        return false;
    };
    let name = percent_decode_str(&before[start..]).decode_utf8_lossy();
    let name = name.trim_matches(['-', '.', '$']);
    hides(name)
        || name
            .split(['.', '[', ']'])
            .any(|step| !step.is_empty() && hides(step))
}

/// The longest name that is checked, in characters, so that the time stays proportional to the text's length.
const LONGEST_NAME: usize = 128;

/// The value after a sign: in quotes, or up to the character that ends it.
fn value_after(text: &str, from: usize, sign: &str) -> Range<usize> {
    let rest = &text[from..];
    let blank = rest.len() - rest.trim_start_matches([' ', '\t', '\\']).len();
    let rest = &rest[blank..];
    let from = from + blank;
    if let Some(quote) = rest
        .chars()
        .next()
        .filter(|c| matches!(c, '"' | '\'' | '`'))
    {
        let inner = &rest[1..];
        // In JSON inside a string, the quotes themselves are escaped.
        let is_inside = text[..from].ends_with('\\');
        let mut escaped = false;
        let end = inner.find(|c: char| {
            if is_inside {
                return c == quote || c == '\\';
            }
            let ends = c == quote && !escaped;
            escaped = c == '\\' && !escaped;
            ends
        });
        let end = end.unwrap_or(inner.len());
        return from + 1..from + 1 + end;
    }
    // A header's value may hold spaces; a parameter's may not.
    let ends = |c: char| match c {
        '&' | ';' | ',' | '#' | '"' | '\'' | '`' | '<' | '>' | '}' | '\r' | '\n' => true,
        c if c.is_whitespace() => sign.starts_with(['=', '＝']),
        _ => false,
    };
    from..from + rest.find(ends).unwrap_or(rest.len())
}

/// The text between `://` and `@` of every URL.
fn user_infos(text: &str) -> Vec<Range<usize>> {
    let mut places = Vec::new();
    for (at, mark) in text.match_indices("://") {
        let from = at + mark.len();
        let ends =
            |c: char| c.is_whitespace() || matches!(c, '/' | '?' | '#' | '"' | '\'' | '<' | '>');
        let authority = text[from..].split(ends).next().unwrap_or_default();
        if let Some(end) = authority.rfind('@') {
            places.push(from..from + end);
        }
    }
    places
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_found_by_their_names_wherever_they_stand() {
        for (text, hidden) in [
            ("https://x.example/a?id=1&token=abc&z=2#f", vec!["abc"]),
            ("https://x.example/?%74oken=abc", vec!["abc"]),
            ("https://ann:pw@x.example/?q=1", vec!["ann:pw"]),
            ("redis://:pw@host:6379/0", vec![":pw"]),
            ("token=abc;id=1", vec!["abc"]),
            ("user[token]=abc&user[name]=x", vec!["abc"]),
            ("--token=abc --x", vec!["abc"]),
            ("Token: Bearer abc\r\nHost: x", vec!["Bearer abc"]),
            (
                "{\"token\": \"a\\\"bc\", \"x\": 1} trailing",
                vec!["a\\\"bc"],
            ),
            ("{\\\"token\\\":\\\"abc\\\"}", vec!["abc"]),
            ("token = 'a b', x", vec!["a b"]),
            ("tokens=abc and token", vec![]),
            ("at 12:30: fine", vec![]),
            ("token=", vec![]),
        ] {
            let places = hidden_places(text, |name| name.eq_ignore_ascii_case("token"));
            let found: Vec<&str> = places.into_iter().map(|place| &text[place]).collect();
            assert_eq!(found, hidden, "{text}");
        }
    }
}

//! Characters that nobody sees, and that change what stands around them.

/// Whether nobody sees a character: a control character, one that changes the direction of writing (Unicode Standard Annex 9,
/// section 2) or ends a line, or a blank without a width. The joiners of scripts and emoji are not meant.
pub(crate) fn is_hidden(one: &char) -> bool {
    one.is_control()
        || matches!(
            one,
            '\u{61c}' | '\u{200b}' | '\u{200e}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}'
        )
}

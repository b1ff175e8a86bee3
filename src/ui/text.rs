//! Making text harmless: what a log, a server or a file name may hold must not act on the terminal or pretend to be
//! other text. Control characters become visible; nothing is dropped in silence.

use std::borrow::Cow;
use std::fmt::Write;

/// The text with its control characters, direction overrides and invisible characters made visible (`\x1b`, `<U+202E>`).
/// Newlines and tabs are kept; a carriage return before a newline is dropped. Doing it twice changes nothing.
pub fn sanitise(text: &str) -> Cow<'_, str> {
    clean(
        text,
        Keep {
            lines: true,
            colours: false,
        },
    )
}

/// The same for a text that must stay on one line: newlines and tabs become visible as well.
pub fn sanitise_line(text: &str) -> Cow<'_, str> {
    clean(
        text,
        Keep {
            lines: false,
            colours: false,
        },
    )
}

/// The same for what was rendered with a [`super::Style`]: sequences that only set colours are kept.
pub(super) fn sanitise_styled(text: &str) -> Cow<'_, str> {
    clean(
        text,
        Keep {
            lines: true,
            colours: true,
        },
    )
}

/// Whether there is nothing in it that could act on a terminal but newlines.
pub(super) fn is_harmless(text: &str) -> bool {
    !text.chars().any(|c| c != '\n' && harmful(c))
}

/// A JSON document in which every character that [`sanitise`] would change is written as an escape. The values stay the
/// same: outside of strings JSON has none of these characters but newlines.
pub fn escape_json(document: String) -> String {
    if is_harmless(&document) {
        return document;
    }
    let mut escaped = String::with_capacity(document.len() + 16);
    for c in document.chars() {
        if c == '\n' || !harmful(c) {
            escaped.push(c);
        } else {
            let mut units = [0; 2];
            for unit in c.encode_utf16(&mut units) {
                let _ = write!(escaped, "\\u{unit:04x}");
            }
        }
    }
    escaped
}

#[derive(Clone, Copy)]
struct Keep {
    lines: bool,
    colours: bool,
}

fn clean(text: &str, keep: Keep) -> Cow<'_, str> {
    if !text.chars().any(harmful) {
        return Cow::Borrowed(text);
    }
    let mut cleaned = String::with_capacity(text.len() + 16);
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let colour = if keep.colours {
            colour_sequence(rest)
        } else {
            0
        };
        if colour > 0 {
            cleaned.push_str(&rest[..colour]);
            rest = &rest[colour..];
            continue;
        }
        rest = &rest[c.len_utf8()..];
        match c {
            '\n' | '\t' if keep.lines => cleaned.push(c),
            '\r' if keep.lines && rest.starts_with('\n') => {}
            // Writing to a String cannot fail.
            c if harmful(c) => drop(write!(cleaned, "{}", visible(c))),
            c => cleaned.push(c),
        }
    }
    Cow::Owned(cleaned)
}

fn harmful(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}' | '\u{61c}')
}

fn visible(c: char) -> String {
    match c {
        '\n' => "\\n".into(),
        '\t' => "\\t".into(),
        '\r' => "\\r".into(),
        c if u32::from(c) < 0x100 => format!("\\x{:02x}", u32::from(c)),
        c => format!("<U+{:04X}>", u32::from(c)),
    }
}

/// The length of a leading `ESC [ … m`, or 0.
fn colour_sequence(text: &str) -> usize {
    let Some(rest) = text.strip_prefix("\x1b[") else {
        return 0;
    };
    match rest.find(|c: char| !c.is_ascii_digit() && c != ';') {
        Some(end) if rest[end..].starts_with('m') => 2 + end + 1,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NASTY: &str = "a\x1b]0;title\x07b\u{9b}2Jc\x1b[31md\r\ne\tf\u{202e}g\u{200b}h\rI\x7f";

    #[test]
    fn nothing_but_newline_and_tab_acts_on_the_terminal() {
        let clean = sanitise(NASTY);
        assert_eq!(
            clean,
            "a\\x1b]0;title\\x07b\\x9b2Jc\\x1b[31md\ne\tf<U+202E>g<U+200B>h\\rI\\x7f"
        );
        assert!(clean.chars().all(|c| c == '\n' || c == '\t' || !harmful(c)));
        assert_eq!(sanitise(&clean), clean);
        assert!(!sanitise_line(NASTY).chars().any(harmful));
        assert!(matches!(sanitise("plain ünïcode 日本"), Cow::Borrowed(_)));
    }

    #[test]
    fn of_escape_sequences_only_colours_pass_when_styled() {
        let clean = sanitise_styled("\x1b[1;31mred\x1b[0m \x1b[2J \x1b[31 \x1b]8;;x\x07 \x1b[?25l");
        assert_eq!(
            clean,
            "\x1b[1;31mred\x1b[0m \\x1b[2J \\x1b[31 \\x1b]8;;x\\x07 \\x1b[?25l"
        );
    }

    #[test]
    fn escaped_json_says_the_same() {
        let value = serde_json::json!({ "log": NASTY, "n": [1, "\u{2069}"] });
        let document = escape_json(serde_json::to_string_pretty(&value).unwrap());
        assert!(
            !document.chars().any(|c| c != '\n' && harmful(c)),
            "{document}"
        );
        assert_eq!(
            serde_json::from_str::<serde_json::Value>(&document).unwrap(),
            value
        );
    }
}

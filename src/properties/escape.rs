//! Writing a key or a value so that Java reads it back: plain ASCII, everything else as `\uXXXX`.

/// A key as it is written in front of `=`.
pub fn escape_key(key: &str) -> String {
    escape(key, true)
}

/// A value as it is written behind `=`. A leading blank is escaped (Java would skip it); `=`, `:`, `#` and `!` need no
/// escape there, so host lists and URLs stay as people write them.
pub fn escape_value(value: &str) -> String {
    escape(value, false)
}

fn escape(text: &str, key: bool) -> String {
    let mut out = String::with_capacity(text.len());
    for (index, unit) in text.encode_utf16().enumerate() {
        match unit {
            0x20 if key || index == 0 => out.push_str("\\ "),
            0x09 => out.push_str("\\t"),
            0x0a => out.push_str("\\n"),
            0x0c => out.push_str("\\f"),
            0x0d => out.push_str("\\r"),
            0x5c => out.push_str("\\\\"),
            0x3d | 0x3a | 0x23 | 0x21 if key => {
                out.push('\\');
                out.push(char::from(unit as u8));
            }
            0x20..=0x7e => out.push(char::from(unit as u8)),
            _ => out.push_str(&format!("\\u{unit:04X}")),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_stay_readable() {
        assert_eq!(escape_value("wn0:9092,wn1:9092"), "wn0:9092,wn1:9092");
        assert_eq!(escape_value("$Default #1!"), "$Default #1!");
    }

    #[test]
    fn what_java_would_read_differently_is_escaped() {
        assert_eq!(escape_value("  a b"), "\\  a b");
        assert_eq!(escape_value("a\\b\nc"), "a\\\\b\\nc");
        assert_eq!(
            escape_value("é€😀\u{7f}"),
            "\\u00E9\\u20AC\\uD83D\\uDE00\\u007F"
        );
        assert_eq!(escape_key("a b=c:d#e!"), "a\\ b\\=c\\:d\\#e\\!");
    }
}

//! Text from elsewhere: read from the bytes that other programs write, made fit to be shown, and names by somebody else's
//! rule. Leaves only: nothing here knows a system.

use std::borrow::Cow;

/// The text of a file whose writer chose the encoding: PowerShell's `>` writes UTF-16 with a byte order mark, or UTF-8 with
/// one; older editors write Windows-1252. What is neither UTF-16 nor UTF-8 is read byte by byte: the names, addresses and
/// keys that matter are ASCII in all of them.
pub fn decode(bytes: &[u8]) -> Cow<'_, str> {
    let utf16 = |bytes: &[u8], from: fn([u8; 2]) -> u16| {
        let pairs = bytes.chunks_exact(2).map(|pair| from([pair[0], pair[1]]));
        let text = char::decode_utf16(pairs).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER));
        Cow::Owned(text.collect())
    };
    match bytes {
        [0xff, 0xfe, rest @ ..] => utf16(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => utf16(rest, u16::from_be_bytes),
        // the mark was lost: text that begins with an ASCII character has a NUL beside it
        [first, 0, ..] if *first != 0 => utf16(bytes, u16::from_le_bytes),
        [0, second, ..] if *second != 0 => utf16(bytes, u16::from_be_bytes),
        _ => {
            let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
            match std::str::from_utf8(bytes) {
                Ok(text) => Cow::Borrowed(text),
                Err(_) => Cow::Owned(bytes.iter().copied().map(char::from).collect()),
            }
        }
    }
}

/// Text from a node or a server without what could act on a terminal: no control characters, no line breaks.
pub fn printable(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).collect()
}

/// The same of at most `most` characters: a server may answer a whole page.
pub fn printable_start(text: &str, most: usize) -> String {
    text.chars()
        .filter(|c| !c.is_control())
        .take(most)
        .collect()
}

/// What a server said, in an error: the beginning of it.
pub fn plain(text: &str) -> String {
    printable_start(text, 500)
}

/// Checks that `name` has 1 to `most` ASCII letters, digits and `marks`. The error is a sentence for a person about `what`
/// (`device id`); it shows no control character.
pub fn check_name(name: &str, what: &str, marks: &str, most: usize) -> Result<(), String> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || marks.contains(c);
    if name.is_empty() {
        return Err(format!("the {what} is empty"));
    }
    if let Some(wrong) = name.chars().find(|c| !allowed(*c)) {
        return Err(format!(
            "a {what} has only letters, digits and {marks}, not {wrong:?}"
        ));
    }
    if name.len() > most {
        return Err(format!(
            "a {what} has at most {most} characters, this one {}",
            name.len()
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_windows_programs_write_is_read() {
        let utf16 = |mark: &str, to: fn(u16) -> [u8; 2]| {
            let text = format!("{mark}a=ü\r\n");
            text.encode_utf16().flat_map(to).collect::<Vec<u8>>()
        };
        for bytes in [
            utf16("\u{feff}", u16::to_le_bytes),
            utf16("\u{feff}", u16::to_be_bytes),
            utf16("", u16::to_le_bytes),
            utf16("", u16::to_be_bytes),
            "\u{feff}a=ü\r\n".into(),
            "a=ü\r\n".into(),
            b"a=\xfc\r\n".to_vec(),
        ] {
            assert_eq!(decode(&bytes), "a=ü\r\n", "{bytes:?}");
        }
        assert_eq!(decode(b""), "");
    }

    #[test]
    fn control_characters_go_and_the_rest_stays() {
        assert_eq!(printable("a\x1b[2J\r\nb\u{9b}ü"), "a[2Jbü");
        assert_eq!(plain(&"ü".repeat(600)).chars().count(), 500);
    }
}

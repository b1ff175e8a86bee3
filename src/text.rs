//! Text from elsewhere, made fit to be shown, and names by somebody else's rule. Leaves only: nothing here knows a system.

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
    fn control_characters_go_and_the_rest_stays() {
        assert_eq!(printable("a\x1b[2J\r\nb\u{9b}ü"), "a[2Jbü");
        assert_eq!(plain(&"ü".repeat(600)).chars().count(), 500);
    }
}

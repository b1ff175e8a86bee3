//! The value of a unit file's line, split into words: systemd's quoting, its specifiers and its variables. Pure.

use std::collections::BTreeMap;

/// Words of a value: white space parts them, single and double quotes keep them together, backslashes escape (systemd.syntax).
/// `None`: a quote is not closed.
pub fn split(value: &str) -> Option<Vec<String>> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    let mut chars = value.chars();
    while let Some(c) = chars.next() {
        match (c, quote) {
            ('\\', _) => word.get_or_insert_default().push_str(&escape(&mut chars)),
            (c, Some(open)) if c == open => quote = None,
            (c, Some(_)) => word.get_or_insert_default().push(c),
            ('"' | '\'', None) => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (c, None) if c.is_whitespace() => words.extend(word.take()),
            (c, None) => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    quote.is_none().then_some(words)
}

/// What stands for the characters after a backslash; an escape that systemd does not know stays as it is.
fn escape(chars: &mut std::str::Chars) -> String {
    let one = |c: char| c.to_string();
    match chars.next() {
        Some('n') => one('\n'),
        Some('t') => one('\t'),
        Some('r') => one('\r'),
        Some('s') => one(' '),
        Some(c @ ('\\' | '"' | '\'' | ' ')) => one(c),
        Some(c) => format!("\\{c}"),
        None => one('\\'),
    }
}

/// What the specifiers of a unit stand for.
pub struct Specifiers<'a> {
    /// `hdikafka-sink.service`
    pub unit: &'a str,
    pub host: &'a str,
}

impl Specifiers<'_> {
    /// `%%`, `%n`, `%N`, `%p`, `%i`, `%H`; `Err` names one that is not imitated.
    pub fn expand(&self, text: &str) -> Result<String, String> {
        let stem = self
            .unit
            .rsplit_once('.')
            .map_or(self.unit, |(stem, _)| stem);
        let (prefix, instance) = stem.split_once('@').unwrap_or((stem, ""));
        let mut out = String::new();
        let mut chars = text.chars();
        while let Some(c) = chars.next() {
            if c != '%' {
                out.push(c);
                continue;
            }
            match chars.next() {
                Some('%') => out.push('%'),
                Some('n') => out.push_str(self.unit),
                Some('N') => out.push_str(stem),
                Some('p') => out.push_str(prefix),
                Some('i') => out.push_str(instance),
                Some('H') => out.push_str(self.host),
                other => {
                    return Err(format!("%{}", other.map(String::from).unwrap_or_default()));
                }
            }
        }
        Ok(out)
    }
}

/// The argv of a command: `$NAME` as a word of its own becomes as many words as it has, `${NAME}` is replaced in place,
/// `$$` is a dollar sign. A variable that is not set is nothing.
pub fn substitute(words: &[String], variables: &BTreeMap<String, String>) -> Vec<String> {
    let mut argv = Vec::new();
    for word in words {
        match word.strip_prefix('$').filter(|name| is_name(name)) {
            Some(name) => {
                let value = variables.get(name).map_or("", String::as_str);
                argv.extend(value.split_whitespace().map(str::to_owned));
            }
            None => argv.push(in_place(word, variables)),
        }
    }
    argv
}

fn in_place(word: &str, variables: &BTreeMap<String, String>) -> String {
    let mut out = String::new();
    let mut rest = word;
    while let Some((before, after)) = rest.split_once('$') {
        out.push_str(before);
        rest = after;
        if let Some(after) = rest.strip_prefix('$') {
            out.push('$');
            rest = after;
        } else if let Some((name, after)) = rest
            .strip_prefix('{')
            .and_then(|rest| rest.split_once('}'))
            .filter(|(name, _)| is_name(name))
        {
            out.push_str(variables.get(name).map_or("", String::as_str));
            rest = after;
        } else {
            // "$INVOCATION_ID" inside of a longer word is the shell's business.
            out.push('$');
        }
    }
    out + rest
}

fn is_name(text: &str) -> bool {
    let mut chars = text.chars();
    chars
        .next()
        .is_some_and(|c| c.is_ascii_alphabetic() || c == '_')
        && chars.all(|c| c.is_ascii_alphanumeric() || c == '_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_keep_words_together() {
        let words = |text| split(text).unwrap();
        assert_eq!(words("a  b\tc"), ["a", "b", "c"]);
        assert_eq!(
            words(r#"/bin/sh -c 'printf "x %%s\n" "$ID" >> /log'"#),
            ["/bin/sh", "-c", "printf \"x %%s\n\" \"$ID\" >> /log"]
        );
        assert_eq!(
            words(r#""A=b c" D='e"f' '' g\"h"#),
            ["A=b c", "D=e\"f", "", "g\"h"]
        );
        assert_eq!(words(r"a\qb"), [r"a\qb"]);
        assert_eq!(split("'open"), None);
        assert!(words("  ").is_empty());
    }

    #[test]
    fn specifiers_are_those_of_the_unit() {
        let specifiers = Specifiers {
            unit: "a@b.service",
            host: "node",
        };
        assert_eq!(
            specifiers.expand("100%% %n %N %p %i %H").unwrap(),
            "100% a@b.service a@b a b node"
        );
        assert_eq!(specifiers.expand("%z"), Err("%z".into()));
        assert_eq!(specifiers.expand("50%"), Err("%".into()));
    }

    #[test]
    fn variables_are_put_in() {
        let variables = BTreeMap::from([("A".to_owned(), "1 2".to_owned())]);
        let argv = |words: &[&str]| {
            let words: Vec<String> = words.iter().map(|&word| word.to_owned()).collect();
            substitute(&words, &variables)
        };
        assert_eq!(
            argv(&["$A", "x${A}y", "$NONE", "${NONE}"]),
            ["1", "2", "x1 2y", ""]
        );
        assert_eq!(
            argv(&["$$A", "cost $5", "echo $A"]),
            ["$A", "cost $5", "echo $A"]
        );
    }
}

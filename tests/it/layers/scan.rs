//! Just enough Rust for [`super`]: names and signs without comments and literals, inline modules, and every path that
//! begins with `crate`, `super`, `self` or `hdikafka`, in `use` trees and in code alike.

/// Every path in the tokens, absolute where it begins in this crate: `["crate", "edge", "Command"]`.
pub fn paths(place: &str, tokens: &[String]) -> Vec<Vec<String>> {
    let mut module: Vec<String> = place.split('/').map(str::to_owned).collect();
    if matches!(place, "main" | "lib") {
        module.clear();
    }
    let mut found = Vec::new();
    // For each open brace: whether it opened an inline module.
    let mut braces = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        match (
            tokens[at].as_str(),
            tokens.get(at + 1).map(String::as_str),
            tokens.get(at + 2).map(String::as_str),
        ) {
            ("mod", Some(name), Some("{")) => {
                module.push(name.to_owned());
                braces.push(true);
                at += 3;
                continue;
            }
            ("{", ..) => braces.push(false),
            ("}", ..) => drop(
                braces
                    .pop()
                    .filter(|inline| *inline)
                    .and_then(|_| module.pop()),
            ),
            ("use", ..) => {
                at = tree(tokens, at + 1, &[], &module, &mut found);
                continue;
            }
            (first, Some("::"), _) if is_name(first) && (at == 0 || tokens[at - 1] != "::") => {
                at = tree(tokens, at, &[], &module, &mut found);
                continue;
            }
            _ => {}
        }
        at += 1;
    }
    found
}

/// Reads one path or `use` tree and returns where it ends.
fn tree(
    tokens: &[String],
    mut at: usize,
    prefix: &[String],
    module: &[String],
    found: &mut Vec<Vec<String>>,
) -> usize {
    let mut path = prefix.to_vec();
    while let Some(token) = tokens.get(at) {
        match token.as_str() {
            "::" => at += 1,
            "{" if at > 0 && matches!(tokens[at - 1].as_str(), "::" | "use") => {
                at += 1;
                while tokens.get(at).is_some_and(|token| token != "}") {
                    // A token that is no path still counts as read.
                    at = (at + 1).max(if tokens[at] == "," {
                        0
                    } else {
                        tree(tokens, at, &path, module, found)
                    });
                }
                return at + 1;
            }
            "as" => at += 2,
            name if is_name(name) && (path.len() == prefix.len() || tokens[at - 1] == "::") => {
                path.push(name.to_owned());
                at += 1;
            }
            "*" if at > 0 && tokens[at - 1] == "::" => {
                path.push("*".into());
                at += 1;
            }
            _ => break,
        }
    }
    found.push(absolute(&path, module));
    at
}

fn absolute(path: &[String], module: &[String]) -> Vec<String> {
    let ups = path.iter().take_while(|part| *part == "super").count();
    match path.first().map(String::as_str) {
        Some("hdikafka") => [&["crate".to_owned()], &path[1..]].concat(),
        Some("super") => {
            let above = &module[..module.len().saturating_sub(ups)];
            [&["crate".to_owned()], above, &path[ups..]].concat()
        }
        Some("self") => [&["crate".to_owned()], module, &path[1..]].concat(),
        _ => path.to_vec(),
    }
}

fn is_name(token: &str) -> bool {
    token.starts_with(|c: char| c.is_alphabetic() || c == '_')
}

/// The source's names and signs, without comments and literals; `::` is one.
pub fn tokens(source: &str) -> Vec<String> {
    let mut tokens: Vec<String> = Vec::new();
    let mut rest = source;
    while let Some(c) = rest.chars().next() {
        let length = match c {
            '/' if rest.starts_with("//") => rest.find('\n').unwrap_or(rest.len()),
            '/' if rest.starts_with("/*") => block_comment(rest),
            '"' => string(rest),
            'r' | 'b' | 'c' if raw_string(rest).is_some() => raw_string(rest).unwrap_or(1),
            '\'' => quote(rest),
            c if c.is_alphabetic() || c == '_' => {
                let end = rest
                    .find(|c: char| !c.is_alphanumeric() && c != '_')
                    .unwrap_or(rest.len());
                tokens.push(rest[..end].to_owned());
                end
            }
            c if c.is_ascii_digit() => rest
                .find(|c: char| !c.is_alphanumeric() && c != '_')
                .unwrap_or(rest.len()),
            c if c.is_whitespace() => c.len_utf8(),
            ':' if rest.starts_with("::") => {
                tokens.push("::".into());
                2
            }
            c => {
                tokens.push(c.into());
                c.len_utf8()
            }
        };
        rest = &rest[length..];
    }
    tokens
}

fn block_comment(text: &str) -> usize {
    let (mut depth, mut at) = (0, 0);
    while at < text.len() {
        match &text.as_bytes()[at..] {
            [b'/', b'*', ..] => (depth, at) = (depth + 1, at + 2),
            [b'*', b'/', ..] => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
        if depth == 0 {
            return at;
        }
    }
    text.len()
}

fn string(text: &str) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return at + 1,
            _ => {}
        }
    }
    text.len()
}

/// The length of `r"…"`, `br#"…"#`, `b"…"`, `c"…"` at the start of the text.
fn raw_string(text: &str) -> Option<usize> {
    let prefix = text.find(|c: char| !c.is_ascii_lowercase())?;
    let raw = match &text[..prefix] {
        "r" | "br" | "cr" => true,
        "b" | "c" => false,
        _ => return None,
    };
    let hashes = text[prefix..]
        .bytes()
        .take_while(|b| raw && *b == b'#')
        .count();
    let body = prefix + hashes;
    if !text[body..].starts_with('"') {
        return None;
    }
    if !raw {
        return Some(body + string(&text[body..]));
    }
    let end = format!("\"{}", "#".repeat(hashes));
    Some(
        text[body + 1..]
            .find(&end)
            .map_or(text.len(), |at| body + 1 + at + end.len()),
    )
}

/// A character, or the sign of a lifetime.
fn quote(text: &str) -> usize {
    let mut chars = text.char_indices().skip(1);
    match (chars.next(), chars.next()) {
        (Some((_, '\\')), Some((at, c))) => {
            let after = at + c.len_utf8();
            text[after..]
                .find('\'')
                .map_or(text.len(), |end| after + end + 1)
        }
        (Some(_), Some((at, '\''))) => at + 1,
        _ => 1,
    }
}

//! A POSIX shell script line by line: blocks that the edge node's root shell reads from standard input, and what a text
//! needs to get through unharmed. Knows nothing of steps.

use crate::facts::edge::latin1_bytes;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// A value as one word of a shell.
pub fn quoted(value: &str) -> anyhow::Result<String> {
    Ok(shlex::try_quote(value)?.into_owned())
}

/// What a root shell on the node begins with. `put FILE MODE OWNER GROUP` writes standard input; `keep` keeps what the
/// file has. `set_property FILE KEY LINE` replaces the lines that set the key, with their continuations, or adds one.
pub const FUNCTIONS: &str = r##"# shellcheck disable=SC2016 # what looks like a variable in a value is Connect's
set -eu
put() {
    if [ "$2" = keep ]; then cp -p "$1" "$1.new"; fi
    cat > "$1.new"
    if [ "$2" != keep ]; then chown "$3:$4" "$1.new"; chmod "$2" "$1.new"; fi
    mv -f "$1.new" "$1"
}
set_property() {
    cp -p "$1" "$1.new"
    KEY=$2 LINE=$3 awk '
        function goes_on(line) { match(line, /\\*$/); return RLENGTH % 2 }
        drop { drop = goes_on($0); next }
        {
            text = $0; sub(/^[ \t\f]+/, "", text)
            comment = !inside && text ~ /^[#!]/
            rest = substr(text, length(ENVIRON["KEY"]) + 1)
            if (!inside && !comment && index(text, ENVIRON["KEY"]) == 1 && rest ~ /^[ \t\f]*[=:]/) {
                if (!done) print ENVIRON["LINE"]
                done = 1; drop = goes_on($0); next
            }
            inside = !comment && goes_on($0)
            print
        }
        END { if (!done) print ENVIRON["LINE"] }' "$1" > "$1.new"
    mv -f "$1.new" "$1"
}"##;

const BLOCK: &str = "ON_THE_EDGE_NODE";
const FILE: &str = "END_OF_FILE";

#[derive(Default)]
pub struct Script {
    text: String,
    steps: usize,
    /// The lines of an open block for the node's root shell.
    block: Option<String>,
    /// The open block calls a function of ours.
    calls: bool,
}

impl Script {
    /// The whole of it.
    pub fn text(mut self) -> String {
        self.close();
        self.text
    }

    /// A line of the local shell.
    pub fn line(&mut self, line: &str) {
        self.close();
        self.text.push_str(line);
        self.text.push('\n');
    }

    /// Comments are free text of others, too: no line break may end them.
    pub fn comment(&mut self, words: &str) {
        self.line(&format!("# {}", one_line(words)));
    }

    /// The next numbered step.
    pub fn step(&mut self, words: &str) {
        self.close();
        self.steps += 1;
        self.text
            .push_str(&format!("\n# {}. {}\n", self.steps, one_line(words)));
    }

    /// A step of root on the node. One session serves all that follow each other.
    pub fn on_edge(&mut self, words: &str) {
        self.steps += 1;
        let title = format!("# {}. {}\n", self.steps, one_line(words));
        match &mut self.block {
            Some(block) => block.push_str(&format!("\n{title}")),
            None => self.block = Some(title),
        }
    }

    /// A line of root's shell on the node.
    pub fn root(&mut self, line: &str) {
        let block = self.block.get_or_insert_default();
        block.push_str(line);
        block.push('\n');
    }

    /// A line of root's shell that calls a function of ours.
    pub fn call(&mut self, line: &str) {
        self.calls = true;
        self.root(line);
    }

    /// `put` with these arguments and this text, each byte a char of the same number.
    pub fn put(&mut self, arguments: &str, text: &str) {
        let plain = |c: char| c == '\n' || c == '\t' || matches!(c, ' '..='~');
        let ends = |line: &str| line == FILE || line == BLOCK;
        if text.ends_with('\n') && text.chars().all(plain) && !text.lines().any(ends) {
            self.call(&format!("put {arguments} <<'{FILE}'\n{text}{FILE}"));
        } else {
            let coded = STANDARD.encode(latin1_bytes(text));
            self.call(&format!("echo {coded} | base64 -d | put {arguments}"));
        }
    }

    fn close(&mut self) {
        if let Some(block) = self.block.take() {
            let functions = match std::mem::take(&mut self.calls) {
                true => FUNCTIONS,
                false => "set -eu",
            };
            self.text.push_str(&format!(
                "\non_edge sudo sh -s <<'{BLOCK}'\n{functions}\n\n{block}{BLOCK}\n"
            ));
        }
    }
}

fn one_line(words: &str) -> String {
    words
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect()
}

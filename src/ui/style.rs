//! Colours, and whether there are any. A style is a value: what is rendered without colours has not one escape in it.

use std::fmt;

/// `--color`
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum ColorChoice {
    /// On a terminal, unless NO_COLOR is set or TERM is dumb.
    #[default]
    Auto,
    Always,
    Never,
}

/// How one stream is written to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Style {
    pub color: bool,
    /// Columns of the terminal; `None` when it is none: nothing is wrapped or cut then.
    pub width: Option<u16>,
}

/// What a colour means.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tone {
    #[default]
    Plain,
    Good,
    Warn,
    Bad,
    Dim,
    Strong,
}

impl ColorChoice {
    /// Whether a stream gets colours, from the environment's `NO_COLOR` and `TERM`.
    pub(super) fn on(self, terminal: bool, env: &dyn Fn(&str) -> Option<String>) -> bool {
        let refused = env("NO_COLOR").is_some_and(|value| !value.is_empty());
        match self {
            Self::Always => true,
            Self::Never => false,
            Self::Auto => terminal && !refused && env("TERM").as_deref() != Some("dumb"),
        }
    }
}

impl Style {
    pub fn is_colored(&self) -> bool {
        self.color
    }

    /// The text in the colour of the tone, or as it is.
    pub fn paint<T: fmt::Display>(&self, tone: Tone, text: T) -> Painted<T> {
        Painted {
            code: self.color.then(|| tone.code()).flatten(),
            text,
        }
    }

    pub fn good<T: fmt::Display>(&self, text: T) -> Painted<T> {
        self.paint(Tone::Good, text)
    }

    pub fn warn<T: fmt::Display>(&self, text: T) -> Painted<T> {
        self.paint(Tone::Warn, text)
    }

    pub fn bad<T: fmt::Display>(&self, text: T) -> Painted<T> {
        self.paint(Tone::Bad, text)
    }

    pub fn dim<T: fmt::Display>(&self, text: T) -> Painted<T> {
        self.paint(Tone::Dim, text)
    }

    pub fn strong<T: fmt::Display>(&self, text: T) -> Painted<T> {
        self.paint(Tone::Strong, text)
    }

    /// One line of a unified diff, by its first character; without its line end.
    pub fn diff<'a>(&self, line: &'a str) -> Painted<&'a str> {
        let tone = match line.as_bytes() {
            [b'+', b'+', b'+', ..] | [b'-', b'-', b'-', ..] => Tone::Strong,
            [b'@', b'@', ..] => Tone::Dim,
            [b'+', ..] => Tone::Good,
            [b'-', ..] => Tone::Bad,
            _ => Tone::Plain,
        };
        self.paint(tone, line)
    }
}

impl Tone {
    fn code(self) -> Option<&'static str> {
        match self {
            Self::Plain => None,
            Self::Good => Some("32"),
            Self::Warn => Some("33"),
            Self::Bad => Some("31"),
            Self::Dim => Some("2"),
            Self::Strong => Some("1"),
        }
    }
}

/// A text with its colour, to be displayed.
pub struct Painted<T> {
    code: Option<&'static str>,
    text: T,
}

impl<T: fmt::Display> fmt::Display for Painted<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.code {
            Some(code) => {
                write!(f, "\x1b[{code}m")?;
                self.text.fmt(f)?;
                f.write_str("\x1b[0m")
            }
            None => self.text.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_are_for_terminals_that_want_them() {
        let env = |no_color: &'static str, term: &'static str| {
            move |name: &str| match name {
                "NO_COLOR" => Some(no_color.to_owned()),
                "TERM" => Some(term.to_owned()),
                _ => None,
            }
        };
        assert!(ColorChoice::Auto.on(true, &env("", "xterm")));
        assert!(!ColorChoice::Auto.on(false, &env("", "xterm")));
        assert!(!ColorChoice::Auto.on(true, &env("1", "xterm")));
        assert!(!ColorChoice::Auto.on(true, &env("", "dumb")));
        assert!(ColorChoice::Always.on(false, &env("1", "dumb")));
        assert!(!ColorChoice::Never.on(true, &env("", "xterm")));
    }

    #[test]
    fn a_diff_is_coloured_by_its_first_character_and_padding_counts_the_text_alone() {
        let style = Style {
            color: true,
            width: None,
        };
        assert_eq!(style.diff("+a").to_string(), "\x1b[32m+a\x1b[0m");
        assert_eq!(style.diff("--- a").to_string(), "\x1b[1m--- a\x1b[0m");
        assert_eq!(style.diff(" a").to_string(), " a");
        assert_eq!(format!("{:>3}|", style.bad("x")), "\x1b[31m  x\x1b[0m|");
        assert_eq!(Style::default().diff("-a").to_string(), "-a");
    }
}

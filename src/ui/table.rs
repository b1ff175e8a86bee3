//! Tables as kubectl prints them: no borders, capital headers. On a terminal they fit its width; otherwise every row is
//! one line.

use super::style::{Style, Tone};
use super::text::sanitise_line;
use comfy_table::{Attribute, Color, ColumnConstraint, ContentArrangement, Row, presets};
use std::io;

/// Blanks between two columns.
const GAP: u16 = 3;

/// A table under construction.
#[derive(Clone, Debug, Default)]
pub struct Table {
    headers: Vec<String>,
    rows: Vec<Vec<Cell>>,
}

/// The text of one place, and its tone. Text that others wrote may be put in as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cell {
    text: String,
    tone: Tone,
}

impl Table {
    pub fn new<S: Into<String>>(headers: impl IntoIterator<Item = S>) -> Self {
        Self {
            headers: headers.into_iter().map(Into::into).collect(),
            rows: Vec::new(),
        }
    }

    pub fn row<C: Into<Cell>>(&mut self, cells: impl IntoIterator<Item = C>) -> &mut Self {
        self.rows.push(cells.into_iter().map(Into::into).collect());
        self
    }

    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Writes headers and rows, each line without spaces at its end.
    pub fn write(&self, out: &mut dyn io::Write, style: &Style) -> io::Result<()> {
        for line in self.build(style).lines() {
            writeln!(out, "{}", line.trim_end())?;
        }
        Ok(())
    }

    fn build(&self, style: &Style) -> comfy_table::Table {
        let mut table = comfy_table::Table::new();
        table
            .load_style(presets::NOTHING)
            .set_header(self.headers.iter().map(comfy_table::Cell::new));
        for row in &self.rows {
            table.add_row(Row::from(
                row.iter().map(|cell| cell.build(style)).collect::<Vec<_>>(),
            ));
        }
        // Whether there is a terminal is the style's to say, not this crate's to find out.
        match style.width {
            Some(width) => table
                .set_content_arrangement(ContentArrangement::Dynamic)
                .set_width(width),
            None => table.set_content_arrangement(ContentArrangement::Disabled),
        };
        if style.color {
            table.enforce_styling()
        } else {
            table.force_no_tty()
        };
        let last = table.column_count().saturating_sub(1);
        let whole = self.whole_columns(style.width, &table.column_max_content_widths());
        for (index, column) in table.column_iter_mut().enumerate() {
            column.set_padding((0, if index == last { 0 } else { GAP }));
            if whole.contains(&index) {
                column.set_constraint(ColumnConstraint::ContentWidth);
            }
        }
        table
    }

    /// Columns that are never broken: the narrow ones, as long as half of the terminal is left for the others. Without
    /// this a word of seven letters is broken because its neighbour has a whole sentence.
    fn whole_columns(&self, width: Option<u16>, contents: &[u16]) -> Vec<usize> {
        let Some(width) = width else {
            return Vec::new();
        };
        let mut narrow: Vec<(u16, usize)> = contents.iter().copied().zip(0..).collect();
        narrow.sort_unstable();
        let mut left = width;
        let fits = |&(content, _): &(u16, usize)| {
            left = left.saturating_sub(content.saturating_add(GAP));
            left >= width / 2
        };
        let whole = narrow.into_iter().take_while(fits);
        whole.map(|(_, index)| index).collect()
    }
}

impl Cell {
    pub fn new(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            tone: Tone::Plain,
        }
    }

    pub fn tone(mut self, tone: Tone) -> Self {
        self.tone = tone;
        self
    }

    fn build(&self, style: &Style) -> comfy_table::Cell {
        let cell = comfy_table::Cell::new(sanitise_line(&self.text));
        match self.tone {
            _ if !style.color => cell,
            Tone::Plain => cell,
            Tone::Good => cell.fg(Color::DarkGreen),
            Tone::Warn => cell.fg(Color::DarkYellow),
            Tone::Bad => cell.fg(Color::DarkRed),
            Tone::Dim => cell.add_attribute(Attribute::Dim),
            Tone::Strong => cell.add_attribute(Attribute::Bold),
        }
    }
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self::new(text)
    }
}

impl From<&String> for Cell {
    fn from(text: &String) -> Self {
        Self::new(text.as_str())
    }
}

/// Numbers, and whatever else has no text of its own.
macro_rules! cells_from {
    ($($number:ty),+) => {
        $(impl From<$number> for Cell {
            fn from(number: $number) -> Self {
                Self::new(number.to_string())
            }
        })+
    };
}

cells_from!(i16, i32, i64, u16, u32, u64, usize, bool);

#[cfg(test)]
mod tests {
    use super::*;

    fn rendered(style: Style) -> String {
        let mut table = Table::new(["HOST", "STATE", "NOTE"]);
        table.row([
            Cell::from("wn0"),
            Cell::from("STARTED").tone(Tone::Good),
            Cell::from("a\x1b[2J\nb"),
        ]);
        table.row([
            "wn10-kafka.ex.internal",
            "",
            "the quick brown fox jumps over the lazy dog",
        ]);
        let mut out = Vec::new();
        table.write(&mut out, &style).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn piped_it_is_aligned_plain_and_one_line_a_row() {
        let expected = "HOST                     STATE     NOTE\n\
                        wn0                      STARTED   a\\x1b[2J\\nb\n\
                        wn10-kafka.ex.internal             the quick brown fox jumps over the lazy dog\n";
        assert_eq!(rendered(Style::default()), expected);
    }

    #[test]
    fn on_a_terminal_it_fits_the_width_and_has_colours() {
        for width in [20, 40, 60] {
            let text = rendered(Style {
                color: false,
                width: Some(width),
            });
            assert!(
                text.lines()
                    .all(|line| line.chars().count() <= usize::from(width)),
                "{width}:\n{text}"
            );
        }
        let text = rendered(Style {
            color: true,
            width: Some(100),
        });
        assert!(text.contains("\x1b[38;5;2mSTARTED"), "{text:?}");
    }

    #[test]
    fn a_narrow_column_is_not_broken_beside_a_wide_one() {
        let mut table = Table::new(["KEY", "VALUE", "SOURCE"]);
        let value =
            "[a-quite-long-name.example.net:9092, another-quite-long-name.example.net:9092]";
        table.row(["cluster.brokers", value, "default"]);
        table.row(["worker.heap", "256m", "HDIKAFKA_WORKER_HEAP"]);
        let mut out = Vec::new();
        let style = Style {
            color: false,
            width: Some(80),
        };
        table.write(&mut out, &style).unwrap();
        let text = String::from_utf8(out).unwrap();
        for whole in ["cluster.brokers", "default", "HDIKAFKA_WORKER_HEAP", "256m"] {
            assert!(text.contains(whole), "{whole}:\n{text}");
        }
        assert!(
            text.lines().all(|line| line.chars().count() <= 80),
            "{text}"
        );
    }

    #[test]
    fn an_empty_table_is_its_headers() {
        let mut out = Vec::new();
        Table::new(["A", "B"])
            .write(&mut out, &Style::default())
            .unwrap();
        assert_eq!(out, b"A   B\n");
    }
}

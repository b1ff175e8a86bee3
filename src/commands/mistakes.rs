//! What is wrong with lines: the first of them in words, all of them counted.

/// So many are told.
const TOLD: usize = 20;

#[derive(Debug, Default)]
pub struct Mistakes {
    pub count: u64,
    told: Vec<(u64, String)>,
}

impl Mistakes {
    pub fn add(&mut self, line: u64, reason: String) {
        self.count += 1;
        let at = self.told.partition_point(|(known, _)| *known < line);
        if at < TOLD {
            self.told.insert(at, (line, reason));
            self.told.truncate(TOLD);
        }
    }

    /// A line each.
    pub fn words(&self) -> String {
        let words = self
            .told
            .iter()
            .map(|(line, reason)| format!("line {line}: {reason}"));
        let mut words: Vec<String> = words.collect();
        let more = self.count - self.told.len() as u64;
        if more > 0 {
            words.push(format!("and {more} more"));
        }
        words.join("\n")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_mistakes_are_told_and_all_are_counted() {
        let mut mistakes = Mistakes::default();
        for line in (1..=40).rev() {
            mistakes.add(line, format!("wrong {line}"));
        }
        let words = mistakes.words();
        assert!(
            words.starts_with("line 1: wrong 1\nline 2: wrong 2\n"),
            "{words}"
        );
        assert!(words.ends_with("line 20: wrong 20\nand 20 more"), "{words}");
    }
}

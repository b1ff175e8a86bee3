//! Lines that are gone through more than once: all are checked before the first is sent. A regular file is read again; what
//! a pipe or a terminal had is kept in a file of our own. Memory holds one line at a time.

use crate::error::{Exit, Failure};
use anyhow::Context as _;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{ErrorKind, IsTerminal, Read, Seek, SeekFrom};
use std::os::fd::AsFd;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::SystemTime;

/// Bytes of a line; Kafka's own limit for a record is 1 MB where nobody has changed it.
pub const LIMIT: usize = 16 << 20;

/// What is read at once.
const BLOCK: usize = 256 << 10;

pub struct Source {
    /// In words: of an error.
    name: String,
    file: File,
    /// Where the first line begins.
    from: u64,
    length: u64,
    /// Of a file that others may write to.
    modified: Option<SystemTime>,
}

impl Source {
    /// A file, or standard input for `-` and without a path. Nothing is asked of a terminal: without a path it is an error.
    pub fn open(path: Option<&Path>) -> anyhow::Result<Self> {
        match path.filter(|path| path.as_os_str() != "-") {
            Some(path) => {
                let name = path.display().to_string();
                let file = File::open(path).and_then(|file| match file.metadata()?.is_dir() {
                    true => Err(std::io::ErrorKind::IsADirectory.into()),
                    false => Ok(file),
                });
                let file = file
                    .map_err(|error| Failure::usage(format!("{name} cannot be read: {error}")))?;
                Self::of(file, name)
            }
            None => {
                let input = std::io::stdin();
                if path.is_none() && input.is_terminal() {
                    let failure = Failure::usage("there is nothing to send").hint(
                        "give it as an argument, by --file FILE, or as lines on standard input",
                    );
                    return Err(failure.into());
                }
                let file = File::from(input.as_fd().try_clone_to_owned()?);
                Self::of(file, "standard input".to_owned())
            }
        }
    }

    fn of(mut file: File, name: String) -> anyhow::Result<Self> {
        let about = file.metadata()?;
        if about.is_file() {
            return Ok(Self {
                // Somebody may have read its beginning before us.
                from: file.stream_position()?,
                length: about.len(),
                modified: about.modified().ok(),
                name,
                file,
            });
        }
        // Has no name from the beginning on and is nobody else's: there is nothing to be removed, whatever ends us.
        let keeping = || format!("keeping {name} in a temporary file");
        let mut kept = tempfile::tempfile().with_context(keeping)?;
        let length = std::io::copy(&mut file, &mut kept).with_context(keeping)?;
        Ok(Self {
            name,
            file: kept,
            from: 0,
            length,
            modified: None,
        })
    }

    /// How many there are of it.
    pub fn bytes(&self) -> u64 {
        self.length.saturating_sub(self.from)
    }

    /// Whether that path leads to it.
    pub fn is(&self, path: &Path) -> bool {
        let place = |about: std::fs::Metadata| (about.dev(), about.ino());
        let there = std::fs::metadata(path).map(place).ok();
        there.is_some() && there == self.file.metadata().map(place).ok()
    }

    /// From the first line on, as far as there were some when it was opened.
    pub fn lines(&mut self) -> anyhow::Result<Lines<'_>> {
        self.file.seek(SeekFrom::Start(self.from))?;
        let left = self.length.saturating_sub(self.from);
        Ok(Lines {
            file: &mut self.file,
            left,
            buffer: Vec::new(),
            from: 0,
            to: 0,
            number: 0,
        })
    }

    /// All of it as it is, if it has no more bytes than that.
    pub fn whole(&mut self, limit: u64) -> anyhow::Result<Vec<u8>> {
        let length = self.length.saturating_sub(self.from);
        if length > limit {
            let words = format!(
                "{} has {length} bytes; a record has at most {limit}",
                self.name
            );
            return Err(Failure::usage(words).into());
        }
        self.file.seek(SeekFrom::Start(self.from))?;
        let mut bytes = Vec::new();
        let reading = || format!("reading {}", self.name);
        (&self.file)
            .take(length)
            .read_to_end(&mut bytes)
            .with_context(reading)?;
        Ok(bytes)
    }

    /// Refuses a file that was written to since it was opened: what was checked is not what would be sent.
    pub fn is_unchanged(&self) -> anyhow::Result<()> {
        if self.modified.is_none() {
            return Ok(());
        }
        let about = self.file.metadata()?;
        if about.modified().ok() == self.modified && about.len() == self.length {
            return Ok(());
        }
        Err(self.changed().into())
    }

    pub fn changed(&self) -> Failure {
        let words = format!("{} was changed while it was read", self.name);
        Failure::new(Exit::Conflict, words)
    }
}

/// What was read; a line that is longer than [`LIMIT`] has no text.
pub struct Line<'a> {
    /// From 1 on.
    pub number: u64,
    /// Without the end of the line. Never empty.
    pub text: Option<&'a [u8]>,
}

pub struct Lines<'a> {
    file: &'a mut File,
    /// Bytes that are still to be read of it.
    left: u64,
    /// What was read is between `from` and `to`.
    buffer: Vec<u8>,
    from: usize,
    to: usize,
    number: u64,
}

impl Lines<'_> {
    /// The next line that is not empty.
    pub fn next(&mut self) -> anyhow::Result<Option<Line<'_>>> {
        let (mut long, mut looked) = (false, 0);
        loop {
            let unseen = &self.buffer[self.from + looked..self.to];
            let end = match memchr::memchr(b'\n', unseen) {
                Some(at) => self.from + looked + at,
                None if self.left > 0 => {
                    looked = self.to - self.from;
                    if looked > LIMIT + 1 {
                        (long, looked, self.from) = (true, 0, self.to);
                    }
                    self.read()?;
                    continue;
                }
                None if self.from == self.to && !long => return Ok(None),
                None => self.to,
            };
            let begin = std::mem::replace(&mut self.from, self.to.min(end + 1));
            self.number += 1;
            let line = self.text(begin, end);
            if long || line.len() > LIMIT {
                return Ok(Some(Line {
                    number: self.number,
                    text: None,
                }));
            }
            if !line.is_empty() {
                // Once more: a borrow that goes out cannot be one that may not.
                let text = Some(self.text(begin, end));
                let number = self.number;
                return Ok(Some(Line { number, text }));
            }
            looked = 0;
        }
    }

    /// Reads more behind what there is, and makes room for it.
    fn read(&mut self) -> anyhow::Result<()> {
        self.buffer.copy_within(self.from..self.to, 0);
        (self.from, self.to) = (0, self.to - self.from);
        if self.buffer.len() < self.to + BLOCK {
            self.buffer.resize(self.to + BLOCK, 0);
        }
        let room = u64::try_from(BLOCK).unwrap_or(self.left).min(self.left);
        let room = self.to + usize::try_from(room).unwrap_or(BLOCK);
        let count = loop {
            match self.file.read(&mut self.buffer[self.to..room]) {
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                outcome => break outcome?,
            }
        };
        self.to += count;
        // Somebody cut it short.
        self.left = match count {
            0 => 0,
            count => self.left - count as u64,
        };
        Ok(())
    }

    fn text(&self, begin: usize, end: usize) -> &[u8] {
        let line = &self.buffer[begin..end];
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        match self.number {
            // PowerShell's files begin with it.
            1 => line.strip_prefix("\u{feff}".as_bytes()).unwrap_or(line),
            _ => line,
        }
    }
}

/// Numbers of lines. Sparse ones and dense ones take little memory: a bit for each line of a block that has one.
#[derive(Debug, Default)]
pub struct Numbers {
    blocks: BTreeMap<u64, Box<[u64; WORDS]>>,
    count: u64,
}

const WORDS: usize = 64;

impl Numbers {
    pub fn insert(&mut self, number: u64) {
        let (block, word, bit) = place(number);
        let words = self
            .blocks
            .entry(block)
            .or_insert_with(|| Box::new([0; WORDS]));
        self.count += u64::from(words[word] & bit == 0);
        words[word] |= bit;
    }

    pub fn remove(&mut self, number: u64) {
        let (block, word, bit) = place(number);
        if let Some(words) = self.blocks.get_mut(&block) {
            self.count -= u64::from(words[word] & bit != 0);
            words[word] &= !bit;
        }
    }

    pub fn contains(&self, number: u64) -> bool {
        let (block, word, bit) = place(number);
        let words = self.blocks.get(&block);
        words.is_some_and(|words| words[word] & bit != 0)
    }

    pub fn len(&self) -> u64 {
        self.count
    }

    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    pub fn iter(&self) -> impl Iterator<Item = u64> + '_ {
        self.blocks.iter().flat_map(|(block, words)| {
            let bits = BITS * block..BITS * (block + 1);
            bits.filter(|number| {
                let (_, word, bit) = place(*number);
                words[word] & bit != 0
            })
        })
    }
}

const BITS: u64 = 64 * WORDS as u64;

fn place(number: u64) -> (u64, usize, u64) {
    let within = number % BITS;
    let word = usize::try_from(within / 64).unwrap_or_default();
    (number / BITS, word, 1 << (within % 64))
}

/// `line 7`, `lines 2, 4-9, 12`.
impl std::fmt::Display for Numbers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(if self.count == 1 { "line " } else { "lines " })?;
        let mut numbers = self.iter().peekable();
        let mut separator = "";
        while let Some(first) = numbers.next() {
            let mut last = first;
            while let Some(next) = numbers.next_if_eq(&(last + 1)) {
                last = next;
            }
            match last - first {
                0 => write!(f, "{separator}{first}")?,
                1 => write!(f, "{separator}{first}, {last}")?,
                _ => write!(f, "{separator}{first}-{last}")?,
            }
            separator = ", ";
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn source(text: &[u8]) -> Source {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(text).unwrap();
        file.rewind().unwrap();
        Source::of(file, "it".into()).unwrap()
    }

    fn texts(source: &mut Source) -> Vec<(u64, Option<String>)> {
        let mut lines = source.lines().unwrap();
        let mut all = Vec::new();
        while let Some(line) = lines.next().unwrap() {
            let text = line
                .text
                .map(|text| String::from_utf8_lossy(text).into_owned());
            all.push((line.number, text));
        }
        all
    }

    #[test]
    fn lines_are_read_as_often_as_one_likes() {
        let mut it = source(b"\xef\xbb\xbfa\r\n\n\r\nb c \n\rd\xff");
        let line = |number, text: &str| (number, Some(text.to_owned()));
        for _ in 0..2 {
            assert_eq!(
                texts(&mut it),
                [line(1, "a"), line(4, "b c "), line(5, "\rd\u{fffd}")]
            );
        }
        assert_eq!(it.whole(100).unwrap().len(), 17);
        assert!(it.whole(10).is_err());
        assert!(texts(&mut source(b"")).is_empty() && texts(&mut source(b"\n\n")).is_empty());
    }

    #[test]
    fn a_line_without_an_end_is_not_kept_and_the_next_one_is_found() {
        let fits = vec![b'x'; LIMIT];
        let long = vec![b'y'; LIMIT + 1];
        let longer = vec![b'z'; 2 * LIMIT + 10];
        let mut it = source(&[&fits[..], &long, &longer, b"end"].join(&b"\r\n"[..]));
        let read: Vec<_> = texts(&mut it)
            .into_iter()
            .map(|(number, text)| (number, text.map(|text| text.len())))
            .collect();
        assert_eq!(read, [(1, Some(LIMIT)), (2, None), (3, None), (4, Some(3))]);
    }

    #[test]
    fn a_file_that_grows_or_changes_is_noticed() {
        let mut it = source(b"a\n");
        it.is_unchanged().unwrap();
        let mut other = it.file.try_clone().unwrap();
        other.seek(SeekFrom::End(0)).unwrap();
        other.write_all(b"b\n").unwrap();
        assert_eq!(texts(&mut it).len(), 1, "what came later was not checked");
        assert!(it.is_unchanged().is_err());
    }

    #[test]
    fn numbers_are_said_as_ranges() {
        let mut numbers = Numbers::default();
        for number in [9, 2, 4, 5, 7, 8, 4096, 4095, 4097, 1_000_000_000_000] {
            numbers.insert(number);
            numbers.insert(number);
        }
        assert_eq!(
            numbers.to_string(),
            "lines 2, 4, 5, 7-9, 4095-4097, 1000000000000"
        );
        assert!(numbers.contains(4096) && !numbers.contains(3));
        for number in numbers.iter().collect::<Vec<_>>() {
            if number != 2 {
                numbers.remove(number);
            }
        }
        numbers.remove(77);
        assert_eq!((numbers.len(), numbers.to_string().as_str()), (1, "line 2"));
    }
}

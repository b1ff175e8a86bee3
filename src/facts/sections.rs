//! The answer format of the programs in `templates/edge/`: "NAME LENGTH" on a line, LENGTH bytes, a newline; "end 0" last.

use std::collections::BTreeMap;

/// Named bodies, byte for byte.
pub struct Sections(BTreeMap<String, Vec<u8>>);

#[derive(Debug, thiserror::Error)]
pub enum SectionsError {
    #[error("the answer of the edge node ends early (after section {after:?})")]
    Cut { after: String },
    #[error("the answer of the edge node is not what was asked for, at byte {at}")]
    Malformed { at: usize },
}

impl Sections {
    /// Text before the first section (a login shell that prints a greeting) is skipped: the first section is `node`,
    /// `unit:…` or whatever `first` names.
    pub fn parse(bytes: &[u8], first: &str) -> Result<Self, SectionsError> {
        let mut sections = BTreeMap::new();
        let head = format!("{first} ");
        let mut at = (0..bytes.len())
            .find(|&i| bytes[i..].starts_with(head.as_bytes()) && (i == 0 || bytes[i - 1] == b'\n'))
            .ok_or(SectionsError::Cut {
                after: String::new(),
            })?;
        let mut last = String::new();
        loop {
            let cut = || SectionsError::Cut {
                after: last.clone(),
            };
            let line_end = bytes[at..]
                .iter()
                .position(|&b| b == b'\n')
                .ok_or_else(cut)?
                + at;
            let line = std::str::from_utf8(&bytes[at..line_end])
                .map_err(|_| SectionsError::Malformed { at })?;
            let (name, length) = line
                .rsplit_once(' ')
                .ok_or(SectionsError::Malformed { at })?;
            let length: usize = length
                .parse()
                .map_err(|_| SectionsError::Malformed { at })?;
            if name == "end" {
                return Ok(Self(sections));
            }
            let body = bytes
                .get(line_end + 1..line_end + 1 + length)
                .ok_or_else(cut)?;
            at = line_end + 1 + length;
            if bytes.get(at) != Some(&b'\n') {
                return Err(if at >= bytes.len() {
                    cut()
                } else {
                    SectionsError::Malformed { at }
                });
            }
            at += 1;
            last = name.to_owned();
            sections.insert(last.clone(), body.to_vec());
        }
    }

    pub fn bytes(&self, name: &str) -> Option<&[u8]> {
        self.0.get(name).map(Vec::as_slice)
    }

    /// The section as text; empty when it is not there.
    pub fn text(&self, name: &str) -> String {
        self.0
            .get(name)
            .map(|body| String::from_utf8_lossy(body).into_owned())
            .unwrap_or_default()
    }

    /// The files by their paths: of a section `file:PATH` each, or all behind each other in `contents`, where `files` has a
    /// line "LENGTH PATH" for each.
    pub fn files(&self) -> Result<BTreeMap<&str, &[u8]>, SectionsError> {
        let alone = self.0.iter();
        let mut files: BTreeMap<&str, &[u8]> = alone
            .filter_map(|(name, body)| Some((name.strip_prefix("file:")?, body.as_slice())))
            .collect();
        let index = std::str::from_utf8(self.bytes("files").unwrap_or_default());
        let contents = self.bytes("contents").unwrap_or_default();
        let mut at = 0;
        for line in index.map_err(|_| SectionsError::Malformed { at })?.lines() {
            let malformed = || SectionsError::Malformed { at };
            let (length, path) = line.split_once(' ').ok_or_else(malformed)?;
            let length: usize = length.parse().map_err(|_| malformed())?;
            let body = contents.get(at..at + length).ok_or_else(malformed)?;
            files.insert(path, body);
            at += length;
        }
        Ok(files)
    }
}

/// `KEY=VALUE` lines; a key may come more than once.
pub fn pairs(text: &str) -> impl Iterator<Item = (&str, &str)> {
    text.lines().filter_map(|line| line.split_once('='))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bodies_are_kept_byte_for_byte() {
        let answer = b"Welcome!\nnode 4\na=b\n\nfile:/x y 3\n\xff\n\x00\nend 0\n\n";
        let sections = Sections::parse(answer, "node").unwrap();
        assert_eq!(sections.text("node"), "a=b\n");
        assert_eq!(sections.bytes("file:/x y"), Some(&b"\xff\n\x00"[..]));
    }

    #[test]
    fn files_come_alone_or_all_in_one_piece() {
        let answer = b"files 12\n3 /a b\n0 /c\n\ncontents 3\n\x00\n\xff\nfile:/d 1\nx\nend 0\n\n";
        let sections = Sections::parse(answer, "files").unwrap();
        let files = sections.files().unwrap();
        let expected: [(&str, &[u8]); 3] = [("/a b", b"\x00\n\xff"), ("/c", b""), ("/d", b"x")];
        assert_eq!(files, BTreeMap::from(expected));
        let more = b"files 7\n4 /a b\n\ncontents 3\nabc\nend 0\n\n";
        assert!(Sections::parse(more, "files").unwrap().files().is_err());
    }

    #[test]
    fn an_answer_cut_anywhere_is_never_taken_for_a_whole_one() {
        let answer = b"node 4\na=b\n\nports 2\nxy\nend 0\n\n";
        for length in 0..answer.len() - 2 {
            assert!(
                Sections::parse(&answer[..length], "node").is_err(),
                "cut at {length}"
            );
        }
    }
}

//! The shape of a request, walked through before it is decoded.
//!
//! The decoder makes room for as many elements as an array says that it has, before it has seen one: four bytes of
//! nonsense would ask for gigabytes, and a process that cannot have them ends. So every request is walked through first,
//! and one whose elements are not there, or are too many, is refused.
//!
//! A shape is a text: a number is so many bytes, `s` a string, `b` bytes, `[ … ]` an array of structures, `{ … }` an array
//! of plain values. `7+x` is there from version 7 on, `4-x` up to version 4.

use bytes::Buf;

/// Elements of arrays and tagged fields in one request. A million would take a hundred megabytes once decoded.
const MAX_ELEMENTS: usize = 200_000;

/// Whether a request's body of this version has this shape. What may come after it is not looked at. `flexible`: whether
/// the version has compact lengths and tagged fields.
pub(super) fn fits(shape: &str, version: i16, flexible: bool, body: &[u8]) -> bool {
    let tokens: Vec<&str> = shape.split_whitespace().collect();
    let mut walk = Walk {
        version,
        flexible,
        rest: body,
        left: MAX_ELEMENTS,
    };
    walk.fields(&tokens, true).is_some()
}

/// Whether the header's tagged fields are few enough; `rest` is what follows the client's id.
pub(super) fn header_fits(rest: &[u8]) -> bool {
    fits("", 0, true, rest)
}

struct Walk<'a> {
    version: i16,
    flexible: bool,
    rest: &'a [u8],
    left: usize,
}

impl Walk<'_> {
    /// A structure, or with `tags` false plain values.
    fn fields(&mut self, tokens: &[&str], tags: bool) -> Option<()> {
        let mut at = 0;
        while let Some(token) = tokens.get(at) {
            let (present, kind) = self.guard(token)?;
            let end = at + closing(&tokens[at..])?;
            if present {
                match kind {
                    "s" => self.sized(false)?,
                    "b" => self.sized(true)?,
                    "[" | "{" => self.array(&tokens[at + 1..end], kind == "[")?,
                    bytes => self.skip(bytes.parse().ok()?)?,
                }
            }
            at = end + 1;
        }
        match tags && self.flexible {
            true => self.tags(),
            false => Some(()),
        }
    }

    /// Splits a token into whether it is there in this version, and what it is.
    fn guard<'t>(&self, token: &'t str) -> Option<(bool, &'t str)> {
        if let Some((from, kind)) = token.split_once('+') {
            return Some((self.version >= from.parse().ok()?, kind));
        }
        if let Some((until, kind)) = token.split_once('-') {
            return Some((self.version <= until.parse().ok()?, kind));
        }
        Some((true, token))
    }

    fn array(&mut self, element: &[&str], structures: bool) -> Option<()> {
        let count = match self.flexible {
            true => self.varint()?.checked_sub(1),
            // -1 is the array that is not there.
            false => u32::try_from(self.int()?).ok(),
        };
        for _ in 0..count.unwrap_or_default() {
            self.left = self.left.checked_sub(1)?;
            self.fields(element, structures)?;
        }
        Some(())
    }

    fn sized(&mut self, long: bool) -> Option<()> {
        let length = match (self.flexible, long) {
            (true, _) => i64::from(self.varint()?) - 1,
            (false, true) => i64::from(self.int()?),
            (false, false) => {
                let mut length = self.rest.split_off(..2)?;
                i64::from(length.get_i16())
            }
        };
        self.skip(usize::try_from(length.max(0)).ok()?)
    }

    fn tags(&mut self) -> Option<()> {
        for _ in 0..self.varint()? {
            self.left = self.left.checked_sub(1)?;
            self.varint()?;
            let size = self.varint()?;
            self.skip(usize::try_from(size).ok()?)?;
        }
        Some(())
    }

    fn skip(&mut self, bytes: usize) -> Option<()> {
        self.rest.split_off(..bytes).map(|_| ())
    }

    fn int(&mut self) -> Option<i32> {
        let mut bytes = self.rest.split_off(..4)?;
        Some(bytes.get_i32())
    }

    fn varint(&mut self) -> Option<u32> {
        let mut value = 0u32;
        for shift in (0..35).step_by(7) {
            let byte = *self.rest.split_off_first()?;
            value |= u32::from(byte & 0x7f)
                .checked_shl(shift)
                .unwrap_or_default();
            if byte & 0x80 == 0 {
                return Some(value);
            }
        }
        None
    }
}

/// How many tokens further the first of them ends: where its bracket is closed, or itself.
fn closing(tokens: &[&str]) -> Option<usize> {
    let mut depth = 0usize;
    for (at, token) in tokens.iter().enumerate() {
        if token.ends_with(['[', '{']) {
            depth += 1;
        } else if matches!(*token, "]" | "}") {
            depth = depth.checked_sub(1)?;
        }
        if depth == 0 {
            return Some(at);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::fits;

    #[test]
    fn an_array_that_promises_more_than_it_has() {
        let one = [0, 0, 0, 1, 0, 1, b'a'];
        assert!(fits("[ s ]", 0, false, &one));
        assert!(!fits(
            "[ s ]",
            0,
            false,
            &[0x7f, 0xff, 0xff, 0xff, 0, 1, b'a']
        ));
        assert!(!fits("{ 4 }", 0, true, &[0xff, 0xff, 0xff, 0xff, 0x0f, 0]));
        assert!(fits("{ 4 }", 0, true, &[2, 0, 0, 0, 7, 0]));
        assert!(!fits("s", 0, false, &[0, 9, b'a']));
    }

    #[test]
    fn more_elements_than_anybody_needs() {
        let mut many = 1_000_000i32.to_be_bytes().to_vec();
        many.resize(4 + 2_000_000, 0);
        assert!(!fits("[ s ]", 0, false, &many));
    }

    #[test]
    fn what_a_version_has() {
        assert!(fits("2+4 1", 1, false, &[1]));
        assert!(!fits("2+4 1", 2, false, &[1]));
        assert!(fits("4-[ s [ 4 ] ] 1", 5, false, &[1]));
    }
}

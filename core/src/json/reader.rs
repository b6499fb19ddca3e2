//! The walk over JSON text, byte by byte and inside of texts eight at a time. Knows the grammar (RFC 8259) and nothing else.

use super::{Flaw, Shape};
use core::ops::Range;

/// Walks over one text.
pub(super) struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
    /// The closing brackets that are awaited inside of a value, the innermost last.
    open: Vec<u8>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0, open: Vec::new() }
    }

    /// One value and nothing else; shows where its parts lie.
    pub(super) fn whole(mut self, part: &mut dyn FnMut(Range<usize>, Range<usize>)) -> Result<Shape, Flaw> {
        let (shape, close) = match self.next()? {
            b'{' => (Shape::Object, b'}'),
            b'[' => (Shape::Array, b']'),
            _ => {
                self.value()?;
                return self.end(Shape::Other);
            }
        };
        self.at += 1;
        let mut more = self.next()? != close;
        while more {
            let name = if shape == Shape::Object { self.name()? } else { 0..0 };
            part(name, self.value()?);
            more = self.next()? == b',';
            self.at += usize::from(more);
        }
        self.byte(close)?;
        self.end(shape)
    }

    fn peek(&self) -> Result<u8, Flaw> {
        self.bytes.get(self.at).copied().ok_or(Flaw::Truncated)
    }

    /// The next byte that is no white space; it is still to be passed over.
    #[inline]
    fn next(&mut self) -> Result<u8, Flaw> {
        loop {
            match self.peek()? {
                b' ' | b'\n' | b'\r' | b'\t' => self.at += 1,
                byte => return Ok(byte),
            }
        }
    }

    fn byte(&mut self, wanted: u8) -> Result<(), Flaw> {
        if self.peek()? != wanted {
            return Err(Flaw::Wrong);
        }
        self.at += 1;
        Ok(())
    }

    fn end(&mut self, shape: Shape) -> Result<Shape, Flaw> {
        if self.next().is_err() { Ok(shape) } else { Err(Flaw::Wrong) }
    }

    /// A member's name and its colon.
    fn name(&mut self) -> Result<Range<usize>, Flaw> {
        self.next()?;
        let name = self.string()?;
        self.next()?;
        self.byte(b':')?;
        Ok(name)
    }

    /// One value, however deep it is.
    fn value(&mut self) -> Result<Range<usize>, Flaw> {
        self.next()?;
        let start = self.at;
        loop {
            match self.next()? {
                b'"' => {
                    self.string()?;
                }
                open @ (b'{' | b'[') => {
                    self.at += 1;
                    // In ASCII the closing bracket follows the opening one by two.
                    if self.next()? != open + 2 {
                        self.open.push(open + 2);
                        if open == b'{' {
                            self.name()?;
                        }
                        continue;
                    }
                    self.at += 1;
                }
                b't' => self.word(b"true")?,
                b'f' => self.word(b"false")?,
                b'n' => self.word(b"null")?,
                b'-' | b'0'..=b'9' => self.number()?,
                _ => return Err(Flaw::Wrong),
            }
            if !self.another()? {
                return Ok(start..self.at);
            }
        }
    }

    /// What follows a value: closes what ends with it. Answers whether another value is to come.
    fn another(&mut self) -> Result<bool, Flaw> {
        while let Some(&close) = self.open.last() {
            if self.next()? != close {
                self.byte(b',')?;
                if close == b'}' {
                    self.name()?;
                }
                return Ok(true);
            }
            self.at += 1;
            self.open.pop();
        }
        Ok(false)
    }

    fn word(&mut self, word: &[u8]) -> Result<(), Flaw> {
        word.iter().try_for_each(|letter| self.byte(*letter))
    }

    fn number(&mut self) -> Result<(), Flaw> {
        self.at += usize::from(self.peek()? == b'-');
        if self.peek()? == b'0' {
            self.at += 1;
        } else {
            self.digits()?;
        }
        if self.peek() == Ok(b'.') {
            self.at += 1;
            self.digits()?;
        }
        if let Ok(b'e' | b'E') = self.peek() {
            self.at += 1;
            self.at += usize::from(matches!(self.peek()?, b'+' | b'-'));
            self.digits()?;
        }
        Ok(())
    }

    fn digits(&mut self) -> Result<(), Flaw> {
        if !self.peek()?.is_ascii_digit() {
            return Err(Flaw::Wrong);
        }
        while self.bytes.get(self.at).is_some_and(u8::is_ascii_digit) {
            self.at += 1;
        }
        Ok(())
    }

    /// A text; answers where it lies inside of its quotes.
    fn string(&mut self) -> Result<Range<usize>, Flaw> {
        self.byte(b'"')?;
        let start = self.at;
        loop {
            self.plain();
            match self.peek()? {
                b'"' => {
                    self.at += 1;
                    return Ok(start..self.at - 1);
                }
                b'\\' => self.escape()?,
                _ => return Err(Flaw::Wrong),
            }
        }
    }

    fn escape(&mut self) -> Result<(), Flaw> {
        self.at += 1;
        match self.peek()? {
            b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => self.at += 1,
            b'u' => {
                let digits = self.bytes.get(self.at + 1..self.at + 5).ok_or(Flaw::Truncated)?;
                if !digits.iter().all(u8::is_ascii_hexdigit) {
                    return Err(Flaw::Wrong);
                }
                self.at += 5;
            }
            _ => return Err(Flaw::Wrong),
        }
        Ok(())
    }

    /// Passes over what stands for itself in a text: all but quotes, backslashes and control characters.
    fn plain(&mut self) {
        const ONES: u64 = u64::from_le_bytes([1; 8]);
        // Eight bytes at once; the lowest high bit that is left marks the first byte below its limit.
        let below = |bytes: u64, limit: u64| bytes.wrapping_sub(ONES * limit) & !bytes;
        while let Some(eight) = self.bytes.get(self.at..).and_then(|rest| rest.first_chunk()) {
            let bytes = u64::from_le_bytes(*eight);
            let quotes = below(bytes ^ (ONES * 0x22), 1);
            let backslashes = below(bytes ^ (ONES * 0x5C), 1);
            let ends = (quotes | backslashes | below(bytes, 0x20)) & (ONES * 0x80);
            self.at += ends.trailing_zeros() as usize / 8;
            if ends != 0 {
                return;
            }
        }
        while self.bytes.get(self.at).is_some_and(|byte| !matches!(byte, b'"' | b'\\' | 0..0x20)) {
            self.at += 1;
        }
    }
}

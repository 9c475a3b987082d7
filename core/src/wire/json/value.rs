//! The position of a member's value in the text, and the results of its scan.

/// A range of the text, as offsets.
#[derive(Clone, Copy)]
pub(in crate::wire) struct Span {
    pub(in crate::wire) start: usize,
    pub(in crate::wire) end: usize,
}

impl Span {
    pub(in crate::wire) const EMPTY: Self = Self { start: 0, end: 0 };

    /// Returns its bytes; none if it lies outside of the text, which no span of the scanned text does.
    #[cfg_attr(target_pointer_width = "64", inline)]
    #[cfg_attr(not(target_pointer_width = "64"), inline(never))]
    pub(in crate::wire) fn of(self, text: &[u8]) -> &[u8] {
        text.get(self.start..self.end).unwrap_or_default()
    }

    pub(in crate::wire) const fn is_empty(self) -> bool {
        self.start >= self.end
    }
}

/// The value of a member.
#[derive(Clone, Copy)]
pub(in crate::wire) struct Value {
    /// The position. A string's is without quotation marks; that of an array or object has no end.
    pub(in crate::wire) span: Span,
    /// The first byte, which determines the type; 0 if there is no value.
    pub(super) first: u8,
    /// The result of scanning a string.
    pub(super) known: Known,
}

/// The result of scanning a string: one of the constants below, or 0.
pub(super) type Known = u8;
/// It contains escapes.
pub(super) const ESCAPED: Known = 1;
/// It is not empty, and all its characters are of the class [`TOKEN`](super::super::char_class::TOKEN). Tested for the first
/// member only.
pub(super) const IS_TOKEN: Known = 2;
/// It is not a legal string.
pub(super) const ILLEGAL: Known = 3;

impl Value {
    /// Returns an empty list of values.
    pub(in crate::wire) const NONE: Values = [Self { span: Span::EMPTY, first: 0, known: 0 }; 6];

    /// Returns whether there is no value, or null.
    pub(in crate::wire) const fn is_absent(self) -> bool {
        matches!(self.first, 0 | b'n')
    }

    pub(in crate::wire) const fn is_string(self) -> bool {
        self.first == b'"'
    }

    /// Returns whether it is a string with escapes.
    pub(in crate::wire) const fn is_escaped(self) -> bool {
        self.known == ESCAPED
    }

    /// Returns whether it was found to be a string of token characters only.
    pub(in crate::wire) const fn is_token(self) -> bool {
        self.known == IS_TOKEN
    }

    pub(in crate::wire) const fn is_number(self) -> bool {
        matches!(self.first, b'-' | b'0'..=b'9')
    }

    pub(in crate::wire) const fn is_array(self) -> bool {
        self.first == b'['
    }
}

/// The values of the requested members, in the order of their names.
pub(in crate::wire) type Values = [Value; 6];

//! Parameters of a URL, decoded in place.

use super::form;
use super::json::Span;
use super::protocol_error::ProtocolError;

/// The positions of the decoded values of `N` names.
pub(super) struct Parameters<const N: usize> {
    spans: [Option<Span>; N],
}

/// A text that is not legal parameters.
pub(super) enum ParametersError {
    /// The encoding of a name or value.
    Encoding(ProtocolError),
    /// The name of this index stands there twice; the offset of its first value.
    Duplicate { index: usize, offset: usize },
}

impl<const N: usize> Parameters<N> {
    /// Reads the parameters from `start` to the end of the text. Others than those of `names` are ignored, once decoded.
    pub(super) fn read(text: &mut [u8], start: usize, names: &[&str; N]) -> Result<Self, ParametersError> {
        let mut parameters = Self { spans: [None; N] };
        let mut at = start;
        while at < text.len() {
            let end = find(text, at, b'&');
            let name_end = find(text, at, b'=').min(end);
            let name = form::decode_at(text, Span { start: at, end: name_end });
            let name = name.map_err(ParametersError::Encoding)?;
            let value_start = name_end.saturating_add(1).min(end);
            let value = form::decode_at(text, Span { start: value_start, end });
            let value = value.map_err(ParametersError::Encoding)?;
            if let Some(index) = names.iter().position(|known| known.as_bytes() == name.of(text))
                && let Some(slot) = parameters.spans.get_mut(index)
            {
                if let Some(Span { start: offset, .. }) = *slot {
                    return Err(ParametersError::Duplicate { index, offset });
                }
                *slot = Some(value);
            }
            at = end.saturating_add(1);
        }
        Ok(parameters)
    }

    /// Returns the value of the name of this index; an empty span if it is absent.
    pub(super) fn span(&self, index: usize) -> Span {
        self.spans.get(index).copied().flatten().unwrap_or(Span::EMPTY)
    }

    pub(super) fn text<'t>(&self, text: &'t [u8], index: usize) -> &'t str {
        // Decoding has checked it, so the fallback is never taken.
        core::str::from_utf8(self.span(index).of(text)).unwrap_or_default()
    }
}

/// Returns the offset of the next such byte from `at` on, or the end.
fn find(text: &[u8], at: usize, wanted: u8) -> usize {
    let rest = text.get(at..).unwrap_or_default();
    let distance = rest.iter().position(|&byte| byte == wanted).unwrap_or(rest.len());
    at.saturating_add(distance)
}

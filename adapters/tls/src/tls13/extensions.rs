//! Extensions (RFC 8446 section 4.2).

use super::fault::Fault;
use super::reader::Reader;

/// The treatment of extensions other than the requested kinds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Others {
    /// The message is an answer: extensions that were not offered are an error (section 4.2).
    Refused,
    /// The message is a request: unknown extensions are ignored.
    Ignored,
}

/// Reads a block of extensions, and returns the data of those of `kinds` that it contains, in the order of `kinds`.
///
/// # Errors
///
/// A malformed or repeated extension, or, according to `others`, one that was not offered.
pub(super) fn read<const N: usize>(
    mut block: Reader<'_>,
    kinds: [u16; N],
    others: Others,
) -> Result<[Option<Reader<'_>>; N], Fault> {
    let mut found = [None; N];
    while !block.is_empty() {
        let kind = block.u16().ok_or(Fault::Malformed)?;
        let data = block.vector16().ok_or(Fault::Malformed)?;
        match kinds.iter().zip(&mut found).find(|(known, _)| **known == kind) {
            Some((_, Some(_))) => return Err(Fault::RepeatedExtension(kind)),
            Some((_, place)) => *place = Some(data),
            None if others == Others::Refused && contains(block, kind) => return Err(Fault::Malformed),
            None if others == Others::Refused => return Err(Fault::UnsolicitedExtension(kind)),
            None => {}
        }
    }
    Ok(found)
}

/// Returns whether a well-formed block contains an extension of this kind.
fn contains(mut block: Reader<'_>, kind: u16) -> bool {
    while let (Some(other), Some(_)) = (block.u16(), block.vector16()) {
        if other == kind {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_looked_for_is_found() {
        let block = [0, 5, 0, 1, 7, 0, 6, 0, 0];
        let [six, five] = read(Reader::new(&block), [6, 5], Others::Refused).unwrap();
        assert_eq!(six.map(Reader::rest), Some(&[][..]));
        assert_eq!(five.map(Reader::rest), Some(&[7][..]));
    }

    #[test]
    fn what_was_not_asked_for_is_refused_or_ignored() {
        let block = [0, 5, 0, 1, 7];
        let refused = read(Reader::new(&block), [6], Others::Refused);
        assert_eq!(refused.unwrap_err(), Fault::UnsolicitedExtension(5));
        assert!(read(Reader::new(&block), [6], Others::Ignored).unwrap()[0].is_none());
    }

    #[test]
    fn repeated_and_malformed_blocks_are_refused() {
        let twice = [0, 5, 0, 0, 0, 5, 0, 0];
        let refused = read(Reader::new(&twice), [5], Others::Ignored);
        assert_eq!(refused.unwrap_err(), Fault::RepeatedExtension(5));
        for cut in [&[0][..], &[0, 5], &[0, 5, 0, 2, 1]] {
            assert_eq!(read(Reader::new(cut), [5], Others::Ignored).unwrap_err(), Fault::Malformed);
        }
    }
}

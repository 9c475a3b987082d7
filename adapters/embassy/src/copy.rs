//! A `copy_from_slice` that does not panic when lengths differ.

/// Copies as many bytes as fit, and returns their number. It copies words, because the compiler does not combine bytes when it
/// optimises for size.
pub(crate) fn copy(from: &[u8], to: &mut [u8]) -> usize {
    let count = from.len().min(to.len());
    let (words, rest) = from.get(..count).unwrap_or_default().as_chunks::<4>();
    let (word_places, places) = to.get_mut(..count).unwrap_or_default().as_chunks_mut::<4>();
    for (place, word) in word_places.iter_mut().zip(words) {
        *place = *word;
    }
    for (place, byte) in places.iter_mut().zip(rest) {
        *place = *byte;
    }
    count
}

#[cfg(test)]
mod tests {
    use super::copy;

    #[test]
    fn copies_as_many_bytes_as_fit() {
        let from = *b"0123456789abcdef";
        for taken in 0..=from.len() {
            for space in 0..=from.len() {
                let mut to = [b'-'; 16];
                let count = copy(&from[..taken], &mut to[..space]);
                assert_eq!(count, taken.min(space));
                assert_eq!(to[..count], from[..count]);
                assert!(to[count..].iter().all(|byte| *byte == b'-'));
            }
        }
    }
}

//! What `copy_from_slice` does, without its panic when lengths differ.

/// As much as fits; how many bytes that was. By words: built for size, the compiler makes nothing better of a loop over bytes.
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
    fn as_much_is_copied_as_fits() {
        let from = *b"0123456789abcdef";
        for taken in 0..=from.len() {
            for room in 0..=from.len() {
                let mut to = [b'-'; 16];
                let count = copy(&from[..taken], &mut to[..room]);
                assert_eq!(count, taken.min(room));
                assert_eq!(to[..count], from[..count]);
                assert!(to[count..].iter().all(|byte| *byte == b'-'));
            }
        }
    }
}

//! Bytes that leave no copy behind.

use zeroize::Zeroizing;

/// Grows into a new buffer that replaces the wiped old one: `Vec` itself would free the old one unwiped.
pub(crate) fn append(to: &mut Zeroizing<Vec<u8>>, bytes: &[u8]) {
    let needed = to.len() + bytes.len();
    if needed > to.capacity() {
        let mut larger = Zeroizing::new(Vec::with_capacity(needed.max(2 * to.capacity())));
        larger.extend_from_slice(to);
        *to = larger;
    }
    to.extend_from_slice(bytes);
}

//! Random bytes from the kernel.

use std::io;

use zeroize::Zeroizing;

/// Returns random bytes from `getrandom(2)`.
pub(crate) fn bytes<const N: usize>() -> io::Result<Zeroizing<[u8; N]>> {
    let mut bytes = Zeroizing::new([0; N]);
    let mut filled = 0;
    while let Some(free) = bytes.get_mut(filled..).filter(|free| !free.is_empty()) {
        filled += rustix::rand::getrandom(free, rustix::rand::GetRandomFlags::empty())?;
    }
    Ok(bytes)
}

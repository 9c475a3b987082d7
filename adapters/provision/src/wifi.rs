//! The Wi-Fi network of a device.

use core::fmt;

/// The longest SSID in bytes (IEEE 802.11).
const MAX_SSID: usize = 32;
/// The length of a passphrase in characters, and of a key in hexadecimal digits (WPA2 Personal).
const PASSPHRASE: core::ops::RangeInclusive<usize> = 8..=63;
const KEY: usize = 64;

/// The Wi-Fi network to associate with.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Wifi<'a> {
    ssid: &'a str,
    password: Option<&'a str>,
}

impl<'a> Wifi<'a> {
    /// Returns its SSID, of 1 to 32 bytes.
    #[must_use]
    pub const fn ssid(&self) -> &'a str {
        self.ssid
    }

    /// Returns its passphrase of 8 to 63 characters or its key of 64 hexadecimal digits; `None`: the network is open.
    #[must_use]
    pub const fn password(&self) -> Option<&'a str> {
        self.password
    }

    pub(crate) const fn new(ssid: &'a str, password: Option<&'a str>) -> Self {
        Self { ssid, password }
    }
}

/// Without the password.
impl fmt::Debug for Wifi<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Wifi").field("ssid", &self.ssid).finish_non_exhaustive()
    }
}

pub(crate) fn is_ssid(text: &str) -> bool {
    (1..=MAX_SSID).contains(&text.len())
}

pub(crate) fn is_password(text: &str) -> bool {
    let is_passphrase =
        PASSPHRASE.contains(&text.len()) && text.bytes().all(|byte| matches!(byte, b' '..=b'~'));
    is_passphrase || text.len() == KEY && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

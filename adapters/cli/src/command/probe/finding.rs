//! What the probe found out about one host.

use super::chain::Chain;
use super::{device, offer};

/// The results for one host.
pub(super) struct Finding {
    /// `host`, with the port unless it is 443.
    pub(super) host: String,
    pub(super) device: Result<device::Connection, device::Refused>,
    /// The host's certificates, if it sent any.
    pub(super) chain: Option<Chain>,
    /// What the host negotiates with a more capable client, if the device's connection failed.
    pub(super) offer: Option<offer::Offer>,
}

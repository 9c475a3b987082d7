//! What is said of the network as it comes and goes.

use defmt::{info, warn};
use embassy_net::Stack;

/// Tells of it, for ever.
pub(crate) async fn watch(stack: Stack<'_>) {
    loop {
        stack.wait_config_up().await;
        if let Some(config) = stack.config_v4() {
            info!("network up: {}", config.address);
        }
        stack.wait_config_down().await;
        warn!("network down");
    }
}

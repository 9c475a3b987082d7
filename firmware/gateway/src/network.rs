//! Log lines about the network's state.

use defmt::{info, warn};
use embassy_net::Stack;

/// Logs each time the network comes up or goes down. Never returns.
pub(crate) async fn log_changes(stack: Stack<'_>) {
    loop {
        stack.wait_config_up().await;
        if let Some(config) = stack.config_v4() {
            info!("network up: {}", config.address);
        }
        stack.wait_config_down().await;
        warn!("network down");
    }
}

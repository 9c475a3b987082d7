//! Ports for servers that cannot listen on port 0.

use core::net::Ipv4Addr;
use std::net::TcpListener;

use crate::PeerError;
use crate::process::Failure;

/// The number of ports to try.
const ATTEMPTS: usize = 8;

/// Returns a port of 127.0.0.1 that is currently free.
pub(crate) fn free() -> Result<u16, PeerError> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
        .and_then(|listener| listener.local_addr())
        .map(|address| address.port())
        .map_err(PeerError::io("binding a free port"))
}

/// Calls `start` with ports of `candidates` until one of them is still free.
pub(crate) fn with_free<T>(
    mut candidates: impl FnMut() -> Result<u16, PeerError>,
    mut start: impl FnMut(u16) -> Result<T, Failure>,
) -> Result<T, PeerError> {
    for _ in 0..ATTEMPTS {
        match start(candidates()?) {
            Ok(started) => return Ok(started),
            Err(Failure::PortTaken) => {}
            Err(Failure::Other(error)) => return Err(error),
        }
    }
    Err(PeerError::new(format!(
        "{ATTEMPTS} ports in a row were taken by other processes before the server could listen"
    )))
}

//! Ports for servers that cannot be told to let the system choose.

use core::net::Ipv4Addr;
use std::net::TcpListener;

use crate::PeerError;
use crate::process::Failure;

/// A server is started on at most this many ports.
const ATTEMPTS: usize = 8;

/// A port of 127.0.0.1 that was free a moment ago.
pub(crate) fn free() -> Result<u16, PeerError> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
        .and_then(|listener| listener.local_addr())
        .map(|address| address.port())
        .map_err(PeerError::io("asking the system for a free port"))
}

/// Calls `start` with ports of `candidates` until it finds its port still free.
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
        "{ATTEMPTS} ports in a row were taken by others between choosing and listening"
    )))
}

//! Authenticated connections to the hosts of the service.

use core::cell::Cell;

use embassy_time::{Instant, with_deadline};
use genesys_token_tls::{ChainError, ConnectError, Expected, TlsEngine};

use super::context::RunnerContext;
use crate::network::{Network, TcpSocket};
use crate::transport::{Phase, SharedSocket, TransportErrorKind, connect_tcp};

/// A host of the service.
#[derive(Clone, Copy)]
pub(super) struct Host<'h> {
    pub(super) name: &'h str,
    pub(super) port: u16,
}

/// Looks the host up and connects to it by TCP. `enter` is called at the beginning of each phase.
///
/// A device whose link is down for a moment loses its address under DHCP, and all its sockets. So it waits for an address until the
/// deadline, and begins again if the address is lost meanwhile.
pub(super) async fn connect<'r, N: Network, E, const TOKEN: usize>(
    context: &RunnerContext<'r, N, E, TOKEN>,
    host: Host<'r>,
    socket: &N::Tcp<'_>,
    deadline: Instant,
    enter: &dyn Fn(Phase),
) -> Result<(), TransportErrorKind> {
    loop {
        enter(Phase::Network);
        if with_deadline(deadline, context.network.wait_up()).await.is_err() {
            return Err(TransportErrorKind::NoNetwork);
        }
        enter(Phase::Clock);
        if context.shared.unix_time().is_none() {
            return Err(TransportErrorKind::NoClock);
        }
        enter(Phase::NameLookup);
        let failure = match with_deadline(deadline, context.look_up(host.name)).await {
            Ok(Ok(addresses)) => {
                enter(Phase::Connect);
                match connect_tcp(context.network, socket, &addresses, host.port, deadline).await {
                    Ok(address) => {
                        context.resolver.lock().await.prefer(host.name, address);
                        return Ok(());
                    }
                    Err(failure) => failure,
                }
            }
            Ok(Err(error)) => TransportErrorKind::NameLookup(error),
            Err(_) => TransportErrorKind::TimedOut,
        };
        // The host may have moved.
        context.resolver.lock().await.forget(host.name);
        if context.network.is_up() || Instant::now() >= deadline {
            return Err(failure);
        }
    }
}

/// Establishes TLS over a TCP connection. The session is created in `place`, where it stays: it is large, and moving it out of its
/// future would need its size on the stack again.
pub(super) async fn establish_tls<'w, N: Network, T: TcpSocket + 'w, E: TlsEngine, const TOKEN: usize>(
    context: &RunnerContext<'_, N, E, TOKEN>,
    host: Host<'_>,
    socket: &'w T,
    place: &mut Option<E::Session<'w, SharedSocket<'w, T>>>,
    workspace: &'w mut E::Workspace,
    deadline: Instant,
    enter: &dyn Fn(Phase),
) -> Result<(), TransportErrorKind> {
    enter(Phase::TlsHandshake);
    let now = context.shared.unix_time().ok_or(TransportErrorKind::NoClock)?;
    let expected =
        Expected::new(host.name, context.settings.anchors).map_err(TransportErrorKind::HostName)?;
    let not_before = Cell::new(0);
    let expected =
        expected.at(now).not_before(context.settings.earliest_time).recording_not_before(&not_before);
    let Ok(mut engine) = with_deadline(deadline, context.engine.lock()).await else {
        return Err(TransportErrorKind::TimedOut);
    };
    match with_deadline(deadline, engine.connect_in(place, SharedSocket(socket), workspace, &expected)).await
    {
        Ok(Ok(())) => {
            let not_before = not_before.get();
            context.shared.look(|state, _| state.clock.certificate_verified(not_before));
            Ok(())
        }
        Ok(Err(error)) => {
            if let ConnectError::Chain(ChainError::Expired { .. } | ChainError::NotYetValid { .. }) = error {
                #[cfg(feature = "sntp")]
                context.certificate_dates_failed();
            }
            Err(TransportErrorKind::Tls(error))
        }
        Err(_) => Err(TransportErrorKind::TimedOut),
    }
}

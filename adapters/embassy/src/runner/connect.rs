//! Authenticated connections to the hosts of the service.

use embassy_net::tcp::TcpSocket;
use embassy_time::{Instant, with_deadline};
use genesys_token_tls::{Expected, TlsEngine};

use super::context::RunnerContext;
use crate::transport::{Phase, SharedSocket, TransportErrorKind, connect_tcp, look_up};

/// A host of the service.
#[derive(Clone, Copy)]
pub(super) struct Host<'h> {
    pub(super) name: &'h str,
    pub(super) port: u16,
}

/// Looks the host up and connects to it by TCP. `enter` is called at the beginning of each phase.
pub(super) async fn connect<E, const TOKEN: usize>(
    context: &RunnerContext<'_, E, TOKEN>,
    host: Host<'_>,
    socket: &mut TcpSocket<'_>,
    deadline: Instant,
    enter: &impl Fn(Phase),
) -> Result<(), TransportErrorKind> {
    enter(Phase::Network);
    if !context.stack.is_config_up() {
        return Err(TransportErrorKind::NoNetwork);
    }
    enter(Phase::Clock);
    if context.shared.unix_time().is_none() {
        return Err(TransportErrorKind::NoClock);
    }
    enter(Phase::NameLookup);
    let addresses = with_deadline(deadline, look_up(context.stack, host.name)).await;
    let addresses = addresses.unwrap_or(Err(TransportErrorKind::TimedOut))?;
    enter(Phase::Connect);
    socket.set_nagle_enabled(false);
    connect_tcp(socket, &addresses, host.port, deadline).await
}

/// Establishes TLS over a TCP connection. The session is created in `place`, where it stays: it is large, and moving it out of its
/// future would need its size on the stack again.
pub(super) async fn establish_tls<'w, 's: 'w, E: TlsEngine, const TOKEN: usize>(
    context: &RunnerContext<'_, E, TOKEN>,
    host: Host<'_>,
    socket: SharedSocket<'w, 's>,
    place: &mut Option<E::Session<'w, SharedSocket<'w, 's>>>,
    workspace: &'w mut E::Workspace,
    deadline: Instant,
    enter: &impl Fn(Phase),
) -> Result<(), TransportErrorKind> {
    enter(Phase::TlsHandshake);
    let now = context.shared.unix_time().ok_or(TransportErrorKind::NoClock)?;
    let expected =
        Expected::new(host.name, context.settings.anchors).map_err(TransportErrorKind::HostName)?;
    let expected = expected.at(now).not_before(context.settings.earliest_time);
    let Ok(mut engine) = with_deadline(deadline, context.engine.lock()).await else {
        return Err(TransportErrorKind::TimedOut);
    };
    match with_deadline(deadline, engine.connect_in(place, socket, workspace, &expected)).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(error)) => Err(TransportErrorKind::Tls(error)),
        Err(_) => Err(TransportErrorKind::TimedOut),
    }
}

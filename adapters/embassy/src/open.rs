//! An authenticated connection to one of the hosts.

use embassy_net::tcp::TcpSocket;
use embassy_time::{Instant, with_deadline};
use genesys_token_tls::{Expected, TlsEngine};

use crate::runner::Common;
use crate::transport::{Line, Phase, TransportErrorKind, dial, resolve};

/// Which host.
#[derive(Clone, Copy)]
pub(crate) struct Host<'h> {
    pub(crate) name: &'h str,
    pub(crate) port: u16,
}

/// Looks the name up and connects by TCP. `enter` is told of each phase.
pub(crate) async fn connect<E, const TOKEN: usize>(
    common: &Common<'_, E, TOKEN>,
    host: Host<'_>,
    socket: &mut TcpSocket<'_>,
    deadline: Instant,
    enter: &impl Fn(Phase),
) -> Result<(), TransportErrorKind> {
    enter(Phase::Network);
    if !common.stack.is_config_up() {
        return Err(TransportErrorKind::NoNetwork);
    }
    enter(Phase::Clock);
    if common.shared.unix_time().is_none() {
        return Err(TransportErrorKind::NoClock);
    }
    enter(Phase::Resolve);
    let addresses = with_deadline(deadline, resolve(common.stack, host.name)).await;
    let addresses = addresses.unwrap_or(Err(TransportErrorKind::TimedOut))?;
    enter(Phase::Connect);
    socket.set_nagle_enabled(false);
    dial(socket, &addresses, host.port, deadline).await
}

/// Makes the TLS connection over a TCP connection.
pub(crate) async fn secure<'w, 's: 'w, E: TlsEngine, const TOKEN: usize>(
    common: &Common<'_, E, TOKEN>,
    host: Host<'_>,
    line: Line<'w, 's>,
    workspace: &'w mut E::Workspace,
    deadline: Instant,
    enter: &impl Fn(Phase),
) -> Result<E::Session<'w, Line<'w, 's>>, TransportErrorKind> {
    enter(Phase::Tls);
    let now = common.shared.unix_time().ok_or(TransportErrorKind::NoClock)?;
    let expected = Expected::new(host.name, common.settings.anchors).map_err(TransportErrorKind::Name)?;
    let expected = expected.at(now).not_before(common.settings.time_floor);
    let handshake = async { common.engine.lock().await.connect(line, workspace, &expected).await };
    match with_deadline(deadline, handshake).await {
        Ok(Ok(session)) => Ok(session),
        Ok(Err(error)) => Err(TransportErrorKind::Tls(error)),
        Err(_) => Err(TransportErrorKind::TimedOut),
    }
}

//! The API task: keeps a connection to the API host, and executes the commands of API calls.

use embassy_futures::select::{Either, Either4, select, select4};
use embassy_futures::yield_now;
use embassy_time::{Instant, Timer, with_timeout};
use genesys_token_core::call::is_reusable;
use genesys_token_tls::{SessionError, TlsEngine, TlsSession};
use zeroize::Zeroize;

use super::connect::{Host, connect, establish_tls};
use super::context::{LaneMutex, RunnerContext};
use crate::api_channel::{ApiChannel, Command, Event, WINDOW};
use crate::logging::log;
use crate::network::{Network, TcpSocket};
use crate::time;
use crate::transport::{CLOSE_TIMEOUT, Phase, TransportErrorKind, close_socket};
use crate::wiped::{Wiped, wipe};

pub(super) struct ApiTask<'s, 'r, N: Network, E, const TOKEN: usize> {
    context: &'s RunnerContext<'r, N, E, TOKEN>,
}

/// How a session ends.
enum End {
    /// With `close_notify`.
    Close,
    /// Without: it failed, or its caller was dropped.
    Abort,
}

impl<'s, 'r, N: Network, E: TlsEngine<Workspace: Zeroize>, const TOKEN: usize> ApiTask<'s, 'r, N, E, TOKEN> {
    pub(super) fn new(context: &'s RunnerContext<'r, N, E, TOKEN>) -> Self {
        Self { context }
    }

    fn channel(&self) -> &'r ApiChannel {
        &self.context.shared.api_channel
    }

    pub(super) async fn run(&self, lane: &LaneMutex<'_, E::Workspace>) {
        loop {
            match self.channel().next().await {
                Event::Abandoned => self.channel().acknowledge().await,
                Event::Requested(Command::Open { deadline }) => self.serve_connection(lane, deadline).await,
                Event::Requested(Command::Release { .. }) => self.channel().reply(Ok(0)),
                // The connection ended before this command.
                Event::Requested(_) => self.channel().reply(Err(TransportErrorKind::Closed)),
            }
        }
    }

    /// Opens a connection for a caller, and keeps it for later callers.
    async fn serve_connection(&self, lane: &LaneMutex<'_, E::Workspace>, deadline: Instant) {
        // The token exchange takes precedence: no call succeeds without a token.
        while self.context.lane_requested.signaled() {
            yield_now().await;
        }
        let Either::Second(mut lane) = select(self.channel().abandoned(), lane.lock()).await else {
            return;
        };
        let lane = lane.reborrow();
        let socket = self.context.tcp(lane.rx, lane.tx);
        let mut workspace = Wiped(lane.workspace);
        let served = self.connect_and_serve(&socket, &mut workspace, deadline);
        let in_order = match select(self.channel().abandoned(), served).await {
            Either::First(()) => false,
            Either::Second(in_order) => in_order,
        };
        close_socket(&socket, in_order).await;
    }

    /// Returns whether TCP is to be closed in order.
    async fn connect_and_serve(
        &self,
        socket: &N::Tcp<'_>,
        workspace: &mut E::Workspace,
        deadline: Instant,
    ) -> bool {
        let endpoint = &self.context.settings.endpoint;
        let host = Host { name: endpoint.api_host(), port: endpoint.api_port() };
        let enter = |phase| self.channel().enter(phase);
        if let Err(error) = connect(self.context, host, socket, deadline, &enter).await {
            self.channel().reply(Err(error));
            return false;
        }
        let mut place = None;
        let established =
            establish_tls(self.context, host, socket, &mut place, workspace, deadline, &enter).await;
        let session = match (established, &mut place) {
            (Ok(()), Some(session)) => session,
            (established, _) => {
                self.channel().reply(Err(established.err().unwrap_or(TransportErrorKind::Closed)));
                return false;
            }
        };
        log!(debug, "connected to the API host");
        self.channel().reply(Ok(0));
        match self.serve_exchanges(session, socket).await {
            End::Close => {
                let _ = with_timeout(CLOSE_TIMEOUT, session.close()).await;
                true
            }
            End::Abort => false,
        }
    }

    /// Executes commands of one exchange after the other, until the connection has to end.
    async fn serve_exchanges<S: TlsSession, T: TcpSocket>(&self, session: &mut S, socket: &T) -> End {
        let channel = self.channel();
        loop {
            // Within an exchange, whose deadline is enforced by the caller.
            match channel.next().await {
                Event::Abandoned => return End::Abort,
                Event::Requested(Command::Release { keep }) => {
                    channel.reply(Ok(0));
                    if !keep || !self.wait_for_reuse(socket).await {
                        return End::Close;
                    }
                    // The reply to the next `Open`.
                    channel.reply(Ok(1));
                }
                Event::Requested(command) => {
                    if let Err(error) = self.execute(session, command).await {
                        channel.reply(Err(error.into()));
                        return End::Abort;
                    }
                }
            }
        }
    }

    /// Waits for the next exchange. `false`: the connection must not be reused.
    async fn wait_for_reuse<T: TcpSocket>(&self, socket: &T) -> bool {
        let channel = self.channel();
        let keep_alive = self.context.settings.keep_alive;
        let idle_since = Instant::now();
        // The connection is polled before the channel: when a command arrives, nothing was received, and the connection is open.
        let reusable = || is_reusable(time::core(idle_since.elapsed()), time::core(keep_alive), true);
        let lane_requested = &self.context.lane_requested;
        let timeout = Timer::after(keep_alive);
        match select4(socket.wait_activity(), channel.next(), lane_requested.wait(), timeout).await {
            Either4::Second(Event::Requested(Command::Open { .. })) if reusable() => true,
            // To be executed without a connection.
            Either4::Second(Event::Requested(command)) => {
                channel.put_back(command);
                false
            }
            Either4::Third(()) => {
                // The request stands until the token task has the lane.
                lane_requested.signal(());
                false
            }
            Either4::First(()) | Either4::Second(Event::Abandoned) | Either4::Fourth(()) => false,
        }
    }

    async fn execute<S: TlsSession>(&self, session: &mut S, command: Command) -> Result<(), SessionError> {
        let channel = self.channel();
        let done = match command {
            Command::Write { count, flush } => {
                channel.enter(Phase::Request);
                let mut window = channel.window().await;
                let bytes = window.get_mut(..count.min(WINDOW)).unwrap_or_default();
                let result = write_all(session, bytes).await;
                wipe(bytes);
                result?;
                if flush {
                    session.flush().await?;
                }
                count
            }
            Command::Read(most) => {
                channel.enter(Phase::Response);
                let mut window = channel.window().await;
                session.read(window.get_mut(..most.min(WINDOW)).unwrap_or_default()).await?
            }
            Command::Open { .. } | Command::Release { .. } => 0,
        };
        channel.reply(Ok(done));
        Ok(())
    }
}

/// Writes all bytes. Not `Write::write_all`, which panics when the stream accepts none.
async fn write_all<S: TlsSession>(session: &mut S, mut bytes: &[u8]) -> Result<(), SessionError> {
    while !bytes.is_empty() {
        match session.write(bytes).await? {
            0 => return Err(SessionError::Ended),
            count => bytes = bytes.get(count..).unwrap_or_default(),
        }
    }
    Ok(())
}

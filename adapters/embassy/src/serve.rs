//! The runner's side of API calls: keeps a connection to the api host, and does what callers ask for over the desk.

use core::cell::RefCell;

use embassy_futures::select::{Either, Either4, select, select4};
use embassy_futures::yield_now;
use embassy_net::tcp::TcpSocket;
use embassy_time::{Duration, Instant, Timer, with_timeout};
use genesys_token_tls::{SessionError, TlsEngine, TlsSession};
use zeroize::Zeroize;

use crate::desk::{Ask, Desk, Event, WINDOW};
use crate::logging::log;
use crate::memory::Lane;
use crate::open::{Host, connect, secure};
use crate::runner::{Common, LaneLock};
use crate::transport::{Line, TransportErrorKind, hang_up};
use crate::wiped::{Wiped, wipe};

/// For the peer to take `close_notify`.
const FAREWELL: Duration = Duration::from_secs(1);

pub(crate) struct Server<'s, 'r, E, const TOKEN: usize> {
    common: &'s Common<'r, E, TOKEN>,
}

/// What becomes of a session.
enum End {
    /// It is closed in order.
    Close,
    /// It is of no more use.
    Drop,
}

impl<'s, 'r, E: TlsEngine<Workspace: Zeroize>, const TOKEN: usize> Server<'s, 'r, E, TOKEN> {
    pub(crate) fn new(common: &'s Common<'r, E, TOKEN>) -> Self {
        Self { common }
    }

    fn desk(&self) -> &'r Desk {
        &self.common.shared.desk
    }

    pub(crate) async fn serve<const RX: usize, const TX: usize>(
        &self,
        lane: &LaneLock<'_, E::Workspace, RX, TX>,
    ) {
        loop {
            match self.desk().next().await {
                Event::Gone => self.desk().acknowledge().await,
                Event::Asked(Ask::Open { deadline }) => self.connection(lane, deadline).await,
                Event::Asked(Ask::Release { .. }) => self.desk().answer(Ok(0)),
                // The connection ended before this was asked.
                Event::Asked(_) => self.desk().answer(Err(TransportErrorKind::Closed)),
            }
        }
    }

    /// Opens a connection for the caller who asks for one, and keeps it for those after.
    async fn connection<const RX: usize, const TX: usize>(
        &self,
        lane: &LaneLock<'_, E::Workspace, RX, TX>,
        deadline: Instant,
    ) {
        // The token goes before: without it there is nothing to call with.
        while self.common.lane_wanted.signaled() {
            yield_now().await;
        }
        let Either::Second(mut lane) = select(self.desk().gone(), lane.lock()).await else {
            return;
        };
        let Lane { rx, tx, workspace } = &mut **lane;
        let mut socket = RefCell::new(TcpSocket::new(self.common.stack, rx, tx));
        let mut workspace = Wiped(workspace);
        let talk = self.talk(&mut socket, &mut workspace, deadline);
        let in_order = match select(self.desk().gone(), talk).await {
            Either::First(()) => false,
            Either::Second(in_order) => in_order,
        };
        hang_up(socket.get_mut(), in_order).await;
    }

    /// Whether the connection is to be closed in order.
    async fn talk(
        &self,
        socket: &mut RefCell<TcpSocket<'_>>,
        workspace: &mut E::Workspace,
        deadline: Instant,
    ) -> bool {
        let endpoint = &self.common.settings.endpoint;
        let host = Host { name: endpoint.api_host(), port: endpoint.api_port() };
        let enter = |phase| self.desk().enter(phase);
        if let Err(error) = connect(self.common, host, socket.get_mut(), deadline, &enter).await {
            self.desk().answer(Err(error));
            return false;
        }
        let (line, mut place) = (Line(socket), None);
        let secured = secure(self.common, host, line, &mut place, workspace, deadline, &enter).await;
        let session = match (secured, &mut place) {
            (Ok(()), Some(session)) => session,
            (secured, _) => {
                self.desk().answer(Err(secured.err().unwrap_or(TransportErrorKind::Closed)));
                return false;
            }
        };
        log!(debug, "connected to the api host");
        self.desk().answer(Ok(0));
        match self.exchanges(session, line).await {
            End::Close => {
                let _ = with_timeout(FAREWELL, session.close()).await;
                true
            }
            End::Drop => false,
        }
    }

    /// Serves exchange after exchange.
    async fn exchanges<S: TlsSession>(&self, session: &mut S, line: Line<'_, '_>) -> End {
        let desk = self.desk();
        loop {
            // Within an exchange. That it takes too long is the caller's to find.
            match desk.next().await {
                Event::Gone => return End::Drop,
                Event::Asked(Ask::Release { keep }) => {
                    desk.answer(Ok(0));
                    if !keep || !self.stays_idle(line).await {
                        return End::Close;
                    }
                    // Asked for again while all is quiet.
                    desk.answer(Ok(1));
                }
                Event::Asked(ask) => {
                    if let Err(error) = self.step(session, ask).await {
                        desk.answer(Err(error.into()));
                        return End::Drop;
                    }
                }
            }
        }
    }

    /// Waits for the next exchange. `false`: the connection is not to be used any more.
    async fn stays_idle(&self, line: Line<'_, '_>) -> bool {
        let desk = self.desk();
        let timeout = Timer::after(self.common.settings.keep_alive);
        match select4(desk.next(), self.common.lane_wanted.wait(), line.noise(), timeout).await {
            Either4::First(Event::Asked(Ask::Open { .. })) if line.is_quiet() => true,
            // To be found again where there is no connection.
            Either4::First(Event::Asked(ask)) => {
                desk.put_back(ask);
                false
            }
            Either4::Second(()) => {
                // Still wanted, until it is taken.
                self.common.lane_wanted.signal(());
                false
            }
            Either4::First(Event::Gone) | Either4::Third(()) | Either4::Fourth(()) => false,
        }
    }

    async fn step<S: TlsSession>(&self, session: &mut S, ask: Ask) -> Result<(), SessionError> {
        use crate::transport::Phase;

        let desk = self.desk();
        let done = match ask {
            Ask::Write { count, flush } => {
                desk.enter(Phase::Send);
                let mut window = desk.window().await;
                let bytes = window.get_mut(..count.min(WINDOW)).unwrap_or_default();
                let result = write_all(session, bytes).await;
                wipe(bytes);
                result?;
                if flush {
                    session.flush().await?;
                }
                count
            }
            Ask::Read(most) => {
                desk.enter(Phase::Receive);
                let mut window = desk.window().await;
                session.read(window.get_mut(..most.min(WINDOW)).unwrap_or_default()).await?
            }
            Ask::Open { .. } | Ask::Release { .. } => 0,
        };
        desk.answer(Ok(done));
        Ok(())
    }
}

async fn write_all<S: TlsSession>(session: &mut S, mut bytes: &[u8]) -> Result<(), SessionError> {
    while !bytes.is_empty() {
        match session.write(bytes).await? {
            0 => return Err(SessionError::Ended),
            count => bytes = bytes.get(count..).unwrap_or_default(),
        }
    }
    Ok(())
}

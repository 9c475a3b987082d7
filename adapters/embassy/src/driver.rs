//! The loop that keeps the token fresh: does what core's manager says, and waits as long as it says.

use core::cell::{Cell, RefCell};

use embassy_futures::select::{select, select3};
use embassy_net::tcp::TcpSocket;
use embassy_sync::mutex::Mutex;
use embassy_time::{Duration, Instant, Timer, with_deadline, with_timeout};
use genesys_token_core::lifecycle::{Failure, Outcome, Step, Ticket};
use genesys_token_core::time::Instant as CoreInstant;
use genesys_token_core::wire::parse_token_response;
use genesys_token_tls::{TlsEngine, TlsSession as _};
use zeroize::Zeroize;

use crate::credentials::{CredentialError, CredentialSource, Credentials};
use crate::error::{Detail, TokenErrorKind};
use crate::exchange::{self, Obtained};
use crate::logging::log;
use crate::memory::Lane;
use crate::open::{Host, connect, secure};
use crate::runner::{Common, LaneLock};
use crate::shared::Shared;
use crate::time;
use crate::transport::{Line, Phase, Service, TransportError, TransportErrorKind, hang_up};
use crate::wiped::{Wiped, WipedBytes, scrub_stack};

/// For the peer to take `close_notify`.
const FAREWELL: Duration = Duration::from_secs(1);

pub(crate) struct Driver<'d, 'r, E, C, const TOKEN: usize> {
    common: &'d Common<'r, E, TOKEN>,
    credentials: Mutex<embassy_sync::blocking_mutex::raw::NoopRawMutex, &'d mut C>,
    /// The lane is the api host's too.
    shares_lane: bool,
}

/// The one place where credentials are: those of an exchange under way, or those that the service refused last.
type Held = Option<Credentials>;

impl<'d, 'r, E: TlsEngine<Workspace: Zeroize>, C: CredentialSource, const TOKEN: usize>
    Driver<'d, 'r, E, C, TOKEN>
{
    pub(crate) fn new(common: &'d Common<'r, E, TOKEN>, credentials: &'d mut C, shares_lane: bool) -> Self {
        Self { common, credentials: Mutex::new(credentials), shares_lane }
    }

    pub(crate) async fn keep_fresh<const RX: usize, const TX: usize>(
        &self,
        lane: &LaneLock<'_, E::Workspace, RX, TX>,
        heads: &mut [u8],
        body: &mut [u8],
    ) {
        let shared = self.common.shared;
        let mut held: Held = None;
        loop {
            let (step, until) =
                shared.look(|state, now| (state.manager.poll(now), state.manager.next_deadline()));
            let until = until.unwrap_or(CoreInstant::FAR_FUTURE);
            match step {
                Step::Exchange(_reason) => self.exchange(lane, heads, body, &mut held).await,
                Step::CheckCredentials => self.check_credentials(&mut held).await,
                Step::Wait { .. } | Step::Stop(_) => self.rest(until).await,
            }
        }
    }

    /// Sleeps until then, or until somebody wakes the driver.
    async fn rest(&self, until: CoreInstant) {
        select(Timer::at(time::timer(until)), self.common.shared.wake.wait()).await;
    }

    async fn exchange<const RX: usize, const TX: usize>(
        &self,
        lane: &LaneLock<'_, E::Workspace, RX, TX>,
        heads: &mut [u8],
        body: &mut [u8],
        held: &mut Held,
    ) {
        let ready = self.wait_until_ready().await;
        // The connection that the api host may keep there is closed for this.
        if self.shares_lane {
            self.common.lane_wanted.signal(());
        }
        let mut lane = lane.lock().await;
        self.common.lane_wanted.reset();
        let shared = self.common.shared;
        let Some(flight) = Flight::take_off(shared) else {
            return;
        };
        log!(debug, "an exchange for an access token begins");
        match ready {
            Ok(()) => self.fly(flight, &mut lane, &mut WipedBytes(heads), body, held).await,
            Err((phase, kind)) => {
                flight.fail(Detail::Transport(TransportError::new(Service::Login, phase, kind)));
            }
        }
    }

    /// Waits for network and clock, as long as an exchange may take: the beginning of a device's life is no failure.
    async fn wait_until_ready(&self) -> Result<(), (Phase, TransportErrorKind)> {
        let Common { stack, settings, shared, .. } = self.common;
        let deadline = Instant::now() + settings.total_timeout;
        loop {
            let (up, clock) = (stack.is_config_up(), shared.unix_time().is_some());
            if up && clock {
                return Ok(());
            }
            if Instant::now() >= deadline {
                return Err(if up {
                    (Phase::Clock, TransportErrorKind::NoClock)
                } else {
                    (Phase::Network, TransportErrorKind::NoNetwork)
                });
            }
            let network = async {
                if up {
                    core::future::pending::<()>().await;
                } else {
                    stack.wait_config_up().await;
                }
            };
            select3(Timer::at(deadline), network, shared.wake.wait()).await;
        }
    }

    /// The exchange itself. Its outcome is told before the connection is closed, for which nobody has to wait.
    async fn fly<const RX: usize, const TX: usize>(
        &self,
        flight: Flight<'_, TOKEN>,
        memory: &mut Lane<E::Workspace, RX, TX>,
        heads: &mut [u8],
        body: &mut [u8],
        held: &mut Held,
    ) {
        let deadline = Instant::now() + self.common.settings.total_timeout;
        let credentials = match self.ask_source(deadline, held).await {
            Ok(credentials) => credentials,
            Err(error) => return flight.fail(Detail::Credentials(error)),
        };
        let endpoint = &self.common.settings.endpoint;
        let host = Host { name: endpoint.login_host(), port: endpoint.login_port() };
        let phase = Cell::new(Phase::Network);
        let enter = |next| phase.set(next);
        let failed = |kind| Detail::Transport(TransportError::new(Service::Login, phase.get(), kind));

        let Lane { rx, tx, workspace } = memory;
        let mut workspace = Wiped(workspace);
        let mut socket = RefCell::new(TcpSocket::new(self.common.stack, rx, tx));
        let (mut refused, mut in_order) = (false, false);
        if let Err(kind) = connect(self.common, host, socket.get_mut(), deadline, &enter).await {
            flight.fail(failed(kind));
        } else {
            let (line, mut place) = (Line(&socket), None);
            let secured = secure(self.common, host, line, &mut place, &mut workspace, deadline, &enter).await;
            match (secured, &mut place) {
                (Err(kind), _) => flight.fail(failed(kind)),
                (Ok(()), None) => flight.fail(failed(TransportErrorKind::Closed)),
                (Ok(()), Some(session)) => {
                    let settings = self.common.settings;
                    let obtained =
                        exchange::obtain(settings, credentials, session, heads, body, deadline, &phase).await;
                    in_order = obtained.is_ok();
                    refused = self.land(flight, obtained, body);
                    if in_order {
                        let _ = with_timeout(FAREWELL, session.close()).await;
                    }
                }
            }
        }
        if !refused {
            *held = None;
        }
        hang_up(socket.get_mut(), in_order).await;
    }

    /// Tells the outcome. Whether the service said no.
    fn land(&self, flight: Flight<'_, TOKEN>, obtained: Result<Obtained, Detail>, body: &mut [u8]) -> bool {
        scrub_stack();
        match obtained {
            Err(detail) => flight.fail(detail),
            Ok(Obtained { head, length }) => {
                let body = body.get_mut(..length).unwrap_or_default();
                match parse_token_response(&head, body) {
                    Ok(response) => flight.complete(Outcome::Token(&response), None),
                    Err(error) => flight.complete(Outcome::Failed(error.into()), None),
                }
            }
        }
        self.common.shared.look(|state, _| matches!(state.manager.last_failure(), Some(Failure::Refused(_))))
    }

    /// Asks the source, and puts what it gives where it stays.
    async fn ask_source<'h>(
        &self,
        deadline: Instant,
        held: &'h mut Held,
    ) -> Result<&'h Credentials, CredentialError> {
        *held = None;
        let ask = async { self.credentials.lock().await.credentials().await };
        match with_deadline(deadline, ask).await {
            Ok(Ok(credentials)) => *held = Some(credentials),
            Ok(Err(error)) => return Err(error),
            Err(_) => return Err(CredentialError::TimedOut),
        }
        scrub_stack();
        held.as_ref().ok_or(CredentialError::Unavailable)
    }

    /// A refused secret is not tried again for minutes; one that was changed meanwhile is tried at once.
    async fn check_credentials(&self, refused: &mut Held) {
        let deadline = Instant::now() + self.common.settings.total_timeout;
        let mut other = None;
        let replaced = match (&*refused, self.ask_source(deadline, &mut other).await) {
            (Some(refused), Ok(credentials)) => !refused.is_same(credentials),
            _ => false,
        };
        if !replaced {
            return self.common.shared.look(|state, now| state.manager.credentials_unchanged(now));
        }
        log!(info, "the refused credentials were replaced");
        *refused = None;
        self.common.shared.update(|state, now| state.manager.credentials_changed(now));
    }
}

/// An exchange on its way: if the future is dropped the manager learns of it all the same.
struct Flight<'r, const TOKEN: usize> {
    shared: &'r Shared<TOKEN>,
    ticket: Option<Ticket>,
}

impl<'r, const TOKEN: usize> Flight<'r, TOKEN> {
    fn take_off(shared: &'r Shared<TOKEN>) -> Option<Self> {
        let ticket = shared.look(|state, now| state.manager.begin(now))?;
        Some(Self { shared, ticket: Some(ticket) })
    }

    /// There was no response.
    fn fail(self, detail: Detail) {
        let failure = match &detail {
            Detail::Transport(_) => Failure::Transport(()),
            Detail::Config(_) | Detail::Credentials(_) => Failure::NoCredentials(()),
        };
        self.complete(Outcome::Failed(failure), Some(detail));
    }

    fn complete(mut self, outcome: Outcome<'_, '_>, detail: Option<Detail>) {
        let Some(ticket) = self.ticket.take() else {
            return;
        };
        let random = self.shared.random();
        let failure = self.shared.update(|state, now| {
            state.manager.complete(ticket, now, outcome, random);
            state.detail = detail;
            let failure = state.manager.last_failure();
            failure.map(|failure| TokenErrorKind::of_failure(failure, state.detail.as_ref()))
        });
        if let Some(failure) = failure {
            log!(warn, "no access token was obtained: {}", failure);
        } else {
            log!(info, "an access token was obtained");
        }
    }
}

impl<const TOKEN: usize> Drop for Flight<'_, TOKEN> {
    fn drop(&mut self) {
        if let Some(ticket) = self.ticket.take() {
            self.shared.update(|state, now| state.manager.abandon(ticket, now));
        }
    }
}

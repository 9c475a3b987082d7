//! The token task: does what core's manager decides, and waits as long as it decides.

use core::cell::Cell;

use embassy_futures::select::{select, select3};
use embassy_sync::blocking_mutex::raw::NoopRawMutex;
use embassy_sync::mutex::Mutex;
use embassy_time::{Instant, Timer, with_deadline, with_timeout};
use genesys_token_core::lifecycle::{Failure, Outcome, Step, Ticket};
use genesys_token_core::time::Instant as CoreInstant;
use genesys_token_core::wire::parse_token_response;
use genesys_token_tls::{TlsEngine, TlsSession as _};
use zeroize::Zeroize;

use super::connect::{Host, connect, establish_tls};
use super::context::{LaneMutex, RunnerContext};
use super::exchange::{self, Received};
use crate::credentials::{CredentialError, CredentialSource, Credentials};
use crate::error::{Detail, TokenErrorKind};
use crate::logging::log;
use crate::memory::Lane;
use crate::network::Network;
use crate::shared::Shared;
use crate::time;
use crate::transport::{CLOSE_TIMEOUT, Phase, Service, TransportError, TransportErrorKind, close_socket};
use crate::wiped::{Wiped, WipedBytes, scrub_stack};

pub(super) struct TokenTask<'d, 'r, N: Network, E, C, const TOKEN: usize> {
    context: &'d RunnerContext<'r, N, E, TOKEN>,
    credentials: Mutex<NoopRawMutex, &'d mut C>,
    /// The API task uses the same lane.
    shares_lane: bool,
}

/// The only copy of the credentials: those of the exchange in flight, or those that the service refused last.
type HeldCredentials = Option<Credentials>;

impl<'d, 'r, N: Network, E: TlsEngine<Workspace: Zeroize>, C: CredentialSource, const TOKEN: usize>
    TokenTask<'d, 'r, N, E, C, TOKEN>
{
    pub(super) fn new(
        context: &'d RunnerContext<'r, N, E, TOKEN>,
        credentials: &'d mut C,
        shares_lane: bool,
    ) -> Self {
        Self { context, credentials: Mutex::new(credentials), shares_lane }
    }

    pub(super) async fn run(&self, lane: &LaneMutex<'_, E::Workspace>, heads: &mut [u8], body: &mut [u8]) {
        let shared = self.context.shared;
        let mut held: HeldCredentials = None;
        loop {
            let (step, until) =
                shared.look(|state, now| (state.manager.poll(now), state.manager.next_deadline()));
            let until = until.unwrap_or(CoreInstant::FAR_FUTURE);
            match step {
                Step::Exchange(_reason) => self.run_exchange(lane, heads, body, &mut held).await,
                Step::CheckCredentials => self.check_credentials(&mut held).await,
                Step::Wait { .. } | Step::Stop(_) => self.wait(until).await,
            }
        }
    }

    /// Sleeps until then, or until a client changes the state.
    async fn wait(&self, until: CoreInstant) {
        select(Timer::at(time::timer(until)), self.context.shared.wake.wait()).await;
    }

    /// Waits for network, clock and lane, and runs one exchange.
    async fn run_exchange(
        &self,
        lane: &LaneMutex<'_, E::Workspace>,
        heads: &mut [u8],
        body: &mut [u8],
        held: &mut HeldCredentials,
    ) {
        let ready = self.wait_until_ready().await;
        // Closes the connection to the API host that may occupy the lane.
        if self.shares_lane {
            self.context.lane_requested.signal(());
        }
        let mut lane = lane.lock().await;
        self.context.lane_requested.reset();
        let Some(exchange) = InFlight::begin_exchange(self.context.shared) else {
            return;
        };
        log!(debug, "token exchange started");
        match ready {
            Ok(()) => {
                let mut heads = WipedBytes(heads);
                self.exchange_over(lane.reborrow(), exchange, &mut heads, body, held).await;
            }
            Err((phase, kind)) => exchange.fail(transport(phase, kind)),
        }
    }

    /// Waits for network and clock, for `total_timeout` at most: at startup it is not an error that they are not there yet.
    async fn wait_until_ready(&self) -> Result<(), (Phase, TransportErrorKind)> {
        let RunnerContext { network, settings, shared, .. } = self.context;
        let deadline = Instant::now() + settings.total_timeout;
        loop {
            let (up, clock) = (network.is_up(), shared.unix_time().is_some());
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
            let address = async {
                if up {
                    core::future::pending::<()>().await;
                } else {
                    network.wait_up().await;
                }
            };
            select3(Timer::at(deadline), address, shared.wake.wait()).await;
        }
    }

    /// Connects and exchanges. The outcome is published before the connection is closed, which callers need not wait for.
    async fn exchange_over(
        &self,
        lane: Lane<'_, E::Workspace>,
        exchange: InFlight<'_, TOKEN>,
        heads: &mut [u8],
        body: &mut [u8],
        held: &mut HeldCredentials,
    ) {
        let deadline = Instant::now() + self.context.settings.total_timeout;
        let credentials = match self.ask_source(deadline, held).await {
            Ok(credentials) => credentials,
            Err(error) => return exchange.fail(Failure::NoCredentials(Detail::Credentials(error))),
        };
        let endpoint = &self.context.settings.endpoint;
        let host = Host { name: endpoint.login_host(), port: endpoint.login_port() };
        let phase = Cell::new(Phase::Network);
        let enter = |next| phase.set(next);

        let mut workspace = Wiped(lane.workspace);
        let socket = self.context.tcp(lane.rx, lane.tx);
        let (mut refused, mut in_order) = (false, false);
        if let Err(kind) = connect(self.context, host, &socket, deadline, &enter).await {
            exchange.fail(transport(phase.get(), kind));
        } else {
            let mut place = None;
            let established =
                establish_tls(self.context, host, &socket, &mut place, &mut workspace, deadline, &enter)
                    .await;
            match (established, &mut place) {
                (Err(kind), _) => exchange.fail(transport(phase.get(), kind)),
                (Ok(()), None) => exchange.fail(transport(phase.get(), TransportErrorKind::Closed)),
                (Ok(()), Some(session)) => {
                    let settings = self.context.settings;
                    let received = exchange::request_token(
                        settings,
                        credentials,
                        session,
                        heads,
                        body,
                        deadline,
                        &phase,
                    )
                    .await;
                    in_order = received.is_ok();
                    refused = self.finish_exchange(exchange, received, body);
                    if in_order {
                        let _ = with_timeout(CLOSE_TIMEOUT, session.close()).await;
                    }
                }
            }
        }
        if !refused {
            *held = None;
        }
        close_socket(&socket, in_order).await;
    }

    /// Publishes the outcome. Returns whether the service refused the request.
    fn finish_exchange(
        &self,
        exchange: InFlight<'_, TOKEN>,
        received: Result<Received, Failure<Detail>>,
        body: &mut [u8],
    ) -> bool {
        scrub_stack();
        match received {
            Err(failure) => exchange.fail(failure),
            Ok(Received { mut head, length }) => {
                if let Some(time) = self.context.shared.unix_time() {
                    head.received_at(time);
                }
                let body = body.get_mut(..length).unwrap_or_default();
                match parse_token_response(&head, body) {
                    Ok(response) => exchange.complete(Outcome::Token(&response)),
                    Err(error) => exchange.fail(error.into()),
                }
            }
        }
        self.context.shared.look(|state, _| matches!(state.manager.last_failure(), Some(Failure::Refused(_))))
    }

    /// Asks the source for credentials, and stores them where they stay.
    async fn ask_source<'h>(
        &self,
        deadline: Instant,
        held: &'h mut HeldCredentials,
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

    /// Asks the source again while the service refuses its credentials: refused ones are not sent again for minutes, changed ones
    /// at once.
    async fn check_credentials(&self, refused: &mut HeldCredentials) {
        let deadline = Instant::now() + self.context.settings.total_timeout;
        let mut current = None;
        let replaced = match (&*refused, self.ask_source(deadline, &mut current).await) {
            (Some(refused), Ok(credentials)) => !refused.is_same(credentials),
            _ => false,
        };
        if !replaced {
            return self.context.shared.look(|state, now| state.manager.credentials_unchanged(now));
        }
        log!(info, "the refused credentials were replaced");
        *refused = None;
        self.context.shared.update(|state, now| state.manager.credentials_changed(now));
    }
}

/// Returns a failure of the connection to the login host.
const fn transport(phase: Phase, kind: TransportErrorKind) -> Failure<Detail> {
    Failure::Transport(Detail::Transport(TransportError::new(Service::Login, phase, kind)))
}

/// An exchange in flight. If the future is dropped, the exchange is reported to the manager as abandoned.
struct InFlight<'r, const TOKEN: usize> {
    shared: &'r Shared<TOKEN>,
    ticket: Option<Ticket>,
}

impl<'r, const TOKEN: usize> InFlight<'r, TOKEN> {
    fn begin_exchange(shared: &'r Shared<TOKEN>) -> Option<Self> {
        let ticket = shared.look(|state, now| state.manager.begin(now))?;
        Some(Self { shared, ticket: Some(ticket) })
    }

    fn fail(self, failure: Failure<Detail>) {
        self.complete(Outcome::Failed(failure));
    }

    fn complete(mut self, outcome: Outcome<'_, '_, Detail>) {
        let Some(ticket) = self.ticket.take() else {
            return;
        };
        let random = self.shared.random();
        let failure = self.shared.update(|state, now| {
            state.manager.complete(ticket, now, outcome, random);
            state.manager.last_failure().map(TokenErrorKind::from)
        });
        if let Some(failure) = failure {
            log!(warn, "token exchange failed: {}", failure);
        } else {
            log!(info, "access token obtained");
        }
    }
}

impl<const TOKEN: usize> Drop for InFlight<'_, TOKEN> {
    fn drop(&mut self) {
        if let Some(ticket) = self.ticket.take() {
            self.shared.update(|state, now| state.manager.abandon(ticket, now));
        }
    }
}

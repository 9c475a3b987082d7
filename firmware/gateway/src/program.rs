//! The program: the tasks that run concurrently, and their setup.

use core::cell::RefCell;
use core::pin::pin;

use defmt::{error, info};
use embassy_futures::select::{Either3, select3};
use embassy_net::Stack;
use embassy_time::Duration;
use genesys_token_embassy::core::settings::ClientSecret;
use genesys_token_embassy::tls::{CryptoRngCore, Tls13, TlsEngine, TrustAnchor, anchors};
use genesys_token_embassy::{
    CredentialError, Credentials, Memory as ClientMemory, Settings as ClientSettings,
};
use genesys_token_provision::Settings;
use rustls_pki_types::CertificateDer;
use zeroize::Zeroize;

use crate::console::Console;
use crate::outcome::Outcome;
use crate::{network, worker};

/// The memory of the token client, the largest part of what the program needs. Keep it in a static cell.
pub type Memory = genesys_token_embassy::SmallMemory;

/// Returns initialised memory, for a static cell.
#[must_use]
#[inline(always)]
#[allow(clippy::inline_always, reason = "otherwise the result would be on the stack a second time")]
pub fn new_memory() -> Memory {
    Memory::new()
}

/// Runs the program until it reaches the number of calls or failures in its settings; without these it never returns.
///
/// `connect`: starts the network, whose runner is a task of its own; `None` after a fault, which it has logged. `rng`: a cryptographic
/// generator seeded from a hardware source. `console`: a source of commands, or [`NoConsole`](crate::NoConsole).
pub async fn run<R: CryptoRngCore>(
    connect: impl AsyncFnOnce(&mut R) -> Option<Stack<'static>>,
    settings: &Settings<'_>,
    mut rng: R,
    memory: &mut Memory,
    console: impl Console,
) -> Outcome {
    let Some(stack) = connect(&mut rng).await else { return Outcome::Failed };
    let seed = rng.next_u32();
    run_with(stack, settings, seed, Tls13::new(rng), memory, console).await
}

/// [`run`] with another TLS engine, for images that are measured, and on a network that is already started.
///
/// `seed`: random bits for the spread of retries; they need not be secret.
pub async fn run_with<
    E: TlsEngine<Workspace: Zeroize>,
    const LANES: usize,
    const TOKEN: usize,
    const HEADS: usize,
    const BODY: usize,
    const RX: usize,
    const TX: usize,
>(
    stack: Stack<'_>,
    settings: &Settings<'_>,
    seed: u32,
    engine: E,
    memory: &mut ClientMemory<E::Workspace, LANES, TOKEN, HEADS, BODY, RX, TX>,
    console: impl Console,
) -> Outcome {
    let own = settings.trust_anchor.map(CertificateDer::from);
    let own: Option<[TrustAnchor<'_>; 1]> = match own.as_ref().map(webpki::anchor_from_trusted_cert) {
        None => None,
        Some(Ok(anchor)) => Some([anchor]),
        Some(Err(_)) => {
            error!(
                "the setting `trust-anchor` is not a DER certificate; convert the CA certificate to DER and write it in hexadecimal"
            );
            return Outcome::Failed;
        }
    };
    let secret: RefCell<ClientSecret> = match ClientSecret::new(settings.client_secret.expose()) {
        Ok(secret) => RefCell::new(secret),
        Err(_) => return Outcome::Failed,
    };
    let credentials = || {
        let secret = secret.try_borrow().map_err(|_| CredentialError::Unavailable)?;
        Ok(Credentials::new(settings.client_id.as_str(), secret.expose())?)
    };

    let mut wanted = ClientSettings::new(settings.endpoint, seed);
    wanted.total_timeout = Duration::from_secs(settings.schedule.timeout.into());
    wanted.time_servers = settings.clock.servers();
    if let Some(own) = &own {
        wanted.anchors = own;
    } else {
        wanted.anchors = &anchors::SERVICE;
    }
    let (client, mut runner) = genesys_token_embassy::new(stack, wanted, engine, credentials, memory);
    if let Some(time) = settings.clock.given
        && client.set_unix_time(time).is_err()
    {
        error!(
            "the setting `time` is before the build of this program and is not accepted; set the current time"
        );
        return Outcome::Failed;
    }
    info!("requesting access tokens from {=str}", settings.endpoint.login_host());
    let mut keep_token = pin!(in_place(|| runner.run()));
    let mut call_api = pin!(in_place(|| worker::work(client, settings.schedule, console, &secret)));
    let mut log_network = pin!(network::log_changes(stack));
    match select3(keep_token.as_mut(), call_api.as_mut(), log_network.as_mut()).await {
        Either3::Second(outcome) => outcome,
        // The client is never closed, and logging never ends.
        Either3::First(()) | Either3::Third(()) => Outcome::Failed,
    }
}

/// Returns the large future that `make` creates, constructed directly in its final place.
///
/// A call that is not inlined writes its result to the address that the caller passes. When it is inlined, the compiler constructs the
/// future on the stack first and then moves it, and reserves that space in the frame of every poll: thousands of bytes for each.
#[inline(never)]
pub fn in_place<F>(make: impl FnOnce() -> F) -> F {
    make()
}

//! The program: what runs beside what.

use core::cell::RefCell;
use core::pin::pin;

use defmt::{error, info};
use embassy_futures::select::{Either3, select3};
use embassy_net::Stack;
use embassy_time::Duration;
use genesys_token_embassy::core::settings::ClientSecret;
#[cfg(not(feature = "measured-http"))]
use genesys_token_embassy::tls::EmbeddedTls;
use genesys_token_embassy::tls::{CryptoRngCore, TrustAnchor, anchors};
use genesys_token_embassy::{CredentialError, Credentials, Settings as ClientSettings};
use rustls_pki_types::CertificateDer;

use crate::console::Console;
use crate::settings::Settings;
use crate::{network, worker};

/// The memory of the token client: the greatest part of what the program needs. For a static cell.
#[cfg(not(any(feature = "measured-core", feature = "measured-http")))]
pub type Memory = genesys_token_embassy::SmallMemory;
/// The same, without TLS.
#[cfg(feature = "measured-http")]
pub type Memory = genesys_token_embassy::Memory<crate::clear_text::Nothing, 1, 1024, 2560, 2048, 2048, 1024>;
/// What core alone needs of it.
#[cfg(feature = "measured-core")]
pub type Memory = crate::alone::Memory;

/// The memory, for a static cell.
#[must_use]
#[inline(always)]
#[allow(clippy::inline_always, reason = "made elsewhere it would be on the stack once more")]
pub fn new_memory() -> Memory {
    #[cfg(not(feature = "measured-http"))]
    return Memory::new();
    #[cfg(feature = "measured-http")]
    return Memory::with_workspaces([crate::clear_text::Nothing]);
}

/// How the program ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, defmt::Format)]
pub enum Outcome {
    /// As many calls as were wanted were answered.
    Done,
    /// So many failed that it gave up, or it cannot run with these settings.
    Failed,
}

/// Runs the program until it has done what its settings want, which may be never.
///
/// `stack`: the network, whose runner is a task of its own. `rng`: a cryptographic generator seeded from true entropy.
/// `console`: where commands come from besides; [`NoConsole`](crate::NoConsole) for none.
#[cfg(not(feature = "measured-core"))]
pub async fn run(
    stack: Stack<'_>,
    settings: &Settings<'_>,
    mut rng: impl CryptoRngCore,
    memory: &mut Memory,
    console: impl Console,
) -> Outcome {
    let own = settings.trust_anchor.map(CertificateDer::from);
    let own: Option<[TrustAnchor<'_>; 1]> = match own.as_ref().map(webpki::anchor_from_trusted_cert) {
        None => None,
        Some(Ok(anchor)) => Some([anchor]),
        Some(Err(_)) => {
            error!("the trust anchor in the settings is no certificate");
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

    let mut wanted = ClientSettings::new(settings.endpoint, rng.next_u32());
    wanted.total_timeout = Duration::from_secs(settings.schedule.timeout.into());
    wanted.time_servers = settings.clock.servers();
    if let Some(own) = &own {
        wanted.anchors = own;
    } else {
        wanted.anchors = &anchors::SERVICE;
    }
    #[cfg(not(feature = "measured-http"))]
    let engine = EmbeddedTls::new(rng);
    #[cfg(feature = "measured-http")]
    let engine = crate::clear_text::ClearText;
    let (client, mut runner) =
        genesys_token_embassy::new(stack, wanted, engine, credentials, memory);
    if let Some(time) = settings.clock.given
        && client.set_unix_time(time).is_err()
    {
        error!("the time in the settings is before this program was built; it is not believed");
        return Outcome::Failed;
    }
    info!("asking {=str} for access tokens", settings.endpoint.login_host());
    let mut keep = pin!(in_place(|| runner.run()));
    let mut work = pin!(in_place(|| worker::work(client, settings.schedule, console, &secret)));
    let mut watch = pin!(network::watch(stack));
    match select3(keep.as_mut(), work.as_mut(), watch.as_mut()).await {
        Either3::Second(outcome) => outcome,
        // The client is never closed, and watching never ends.
        Either3::First(()) | Either3::Third(()) => Outcome::Failed,
    }
}

/// What `make` makes, a large future, made where it stays.
///
/// A call that is not inlined writes its result where the caller wants it. Inlined, the compiler makes a future on the stack
/// first and then moves it, and keeps room for that in the frame of every poll: thousands of bytes for each.
#[inline(never)]
pub fn in_place<F>(make: impl FnOnce() -> F) -> F {
    make()
}

//! Does what the protocol's state machine says: commands to the store, waits, exchanges.

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use genesys_token_core::lifecycle::Failure;
use genesys_token_core::time::Instant;
use genesys_token_core::wire::ResponseHead;
use genesys_token_store::member::{Permit, Reason, Reply, Step};
use genesys_token_store::{AccessToken, Claimed, EntryName, Found, Owner, Publication};
use zeroize::Zeroizing;

use crate::clock;
use crate::credentials::Credentials;
use crate::error::TokenErrorKind;
use crate::exchange::{self, Received};
use crate::grant::Grant;
use crate::random;
use crate::sharing::Membership;
use crate::sharing_error::SharingError;
use crate::state::{Finished, Origin, Shared};

/// A response for core, or none.
type Obtained = Result<Received, Failure<Arc<TokenErrorKind>>>;

/// Obtains a token for the exchange that core has begun, from the store or the service. Returns the entry to [`settle`] as well, unless the
/// token is not one that is shared.
///
/// # Cancel safety
/// Dropping the future gives up the run; a lease is left to end.
pub(crate) async fn obtain(
    shared: &Shared,
    membership: &Membership,
    grant: &Grant,
) -> (Obtained, Option<EntryName>) {
    let credentials = match exchange::credentials(&shared.settings).await {
        Ok(Some(credentials)) => credentials,
        // A broker knows this process by its connection, and shares its token by itself.
        Ok(None) => return (exchange::request_token_with(shared, grant, None).await, None),
        Err(error) => return (Err(exchange::no_credentials(error)), None),
    };
    let entry = entry_name(shared, &credentials);
    let owner = owner();
    membership.member(|member| member.begin(owner, clock::now()));
    (run(shared, membership, grant, &entry, credentials).await, Some(entry))
}

/// Finds a token in the store, or makes the exchange.
async fn run(
    shared: &Shared,
    membership: &Membership,
    grant: &Grant,
    entry: &EntryName,
    credentials: Credentials,
) -> Obtained {
    let mut found = None;
    let mut cause = String::new();
    loop {
        let now = clock::now();
        let held_until = shared.locked(|state, now| state.lifecycle.valid_until(now));
        match membership.member(|member| member.next(now, held_until, random::value())) {
            Step::Claim(claim) => {
                let answer = membership.claim(entry, claim).await;
                let reply = match answer {
                    Ok(Claimed::Token(token)) => {
                        let reply = Reply::Token { generation: token.generation, lifetime: token.lifetime };
                        found = Some(token);
                        reply
                    }
                    Ok(Claimed::Granted(lease)) => Reply::Granted(lease),
                    Ok(Claimed::Busy { remaining }) => Reply::Busy { remaining },
                    Ok(Claimed::Unreadable { generation }) => {
                        tracing::warn!(
                            "a token in the shared store cannot be decrypted: compare the keys of all members"
                        );
                        Reply::Unreadable { generation }
                    }
                    Err(error) => {
                        tracing::debug!(%error, "the shared token store gave no answer");
                        cause = error.to_string();
                        Reply::Unknown
                    }
                };
                membership.member(|member| member.claimed(reply, now, clock::now()));
            }
            Step::Wait(until) => sleep(until, now).await,
            Step::Adopt => {
                if let Some(token) = found {
                    return Ok(response(&token));
                }
                return Err(failure(SharingError::StoreAway { cause }));
            }
            Step::Exchange(permit) => {
                if permit == Permit::Budget {
                    membership.fell_back();
                    tracing::warn!(cause, "an exchange is made without the shared token store");
                }
                return exchange::request_token_with(shared, grant, Some(credentials)).await;
            }
            Step::GiveUp(Reason::StoreAway) => return Err(failure(SharingError::StoreAway { cause })),
            Step::GiveUp(Reason::BudgetUsedUp(free_at)) => {
                let free_in = free_at.saturating_since(now).into();
                return Err(failure(SharingError::BudgetUsedUp { cause, free_in }));
            }
            // The last steps belong to an exchange, which this loop does not make before.
            Step::GiveUp(Reason::OthersFailed) | Step::Publish { .. } | Step::Release { .. } | Step::Done => {
                return Err(failure(SharingError::OthersFailed));
            }
        }
    }
}

/// Publishes the token of the exchange, or shortens the lease. The callers of this client have their token already.
pub(crate) async fn settle(
    shared: &Shared,
    membership: &Membership,
    entry: &EntryName,
    finished: Option<Finished>,
) {
    let has_token = finished.as_ref().is_some_and(|finished| finished.failure.is_none());
    let token = shared.current().filter(|_| has_token);
    // As long as this client waits itself, another need not try either; half of it, so that this one finds the lease free.
    let wait = finished.and_then(|finished| finished.next_in_s).unwrap_or(0);
    let hold = Duration::from_millis(wait.saturating_mul(500));
    let result = token.as_ref().map_or(Err(hold.into()), |token| Ok(token.expires_in().into()));
    membership.member(|member| member.exchanged(result));
    let text = token.map(|token| AccessToken::new(Zeroizing::new(token.expose().to_owned())));
    loop {
        let now = clock::now();
        match membership.member(|member| member.next(now, None, random::value())) {
            Step::Publish { owner, generation, lifetime, ends_at } => {
                let Some(text) = text.clone() else { return };
                let publication = Publication { owner, generation, lifetime, ends_at, text };
                let result = membership.publish(entry, &publication).await;
                if let Err(error) = &result {
                    tracing::warn!(%error, "an access token was not published in the shared store");
                }
                membership.member(|member| member.published(result.ok(), clock::now(), random::value()));
            }
            Step::Release { owner, hold } => membership.release(entry, owner, hold).await,
            Step::Wait(until) => sleep(until, now).await,
            _ => return,
        }
    }
}

async fn sleep(until: Instant, now: Instant) {
    tokio::time::sleep(until.saturating_since(now).into()).await;
}

fn failure(error: SharingError) -> Failure<Arc<TokenErrorKind>> {
    Failure::Transport(Arc::new(TokenErrorKind::Sharing(error)))
}

/// Two clients or scopes never share a token.
fn entry_name(shared: &Shared, credentials: &Credentials) -> EntryName {
    let client = credentials.client_id().as_str();
    match &shared.settings.scope {
        None => EntryName::new(shared.login.name(), client),
        Some(scope) => EntryName::new(shared.login.name(), &format!("{client} {}", scope.as_str())),
    }
}

/// The standard library's hash keys have 128 bits of randomness of the operating system.
fn owner() -> Owner {
    let value = (0..4).fold(0, |value: u128, _| (value << 32) | u128::from(random::value()));
    Owner::new(value)
}

/// Returns a stored token as the response that another process received. Its lifetime is what is left, in whole seconds.
fn response(token: &Found<AccessToken>) -> Received {
    let text = token.text.expose();
    let mut body = Zeroizing::new(String::with_capacity(text.len() + 96));
    // Writing to a String does not fail.
    let _ = write!(
        body,
        "{{\"access_token\":\"{text}\",\"token_type\":\"bearer\",\"expires_in\":{}}}",
        token.remaining.as_secs()
    );
    Received {
        head: ResponseHead::new(200),
        body: Zeroizing::new(body.as_bytes().to_vec()),
        credentials: None,
        form_encoding_matters: false,
        origin: Origin::Store,
    }
}

//! The grants for users.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use genesys_token_sandbox::{Answer, Behaviour, Client, Close, GrantType, Host, Sandbox};
use genesys_token_tokio::core::settings::ClientId;
use genesys_token_tokio::{
    CredentialError, Credentials, Grant, HeldRefreshToken, HoldFuture, RefreshTokenStore, SecretString,
    StaticCredentials, TokenClient, TokenClientBuilder, TokenErrorKind,
};
use ring::digest::{SHA256, digest};

use crate::fixture::{builder, label};

const ID: &str = "1d2c3b4a-0000-4000-8000-1234567890ab";
const SECRET: &str = "a-secret";
const REDIRECT: &str = "http://localhost:8085/oauth2/callback";

async fn sandbox(grant: GrantType) -> Sandbox {
    let client = Client::new(ID, SECRET).for_grants([grant]);
    Sandbox::builder().client(client).start().await.unwrap()
}

fn with_grant(sandbox: &Sandbox, grant: Grant) -> TokenClientBuilder {
    builder(sandbox).credentials(StaticCredentials::new(ID, SECRET).unwrap()).grant(grant)
}

fn code(sandbox: &Sandbox) -> Grant {
    Grant::AuthorizationCode {
        code: sandbox.authorization_code(ID, REDIRECT, None).into(),
        redirect_uri: REDIRECT.to_owned(),
    }
}

#[tokio::test]
async fn a_code_is_followed_by_refresh_tokens() {
    let sandbox = sandbox(GrantType::Code).await;
    let stored = Arc::new(Mutex::new(Vec::new()));
    let keep = stored.clone();
    let client = with_grant(&sandbox, code(&sandbox))
        .on_refresh_token(move |token| keep.lock().unwrap().push(token.expose().to_owned()))
        .build()
        .unwrap();
    for _ in 0..3 {
        let token = client.token().await.unwrap();
        client.token_used(&token);
        // Stored before the access token was returned, and the one that is used next.
        let newest = stored.lock().unwrap().last().unwrap().clone();
        assert_eq!(client.refresh_token().unwrap().expose(), newest);
        assert!(client.token_refused(&token));
    }
    client.token().await.unwrap();
    let stored = stored.lock().unwrap();
    let sent: Vec<_> = sandbox.record().iter().map(genesys_token_sandbox::Received::form).collect();
    assert_eq!(sent[0][0], ("grant_type".to_owned(), "authorization_code".to_owned()));
    for (request, refresh_token) in sent[1..].iter().zip(stored.iter()) {
        assert!(request.contains(&("grant_type".to_owned(), "refresh_token".to_owned())));
        assert!(request.contains(&("refresh_token".to_owned(), refresh_token.clone())), "rotated");
    }
    assert_eq!((sent.len(), stored.len()), (4, 4));
}

#[tokio::test]
async fn a_grant_replaced_during_an_exchange_is_used_next() {
    let sandbox = sandbox(GrantType::Code).await;
    let client = with_grant(&sandbox, code(&sandbox)).build().unwrap();
    sandbox.script(Host::Login, Answer::service().delayed(Duration::from_millis(300)));
    let (token, ()) = tokio::join!(client.token(), async {
        sandbox.wait_for(1).await;
        client.replace_grant(code(&sandbox));
    });
    // This token is of the first code; its refresh token does not replace the second code.
    client.token_used(token.as_ref().unwrap());
    assert!(client.token_refused(&token.unwrap()));
    client.token().await.unwrap();
    let grants: Vec<_> = sandbox.record().iter().map(|request| request.form()[0].1.clone()).collect();
    assert_eq!(grants, ["authorization_code", "authorization_code"]);
}

#[tokio::test]
async fn a_refresh_token_survives_a_panic_of_the_observer() {
    let sandbox = sandbox(GrantType::Code).await;
    let first = AtomicBool::new(true);
    let client = with_grant(&sandbox, code(&sandbox)).on_refresh_token(move |_| {
        assert!(!first.swap(false, Ordering::Relaxed), "the observer panics once");
    });
    let client = client.build().unwrap();
    client.token().await.unwrap_err();
    let error = client.token().await.err();
    assert!(error.is_none_or(|error| error.retry_in().is_some()), "the client retries by itself");
    crate::fixture::until("the second exchange", || sandbox.record().len() == 2).await;
    client.token().await.unwrap();
    let grants: Vec<_> = sandbox.record().iter().map(|request| request.form()[0].1.clone()).collect();
    assert_eq!(grants, ["authorization_code", "refresh_token"]);
}

#[tokio::test]
async fn a_used_grant_stops_the_client_until_it_is_replaced() {
    let sandbox = sandbox(GrantType::Code).await;
    let client = with_grant(&sandbox, Grant::RefreshToken { refresh_token: SecretString::new("stolen") })
        .build()
        .unwrap();
    let error = client.token().await.unwrap_err();
    assert!(matches!(error.kind(), TokenErrorKind::Refused { .. }), "{error:?}");
    assert_eq!(error.retry_in(), None, "there is no further attempt");
    assert!(error.to_string().contains("obtain a new one"), "{error}");
    client.replace_grant(code(&sandbox));
    assert_eq!(label(&client.token().await), "token");
}

#[tokio::test]
async fn a_single_use_grant_is_not_sent_twice() {
    let sandbox = sandbox(GrantType::Code).await;
    let client = with_grant(&sandbox, code(&sandbox)).build().unwrap();
    let token = client.token().await.unwrap();
    client.token_used(&token);
    // The reused connection is lost after the refresh token was sent: the service may have used it.
    sandbox.script(Host::Login, Behaviour::CloseUnanswered(Close::Notify));
    assert!(client.token_refused(&token));
    assert_eq!(label(&client.token().await), "closed Response");
    let requests = sandbox.record();
    assert_eq!(requests.len(), 2, "{requests:?}");
}

/// A code whose response is lost may have been used (RFC 6749 section 4.1.2), and a service with reuse detection revokes what it issued
/// when it sees the code again. The error keeps the first cause.
#[tokio::test]
async fn a_code_is_not_sent_again_after_its_response_was_lost() {
    let sandbox = sandbox(GrantType::Code).await;
    let client = with_grant(&sandbox, code(&sandbox)).build().unwrap();
    sandbox.script(Host::Login, Behaviour::CloseUnanswered(Close::Notify));
    let error = client.token().await.unwrap_err();
    assert!(matches!(error.kind(), TokenErrorKind::Transport(_)), "{error:?}");
    assert!(error.needs_login());
    assert_eq!(error.retry_in(), None);
    let text = error.to_string();
    assert!(text.contains("closed the connection") && text.contains("log in again"), "{text}");
    // Longer than the first wait after a lost connection would be, which is 1 s to 2 s.
    tokio::time::sleep(Duration::from_millis(2500)).await;
    assert!(client.token().await.unwrap_err().needs_login());
    assert_eq!(sandbox.record().len(), 1, "the code was sent once");
    client.replace_grant(code(&sandbox));
    assert_eq!(label(&client.token().await), "token");
}

/// 503: the request was not handled (RFC 9110 section 15.6.4), so the code can still be used.
#[tokio::test]
async fn a_code_is_sent_again_after_an_outcome_that_leaves_it_unspent() {
    let sandbox = sandbox(GrantType::Code).await;
    let client = with_grant(&sandbox, code(&sandbox)).build().unwrap();
    sandbox.script(Host::Login, Answer::raw("HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n"));
    let error = client.token().await.unwrap_err();
    assert!(!error.needs_login() && error.retry_in().is_some(), "{error}");
    crate::fixture::until("the second exchange", || sandbox.record().len() == 2).await;
    assert_eq!(label(&client.token().await), "token");
}

#[tokio::test]
async fn a_code_with_another_redirect_uri_is_sent_once() {
    let sandbox = sandbox(GrantType::Code).await;
    let grant = Grant::AuthorizationCode {
        code: sandbox.authorization_code(ID, REDIRECT, None).into(),
        redirect_uri: "http://localhost:1/other".to_owned(),
    };
    let client = with_grant(&sandbox, grant).build().unwrap();
    assert!(client.token().await.unwrap_err().needs_login());
    tokio::time::sleep(Duration::from_millis(1500)).await;
    assert!(client.token().await.unwrap_err().needs_login());
    assert_eq!(sandbox.record().len(), 1);
}

#[tokio::test]
async fn pkce_needs_no_secret() {
    let sandbox = sandbox(GrantType::Code).await;
    let verifier = "v".repeat(43);
    let hash = digest(&SHA256, verifier.as_bytes());
    let code = sandbox.authorization_code(ID, REDIRECT, Some(&base64url(hash.as_ref())));
    let grant = Grant::AuthorizationCodePkce {
        code: code.into(),
        redirect_uri: REDIRECT.to_owned(),
        code_verifier: verifier.into(),
    };
    let public = StaticCredentials::from(Credentials::public(ClientId::new(ID).unwrap()));
    let client = with_grant(&sandbox, grant).credentials(public).build().unwrap();
    let token = client.token().await.unwrap();
    assert_eq!(sandbox.record()[0].header("Authorization"), None);
    // RFC 6749 section 6, with section 3.2.1: a public client that refreshes names itself by client_id in the body.
    client.token_used(&token);
    assert!(client.token_refused(&token));
    let refresh_token = client.refresh_token().unwrap().expose().to_owned();
    // Whether the sandbox knows the refresh token of a public client does not matter here.
    let _ = client.token().await;
    let request = &sandbox.record()[1];
    assert_eq!(request.header("Authorization"), None);
    for pair in
        [("grant_type", "refresh_token"), ("client_id", ID), ("refresh_token", refresh_token.as_str())]
    {
        assert!(request.form().contains(&(pair.0.to_owned(), pair.1.to_owned())), "{pair:?}");
    }
}

#[tokio::test]
async fn an_impossible_combination_of_grant_and_client_is_a_configuration_error() {
    let sandbox = sandbox(GrantType::ClientCredentials).await;
    let public = StaticCredentials::from(Credentials::public(ClientId::new(ID).unwrap()));
    let client = with_grant(&sandbox, Grant::ClientCredentials).credentials(public).build().unwrap();
    let error = client.token().await.unwrap_err();
    assert!(matches!(error.kind(), TokenErrorKind::Config(_)), "{error:?}");
    assert!(error.to_string().contains("needs a client secret"), "{error}");
    assert!(sandbox.connections().is_empty());
}

#[tokio::test]
async fn a_saml_assertion_obtains_a_token() {
    let sandbox = sandbox(GrantType::Saml2Bearer).await;
    let grant =
        Grant::Saml2Bearer { org_name: "sandbox".to_owned(), assertion: "PHNhbWw+".to_owned().into() };
    let client = with_grant(&sandbox, grant).build().unwrap();
    client.token().await.unwrap();
    assert!(client.refresh_token().is_none());
}

/// A store as two processes have it, in memory.
#[derive(Clone)]
struct Store {
    kept: Arc<tokio::sync::Mutex<String>>,
    is_full: Arc<AtomicBool>,
}

struct Held {
    kept: tokio::sync::OwnedMutexGuard<String>,
    is_full: Arc<AtomicBool>,
}

impl Store {
    fn of(refresh_token: &str) -> Self {
        let kept = Arc::new(tokio::sync::Mutex::new(refresh_token.to_owned()));
        Self { kept, is_full: Arc::default() }
    }
}

impl RefreshTokenStore for Store {
    fn hold(&self) -> HoldFuture<'_> {
        Box::pin(async {
            let held = Held { kept: self.kept.clone().lock_owned().await, is_full: self.is_full.clone() };
            Ok(Box::new(held) as Box<dyn HeldRefreshToken>)
        })
    }
}

impl HeldRefreshToken for Held {
    fn refresh_token(&self) -> Option<SecretString> {
        Some(SecretString::new(&self.kept))
    }

    fn keep(&mut self, successor: &SecretString) -> Result<(), CredentialError> {
        if self.is_full.load(Ordering::Relaxed) {
            return Err(CredentialError::Other("the store is full".into()));
        }
        successor.expose().clone_into(&mut self.kept);
        Ok(())
    }
}

/// Returns a refresh token of the sandbox.
async fn refresh_token(sandbox: &Sandbox) -> String {
    let client = with_grant(sandbox, code(sandbox)).build().unwrap();
    client.token().await.unwrap();
    client.refresh_token().unwrap().expose().to_owned()
}

fn sharing(sandbox: &Sandbox, store: &Store, refresh_token: &str) -> TokenClient {
    let grant = Grant::RefreshToken { refresh_token: SecretString::new(refresh_token) };
    with_grant(sandbox, grant).refresh_token_store(store.clone()).build().unwrap()
}

/// Makes the client obtain another token.
async fn another_token(client: &TokenClient) {
    let token = client.token().await.unwrap();
    client.token_used(&token);
    assert!(client.token_refused(&token));
    client.token().await.unwrap();
}

/// The sandbox accepts each refresh token once.
#[tokio::test]
async fn clients_that_share_a_store_use_each_refresh_token_once() {
    let sandbox = sandbox(GrantType::Code).await;
    let first = refresh_token(&sandbox).await;
    let store = Store::of(&first);
    let clients = [(); 2].map(|()| sharing(&sandbox, &store, &first));
    let (a, b) = tokio::join!(clients[0].token(), clients[1].token());
    assert_eq!((label(&a), label(&b)), ("token".to_owned(), "token".to_owned()));
    for client in clients.iter().chain(&clients) {
        another_token(client).await;
    }
    assert_eq!(sandbox.record().len(), 7);
}

#[tokio::test]
async fn a_store_that_keeps_nothing_does_not_end_a_running_client() {
    let sandbox = sandbox(GrantType::Code).await;
    let first = refresh_token(&sandbox).await;
    let store = Store::of(&first);
    let client = sharing(&sandbox, &store, &first);
    store.is_full.store(true, Ordering::Relaxed);
    another_token(&client).await;
    assert_eq!(*store.kept.lock().await, first, "used up");
    // The one in memory is sent, and kept as soon as that is possible.
    store.is_full.store(false, Ordering::Relaxed);
    another_token(&client).await;
    assert_eq!(*store.kept.lock().await, client.refresh_token().unwrap().expose());
}

#[tokio::test]
async fn a_refresh_token_that_another_process_holds_is_not_sent() {
    let sandbox = sandbox(GrantType::Code).await;
    let store = Store::of("held");
    let grant = Grant::RefreshToken { refresh_token: SecretString::new("held") };
    let client = with_grant(&sandbox, grant).refresh_token_store(store.clone());
    let limit = Duration::from_millis(100);
    let client = client.total_timeout(limit).credentials_timeout(limit).build().unwrap();
    let held = store.kept.lock().await;
    let error = client.token().await.unwrap_err();
    assert!(
        matches!(error.kind(), TokenErrorKind::Credentials(CredentialError::RefreshTokenHeld(_))),
        "{error:?}"
    );
    assert!(error.to_string().contains("another process") && !error.needs_login(), "{error}");
    assert!(sandbox.record().is_empty());
    drop(held);
    // Client credentials can always be used.
    let held = store.kept.lock().await;
    let client = crate::fixture::sandbox().await;
    builder(&client).refresh_token_store(store.clone()).build().unwrap().token().await.unwrap();
    drop(held);
}

/// RFC 4648 section 5, without padding.
pub(crate) fn base64url(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let sextets = |group: &[u8]| {
        let word =
            (0..3).fold(0_usize, |word, at| word << 8 | usize::from(group.get(at).copied().unwrap_or(0)));
        let letters = [18, 12, 6, 0].map(|shift| char::from(ALPHABET[word >> shift & 63]));
        letters.into_iter().take(group.len() + 1).collect::<Vec<_>>()
    };
    bytes.chunks(3).flat_map(sextets).collect()
}

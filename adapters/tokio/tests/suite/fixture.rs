//! A sandbox, and clients that trust its root.

use std::process::Command;
use std::time::Duration;

use genesys_token_sandbox::{DEMO_CLIENT_ID, DEMO_CLIENT_SECRET, Host, Received, Sandbox};
use genesys_token_tokio::core::lifecycle::Policy;
use genesys_token_tokio::core::settings::Endpoint;
use genesys_token_tokio::core::time;
use genesys_token_tokio::{
    StaticCredentials, TokenClient, TokenClientBuilder, TokenError, TokenErrorKind, TransportErrorKind,
};

pub(crate) async fn sandbox() -> Sandbox {
    Sandbox::builder().start().await.unwrap()
}

/// Returns the sandbox's hosts under this name, which its certificates may or may not contain.
pub(crate) fn endpoint(sandbox: &Sandbox, host: &str) -> Endpoint {
    let endpoint = Endpoint::explicit(host, sandbox.login_addr().port(), "/oauth/token").unwrap();
    endpoint.with_api(host, sandbox.api_addr().port()).unwrap()
}

pub(crate) fn builder(sandbox: &Sandbox) -> TokenClientBuilder {
    TokenClient::builder(endpoint(sandbox, "localhost"))
        .credentials(demo())
        .extra_roots_pem(sandbox.root_pem())
        .policy(quick())
}

pub(crate) fn client(sandbox: &Sandbox) -> TokenClient {
    builder(sandbox).build().unwrap()
}

pub(crate) fn demo() -> StaticCredentials {
    StaticCredentials::new(DEMO_CLIENT_ID, DEMO_CLIENT_SECRET).unwrap()
}

/// Returns the default policy with waits that are short enough for tests.
pub(crate) fn quick() -> Policy {
    let mut policy = Policy::default();
    policy.exchange_spacing = time::Duration::from_millis(20);
    policy.backoff_min = time::Duration::from_millis(20);
    policy.backoff_max = time::Duration::from_millis(40);
    policy
}

/// Returns an outcome in a few words for tables.
pub(crate) fn label<T>(outcome: &Result<T, TokenError>) -> String {
    match outcome {
        Ok(_) => "token".to_owned(),
        Err(error) => match error.kind() {
            TokenErrorKind::Refused { refusal, .. } => {
                format!("refused {:?} {} {}", refusal.class(), refusal.status(), refusal.code())
                    .trim_end()
                    .to_owned()
            }
            TokenErrorKind::Protocol { error, .. } => format!("protocol {:?}", error.kind),
            TokenErrorKind::Transport(error) => match error.kind() {
                TransportErrorKind::Connect(_) => "connect".to_owned(),
                TransportErrorKind::ResponseMalformed(_) => "malformed response".to_owned(),
                TransportErrorKind::Tls(error) => format!("tls {:?}", error.kind()),
                TransportErrorKind::ConnectionLost(_) => format!("lost {:?}", error.phase()),
                TransportErrorKind::TimedOut => format!("timed out {:?}", error.phase()),
                TransportErrorKind::Closed => format!("closed {:?}", error.phase()),
                kind => format!("{kind:?}"),
            },
            kind => format!("{kind:?}"),
        },
    }
}

/// Waits until a condition holds, for events that the test does not cause directly; fails after half a minute.
pub(crate) async fn until(what: &str, mut holds: impl FnMut() -> bool) {
    for _ in 0..3000 {
        if holds() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("{what} did not happen");
}

/// Returns the requests that one host received.
pub(crate) fn received(sandbox: &Sandbox, host: Host) -> Vec<Received> {
    sandbox.record().into_iter().filter(|request| request.host == host).collect()
}

/// Variables that the environment of a test's child process does not have unless the test sets them.
const CLEARED: [&str; 16] = [
    "GENESYS_CLIENT_ID",
    "GENESYS_CLIENT_SECRET",
    "GENESYS_REGION",
    "GENESYS_LOGIN_URL",
    "GENESYS_API_URL",
    "GENESYS_CA_FILE",
    "CREDENTIALS_DIRECTORY",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "https_proxy",
    "HTTPS_PROXY",
    "all_proxy",
    "ALL_PROXY",
    "no_proxy",
    "NO_PROXY",
    "RUST_LOG",
];

/// Runs the test of this name in a child process with these variables. Returns `true` in the child, which does the work.
pub(crate) fn in_an_environment(test: &str, variables: &[(&str, &str)]) -> bool {
    const MARK: &str = "GENESYS_TOKEN_TEST_CHILD";
    if std::env::var_os(MARK).is_some() {
        return true;
    }
    let mut child = Command::new(std::env::current_exe().unwrap());
    child.args(["--exact", test, "--nocapture"]).env(MARK, "1");
    for name in CLEARED {
        child.env_remove(name);
    }
    let output = child.envs(variables.iter().copied()).output().unwrap();
    let printed =
        [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat();
    assert!(output.status.success() && printed.contains("1 passed"), "{printed}");
    assert!(!printed.contains("sentinel"), "{printed}");
    false
}

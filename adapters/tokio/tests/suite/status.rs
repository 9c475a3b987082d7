//! The status that a client reports about itself.

use genesys_token_sandbox::{Host, Response};
use genesys_token_tokio::{StaticCredentials, TokenErrorKind};

use crate::fixture::{builder, client, sandbox, until};

#[tokio::test]
async fn a_new_client_has_done_nothing() {
    let sandbox = sandbox().await;
    let status = client(&sandbox).status();
    assert_eq!((status.exchanges.tokens, status.token_age, status.last_failure.is_none()), (0, None, true));
}

#[tokio::test]
async fn exchanges_are_counted_by_result_and_the_last_failure_is_kept() {
    let sandbox = sandbox().await;
    sandbox.script(Host::Login, Response::empty_unavailable());
    let client = client(&sandbox);
    let failure = client.token().await.unwrap_err();
    let status = client.status();
    assert_eq!((status.exchanges.refused, status.exchanges.tokens), (1, 0));
    assert!(status.next_exchange_in.is_some_and(|next| !next.is_zero()), "{status:?}");
    assert_eq!(status.last_failure.unwrap().error.to_string(), failure.to_string());

    until("a token", || client.status().exchanges.tokens == 1).await;
    let status = client.status();
    assert!(status.token_age.is_some(), "{status:?}");
    // The first exchange was due before the failure: its wait is part of the delay.
    assert!(!status.lateness.is_zero(), "{status:?}");
    let past = status.last_failure.unwrap();
    assert!(
        matches!(past.error.kind(), TokenErrorKind::Refused { .. }) && past.age >= status.token_age.unwrap()
    );
    assert!(
        status.next_exchange_in.is_some_and(|next| next.as_secs() > 3600),
        "{:?}",
        status.next_exchange_in
    );
}

#[tokio::test]
async fn failures_have_different_counts() {
    let sandbox = sandbox().await;
    sandbox.script(Host::Login, Response::new(200).json("{"));
    let client = builder(&sandbox).build().unwrap();
    assert!(client.token().await.is_err());
    assert_eq!(client.status().exchanges.protocol, 1);
    let wrong = StaticCredentials::new("unknown", "secret").unwrap();
    let client = builder(&sandbox).credentials(wrong).build().unwrap();
    assert!(client.token().await.is_err());
    assert_eq!(client.status().exchanges.refused, 1);
}

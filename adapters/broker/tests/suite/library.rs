//! The library as a consumer: `genesys-token-tokio` through the broker, with the same calls and the same errors.

use genesys_token_tokio::core::wire::RefusalClass;
use genesys_token_tokio::{
    ApiError, ApiRequest, BrokerAddress, StaticCredentials, TokenClient, TokenErrorKind, TransportErrorKind,
};

use crate::broker::{Broker, LOCAL_SECRET, TCP, consumer_of_this_user, consumer_with_secret};
use crate::http_client::Request;

fn address(text: &str) -> BrokerAddress {
    text.parse().unwrap()
}

fn of_socket(broker: &Broker) -> TokenClient {
    let address = address(&format!("unix:{}", broker.socket().display()));
    TokenClient::through_broker(address).build().unwrap()
}

fn over_tcp(broker: &Broker, secret: &str) -> TokenClient {
    TokenClient::through_broker(address(&format!("http://{}", broker.tcp())))
        .credentials(StaticCredentials::new("remote-id", secret).unwrap())
        .build()
        .unwrap()
}

#[tokio::test]
async fn a_process_of_a_known_user_needs_no_credentials() {
    let broker = Broker::start(&consumer_of_this_user(""));
    let client = of_socket(&broker);
    let token = client.token().await.unwrap();
    assert_eq!(token.expose(), broker.send(&Request::get("/token")).body.trim_end());
    assert!(token.expires_in().as_secs() > 80_000);
    // Calls go through the broker as well, on a kept connection, and survive the loss of the token.
    assert_eq!(client.verify().await.unwrap().status(), 200);
    broker.sandbox.kill_tokens();
    assert_eq!(client.api(ApiRequest::get("/api/v2/tokens/me")).await.unwrap().status(), 200);
    assert_eq!(client.api(ApiRequest::get("/api/v2/tokens/me")).await.unwrap().status(), 200);
}

#[tokio::test]
async fn over_tcp_a_consumer_sends_its_own_id_and_secret() {
    let broker = Broker::start_with(
        genesys_token_sandbox::Sandbox::builder(),
        TCP,
        &consumer_with_secret("access = \"forward\""),
    );
    let client = over_tcp(&broker, LOCAL_SECRET);
    assert!(client.token().await.unwrap().expose().starts_with("gtb_"));
    assert_eq!(client.verify().await.unwrap().status(), 200);

    let error = over_tcp(&broker, "wrong").token().await.unwrap_err();
    let TokenErrorKind::Refused { host, refusal } = error.kind() else { panic!("{error}") };
    assert_eq!(
        (host.as_str(), refusal.class()),
        (&*format!("http://{}", broker.tcp()), RefusalClass::Credentials)
    );
}

#[tokio::test]
async fn refusals_of_the_broker_are_errors_as_those_of_the_service() {
    let broker = Broker::start("[consumers.other]\nusers = [\"65534\"]\n");
    let error = of_socket(&broker).token().await.unwrap_err();
    let TokenErrorKind::Refused { refusal, .. } = error.kind() else { panic!("{error}") };
    assert_eq!(refusal.class(), RefusalClass::ClientNotAllowed);
}

#[tokio::test]
async fn the_shared_token_is_not_revoked_by_one_consumer() {
    let broker = Broker::start(&consumer_of_this_user(""));
    let client = of_socket(&broker);
    let token = client.token().await.unwrap();
    let ApiError::Refused(refused) = client.revoke().await.unwrap_err() else { panic!("not refused") };
    assert_eq!(refused.refusal().status(), 403);
    assert_eq!(broker.send(&Request::get("/token")).body.trim_end(), token.expose());
    assert_eq!(broker.send(&Request::get("/api/v2/tokens/me")).status, 200);
}

#[tokio::test]
async fn without_a_broker_the_error_says_what_to_check() {
    let client = TokenClient::through_broker(address("/nowhere/socket")).build().unwrap();
    let error = client.token().await.unwrap_err();
    let TokenErrorKind::Transport(transport) = error.kind() else { panic!("{error}") };
    assert!(matches!(transport.kind(), TransportErrorKind::Broker(_)), "{error}");
    assert!(
        error.to_string().contains("unix:/nowhere/socket") && error.to_string().contains("runs"),
        "{error}"
    );
    assert!(!transport.may_have_arrived());
}

//! No secret is shown, and none is left in memory.

use core::fmt::{Debug, Display};

use genesys_token_core::settings::{Client, ClientAuth, ClientId, ClientSecret};
use genesys_token_core::wire::form::{Writer, pairs};
use genesys_token_core::wire::{
    ExchangeError, Grant, ResponseHead, TokenRequest, api_refusal, check_json, parse_redirect,
    parse_token_response,
};

/// The text of every secret in the tests; no part of it of this length may be shown.
const SENTINEL: &str = "5ecretSENTINEL5ecretSENTINEL5ecretSENTINEL5ecret";
const SHOWS: &str = "5ecret";

fn hides(value: &impl Debug) {
    for text in [format!("{value:?}"), format!("{value:#?}")] {
        assert!(!text.contains(SHOWS) && !text.contains("53, 101, 99, 114, 101, 116"), "{text}");
        assert!(!text.is_empty());
    }
}

fn hides_in_prose(value: &(impl Debug + Display)) {
    hides(value);
    let text = value.to_string();
    assert!(!text.contains(SHOWS), "{text}");
}

fn with_sentinel(template: &str) -> Vec<u8> {
    template.replace('$', SENTINEL).into_bytes()
}

/// Bodies that contain the sentinel where only a token may be.
fn bodies() -> Vec<Vec<u8>> {
    [
        r#"{"access_token":"$","token_type":"bearer","refresh_token":"$","scope":"s","expires_in":1}"#,
        r#"{"access_token":"\u0061$","token_type":"bearer","refresh_token":"$\/","id_token":"$"}"#,
        r#"{"access_token":"$ $","token_type":"bearer"}"#,
        r#"{"access_token":"$","token_type":"$"}"#,
        r#"{"access_token":"$"}"#,
        r#"{"access_token":["$"],"token_type":"bearer"}"#,
        r#"{"access_token":"$","access_token":"$"}"#,
        r#"{"access_token":"$","token_type":"bearer","scope":{"a":"$"}}"#,
        r#"{"access_token":"$","token_type":"bearer","expires_in":"$"}"#,
        r#"{"access_token":"$","token_type":"bearer","refresh_token":"$\n"}"#,
        r#"{"access_token":"$","token_type":"bearer","error":"invalid_client"}"#,
        r#"{"access_token":"$","token_type":"bearer","error":["$"]}"#,
        r#"{"access_token":"$","token_type":"bear"#,
        r#"{"access_token":"$","token_type":"bearer"}trailing"#,
        r#"["$"]"#,
        "$",
        "<html>$</html>",
        "",
    ]
    .into_iter()
    // All of them take half a minute in Miri.
    .step_by(if cfg!(miri) { 3 } else { 1 })
    .map(with_sentinel)
    .collect()
}

#[test]
fn no_response_shows_its_tokens_and_every_body_is_wiped() {
    for body in bodies() {
        for status in if cfg!(miri) { &[200, 400][..] } else { &[200, 400, 401, 429, 503] } {
            let mut buffer = body.clone();
            match parse_token_response(&ResponseHead::new(*status), &mut buffer) {
                Ok(response) => {
                    assert!(response.access_token().contains(SENTINEL));
                    hides(&response);
                }
                Err(error) => {
                    hides_in_prose(&error);
                    match error {
                        ExchangeError::Refused(refusal) => hides_in_prose(&refusal),
                        ExchangeError::Protocol(error) => hides_in_prose(&error),
                        _ => panic!("an error of a new kind"),
                    }
                }
            }
            assert!(buffer.iter().all(|&byte| byte == 0), "left behind with status {status}: {body:?}");
        }
        hides_in_prose(&api_refusal(&ResponseHead::new(401), &body));
        if let Err(error) = check_json(&body) {
            hides_in_prose(&error);
        }
    }
}

#[test]
fn every_prefix_of_a_response_is_wiped() {
    let body = with_sentinel(r#"{"access_token":"$","token_type":"bearer","scope":["a","\u0062"]}"#);
    // In Miri each takes a second.
    for length in (0..=body.len()).step_by(if cfg!(miri) { 16 } else { 1 }) {
        let mut buffer = body.get(..length).unwrap().to_vec();
        drop(parse_token_response(&ResponseHead::new(200), &mut buffer));
        assert!(buffer.iter().all(|&byte| byte == 0), "{length}");
    }
}

#[test]
fn no_redirect_shows_its_token() {
    for template in [
        "#access_token=$&token_type=bearer&state=$&expires_in=1",
        "#access_token=$&token_type=$",
        "#access_token=$&token_type=bearer&scope=%0a$",
        "#access_token=$&token_type=bearer&error=invalid_scope",
        "#access_token=$&access_token=$",
        "#access_token=$%",
    ] {
        let mut text = with_sentinel(template);
        match parse_redirect(&mut text) {
            Ok(response) => hides(&response),
            Err(error) => hides_in_prose(&error),
        }
        assert!(text.iter().all(|&byte| byte == 0), "{template}");
    }
}

#[test]
fn no_request_shows_its_secrets() {
    let id: ClientId = ClientId::new("some-id").unwrap();
    let secret: ClientSecret = ClientSecret::new(SENTINEL).unwrap();
    for auth in [ClientAuth::Basic, ClientAuth::BasicFormEncoded, ClientAuth::RequestBody] {
        let client = Client::confidential(&id, &secret, auth);
        for grant in [
            Grant::ClientCredentials,
            Grant::AuthorizationCode { code: SENTINEL, redirect_uri: SENTINEL },
            Grant::AuthorizationCodePkce { code: SENTINEL, redirect_uri: SENTINEL, code_verifier: SENTINEL },
            Grant::RefreshToken { refresh_token: SENTINEL },
            Grant::Saml2Bearer { org_name: SENTINEL, assertion: SENTINEL },
        ] {
            hides(&grant);
            let request = TokenRequest::new(client, grant).unwrap();
            hides(&request);
            for capacity in if cfg!(miri) { vec![0, 100] } else { vec![0, 1, 10, 40, 100] } {
                let mut buffer = vec![0; capacity];
                if let Err(error) = request.write_body(&mut buffer) {
                    hides_in_prose(&error);
                    assert!(buffer.iter().all(|&byte| byte == 0));
                }
            }
        }
    }
    let rejected: Result<ClientSecret, _> = ClientSecret::new(&format!("{SENTINEL}\n"));
    hides_in_prose(&rejected.unwrap_err());
    let verifier = format!("{SENTINEL}+");
    let grant = Grant::AuthorizationCodePkce { code: "x", redirect_uri: "y", code_verifier: &verifier };
    let client = Client::public(&id);
    hides_in_prose(&TokenRequest::new(client, grant).unwrap_err());
}

#[test]
fn no_form_shows_its_content() {
    let mut buffer = [0; 100];
    let mut writer = Writer::new(&mut buffer);
    writer.pair("secret", SENTINEL);
    hides(&writer);
    let mut form = format!("secret={SENTINEL}").into_bytes();
    hides(&pairs(&mut form));
}

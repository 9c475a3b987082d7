//! The token request of every grant, byte for byte.

#![allow(clippy::unwrap_used, reason = "in helpers of tests too, a failing unwrap is a failing test")]

use genesys_token_core::settings::{Client, ClientAuth, ClientId, ClientSecret, ConfigError, Scope};
use genesys_token_core::text::CapacityError;
use genesys_token_core::wire::{Grant, TokenRequest};

/// A verifier of RFC 7636 appendix B.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

struct Credentials {
    id: ClientId,
    secret: ClientSecret,
}

impl Credentials {
    fn new(id: &str, secret: &str) -> Self {
        Self { id: ClientId::new(id).unwrap(), secret: ClientSecret::new(secret).unwrap() }
    }

    fn client(&self, auth: ClientAuth) -> Client<'_> {
        Client::confidential(&self.id, &self.secret, auth)
    }

    fn public(&self) -> Client<'_> {
        Client::public(&self.id)
    }
}

/// Aladdin's credentials, RFC 7617 section 2.
fn aladdin() -> Credentials {
    Credentials::new("Aladdin", "open sesame")
}

const ALADDIN: &str = "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==";

/// Returns body and authorization, and checks every documented length.
fn written(request: &TokenRequest<'_>) -> (String, Option<String>) {
    let mut buffer = [0xaa; 1024];
    let body = request.write_body(&mut buffer).unwrap().to_vec();
    assert_eq!(body.len(), request.body_len());
    assert!(buffer[body.len()..].iter().all(|&byte| byte == 0xaa));
    let mut buffer = [0xaa; 1024];
    let authorization = request.write_authorization(&mut buffer).unwrap().map(<[u8]>::to_vec);
    let authorization = authorization.map(|value| String::from_utf8(value).unwrap());
    assert_eq!(authorization.as_ref().map(String::len), request.authorization_len());
    assert!(buffer[authorization.as_ref().map_or(0, String::len)..].iter().all(|&byte| byte == 0xaa));
    every_capacity(request.body_len(), "request body", |buffer| {
        request.write_body(buffer).map(|written| written == body)
    });
    if let Some(length) = request.authorization_len() {
        every_capacity(length, "authorization", |buffer| {
            request
                .write_authorization(buffer)
                .map(|written| written == authorization.as_deref().map(str::as_bytes))
        });
    }
    (String::from_utf8(body).unwrap(), authorization)
}

/// Writes everything with a capacity of `needed` bytes; below that asserts an error and that no byte is left behind.
fn every_capacity(
    needed: usize,
    what: &'static str,
    write: impl Fn(&mut [u8]) -> Result<bool, CapacityError>,
) {
    // Each takes a second in Miri, which tests the limit and some others.
    let tried = |capacity: &usize| !cfg!(miri) || capacity + 1 >= needed || capacity.is_multiple_of(32);
    for capacity in (0..=needed + 1).filter(tried) {
        let mut buffer = vec![0xaa; capacity];
        let result = write(&mut buffer);
        if capacity < needed {
            assert_eq!(result, Err(CapacityError { what, needed, capacity }));
            assert!(buffer.iter().all(|&byte| byte == 0), "{what} left something behind at {capacity}");
        } else {
            assert_eq!(result, Ok(true));
        }
    }
}

fn grants() -> [(Grant<'static>, &'static str); 5] {
    [
        (Grant::ClientCredentials, "grant_type=client_credentials"),
        (
            Grant::AuthorizationCode { code: "c/o+d e", redirect_uri: "https://app.example/cb?x=1&y=ü" },
            "grant_type=authorization_code&code=c%2Fo%2Bd+e&redirect_uri=https%3A%2F%2Fapp.example%2Fcb%3Fx%3D1%26y%3D%C3%BC",
        ),
        (
            Grant::AuthorizationCodePkce {
                code: "code",
                redirect_uri: "http://127.0.0.1:8080/",
                code_verifier: VERIFIER,
            },
            "grant_type=authorization_code&code=code&code_verifier=dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk&client_id=Aladdin&redirect_uri=http%3A%2F%2F127.0.0.1%3A8080%2F",
        ),
        (
            Grant::RefreshToken { refresh_token: "r~*-._=" },
            "grant_type=refresh_token&refresh_token=r%7E*-._%3D",
        ),
        (
            Grant::Saml2Bearer { org_name: "my org", assertion: "PHNhbWw+PC9zYW1sPg==" },
            "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Asaml2-bearer&orgName=my+org&assertion=PHNhbWw%2BPC9zYW1sPg%3D%3D",
        ),
    ]
}

#[test]
fn every_grant_with_basic_authentication() {
    let aladdin = aladdin();
    for (grant, body) in grants() {
        let request = TokenRequest::new(aladdin.client(ClientAuth::Basic), grant).unwrap();
        assert_eq!(written(&request), (body.to_owned(), Some(ALADDIN.to_owned())));
    }
}

#[test]
fn every_grant_with_credentials_in_the_body() {
    let aladdin = aladdin();
    for (grant, body) in grants() {
        let request = TokenRequest::new(aladdin.client(ClientAuth::RequestBody), grant).unwrap();
        let client_id = if body.contains("client_id") { "" } else { "&client_id=Aladdin" };
        assert_eq!(written(&request), (format!("{body}{client_id}&client_secret=open+sesame"), None));
    }
}

#[test]
fn every_grant_with_a_scope() {
    let aladdin = aladdin();
    let scope: Scope = Scope::new("routing:readonly users").unwrap();
    for (grant, body) in grants() {
        let request = TokenRequest::new(aladdin.client(ClientAuth::Basic), grant).unwrap().with_scope(&scope);
        let expected = format!("{body}&scope=routing%3Areadonly+users");
        assert_eq!(written(&request), (expected, Some(ALADDIN.to_owned())));
    }
    let four_fields = TokenRequest::new(aladdin.client(ClientAuth::RequestBody), Grant::ClientCredentials)
        .unwrap()
        .with_scope(&scope);
    assert_eq!(
        written(&four_fields).0,
        "grant_type=client_credentials&scope=routing%3Areadonly+users&client_id=Aladdin&client_secret=open+sesame"
    );
}

#[test]
fn a_public_client_has_pkce_and_refresh_tokens_only() {
    let aladdin = aladdin();
    for (grant, body) in grants() {
        let request = TokenRequest::new(aladdin.public(), grant);
        if body.contains("code_verifier") {
            assert_eq!(written(&request.unwrap()), (body.to_owned(), None));
        } else if body.contains("refresh_token") {
            assert_eq!(written(&request.unwrap()), (format!("{body}&client_id=Aladdin"), None));
        } else {
            assert_eq!(request.map(|_| ()), Err(ConfigError::SecretMissing), "{body}");
        }
    }
}

#[test]
fn form_encoded_basic_authentication() {
    // Base64 of `a%3Db:%2B%25%7E%20%3A` and of `a=b:+%~ :`.
    let odd = Credentials::new("a=b", "+%~ :");
    let value = |auth| written(&TokenRequest::new(odd.client(auth), Grant::ClientCredentials).unwrap()).1;
    assert_eq!(value(ClientAuth::BasicFormEncoded).unwrap(), "Basic YSUzRGI6JTJCJTI1JTdFJTIwJTNB");
    assert_eq!(value(ClientAuth::Basic).unwrap(), "Basic YT1iOislfiA6");
    // No difference for the ids and secrets that the service issues.
    let usual = Credentials::new("0b7a9d2e-5c1f-4b8e-9a3d-6f2e1c0d4b5a", "Az09-_.*secret");
    let value = |auth| written(&TokenRequest::new(usual.client(auth), Grant::ClientCredentials).unwrap()).1;
    assert_eq!(value(ClientAuth::Basic), value(ClientAuth::BasicFormEncoded));
}

#[test]
fn base64_of_every_length() {
    // Lengths of 3 to 41 bytes with the colon, in every split between identifier and secret: each remainder, each phase.
    let text = "The quick brown fox jumps over the lazy dog";
    let padding = |length: usize| (3 - length % 3) % 3;
    // In Miri each takes half a second.
    let most = if cfg!(miri) { 4 } else { 20 };
    for id_length in 1..most {
        for secret_length in 1..most {
            let id = text[..id_length].replace(' ', "_");
            let secret = text[20..20 + secret_length].replace(' ', "_");
            let credentials = Credentials::new(&id, &secret);
            let request =
                TokenRequest::new(credentials.client(ClientAuth::Basic), Grant::ClientCredentials).unwrap();
            let value = written(&request).1.unwrap();
            let length = id.len() + secret.len() + 1;
            assert_eq!(value.len(), 6 + length.div_ceil(3) * 4);
            assert_eq!(value.bytes().filter(|&byte| byte == b'=').count(), padding(length));
            assert_eq!(decode_base64(value.strip_prefix("Basic ").unwrap()), format!("{id}:{secret}"));
        }
    }
}

/// Encodes bit by bit, as a reference.
fn decode_base64(text: &str) -> String {
    let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let values = text.trim_end_matches('=').chars().map(|character| alphabet.find(character).unwrap());
    let bits: Vec<usize> = values.flat_map(|value| (0..6).rev().map(move |bit| value >> bit & 1)).collect();
    let bytes = bits.chunks_exact(8).map(|bits| bits.iter().fold(0, |byte, bit| byte << 1 | bit));
    String::from_utf8(bytes.map(|byte| u8::try_from(byte).unwrap()).collect()).unwrap()
}

#[test]
fn parameters_that_are_empty() {
    let aladdin = aladdin();
    let error = |grant| TokenRequest::new(aladdin.client(ClientAuth::Basic), grant).map(|_| ()).unwrap_err();
    let empty = ConfigError::EmptyParameter;
    assert_eq!(error(Grant::AuthorizationCode { code: "", redirect_uri: "x" }), empty("code"));
    assert_eq!(error(Grant::AuthorizationCode { code: "x", redirect_uri: "" }), empty("redirect_uri"));
    let pkce =
        |code, redirect_uri| Grant::AuthorizationCodePkce { code, redirect_uri, code_verifier: VERIFIER };
    assert_eq!(error(pkce("", "x")), empty("code"));
    assert_eq!(error(pkce("x", "")), empty("redirect_uri"));
    assert_eq!(error(Grant::RefreshToken { refresh_token: "" }), empty("refresh_token"));
    assert_eq!(error(Grant::Saml2Bearer { org_name: "", assertion: "x" }), empty("orgName"));
    assert_eq!(error(Grant::Saml2Bearer { org_name: "x", assertion: "" }), empty("assertion"));
}

#[test]
fn code_verifiers() {
    let aladdin = aladdin();
    let check = |code_verifier: &str| {
        let grant = Grant::AuthorizationCodePkce { code: "x", redirect_uri: "y", code_verifier };
        TokenRequest::new(aladdin.public(), grant).map(|_| ())
    };
    for length in [43, 44, 127, 128] {
        assert_eq!(check(&"~".repeat(length)), Ok(()));
    }
    for length in [0, 1, 42, 129, 1000] {
        assert_eq!(check(&"a".repeat(length)), Err(ConfigError::InvalidCodeVerifier), "{length}");
    }
    for illegal in ["+", "/", "=", " ", "é", "%", "\n"] {
        let text = format!("{}{illegal}", "a".repeat(60));
        assert_eq!(check(&text), Err(ConfigError::InvalidCodeVerifier), "{illegal:?}");
    }
}

#[test]
fn constants_of_the_head() {
    assert_eq!(TokenRequest::CONTENT_TYPE, "application/x-www-form-urlencoded");
    assert_eq!(TokenRequest::ACCEPT, "application/json");
}

#[test]
fn example_of_the_service_documentation() {
    let credentials = Credentials::new(
        "0b7a9d2e-5c1f-4b8e-9a3d-6f2e1c0d4b5a",
        "KmQ3sV9yB8x2Zc5nU7wE1rT4aG6hJ0pLdF_o-iYqXzM",
    );
    let request = TokenRequest::new(credentials.client(ClientAuth::Basic), Grant::ClientCredentials).unwrap();
    let (body, authorization) = written(&request);
    assert_eq!(body, "grant_type=client_credentials");
    let encoded = authorization.unwrap();
    assert_eq!(
        decode_base64(encoded.strip_prefix("Basic ").unwrap()),
        "0b7a9d2e-5c1f-4b8e-9a3d-6f2e1c0d4b5a:KmQ3sV9yB8x2Zc5nU7wE1rT4aG6hJ0pLdF_o-iYqXzM"
    );
}

/// RFC 6749 section 6 with section 3.2.1: a public client that has a refresh token from PKCE sends it with its `client_id`.
#[test]
fn public_client_uses_its_refresh_token() {
    let aladdin = aladdin();
    let grant = Grant::RefreshToken { refresh_token: "r1" };
    let request = TokenRequest::new(aladdin.public(), grant).unwrap();
    let body = "grant_type=refresh_token&refresh_token=r1&client_id=Aladdin";
    assert_eq!(written(&request), (body.to_owned(), None));
}

/// Base64 of `my%20id:a%20b%2Bc%25`: every tested server decodes `%20`, not every one `+`.
#[test]
fn basic_form_encoded_writes_a_space_as_percent_20() {
    let credentials = Credentials::new("my id", "a b+c%");
    let client = credentials.client(ClientAuth::BasicFormEncoded);
    let request = TokenRequest::new(client, Grant::ClientCredentials).unwrap();
    assert_eq!(written(&request).1.as_deref(), Some("Basic bXklMjBpZDphJTIwYiUyQmMlMjU="));
}

#[test]
fn form_encoding_matters_for_reserved_characters_in_basic_credentials_only() {
    for (id, secret, matters) in
        [("0123-abcd", "Az09-._*", false), ("id", "a b", true), ("i~d", "secret", true), ("id", "a+b", true)]
    {
        let credentials = Credentials::new(id, secret);
        assert_eq!(credentials.client(ClientAuth::Basic).form_encoding_matters(), matters, "{id} {secret}");
        assert!(!credentials.client(ClientAuth::BasicFormEncoded).form_encoding_matters());
        assert!(!credentials.client(ClientAuth::RequestBody).form_encoding_matters());
    }
}

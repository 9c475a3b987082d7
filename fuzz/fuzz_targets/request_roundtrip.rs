//! A token request from any settings: form_urlencoded and base64 read the same values from it.
#![no_main]

use std::borrow::Cow;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use genesys_token_core::settings::{Client, ClientAuth, ClientId, ClientSecret, Scope};
use genesys_token_core::text::CapacityError;
use genesys_token_core::wire::{Grant, GrantUse, TokenRequest};
use genesys_token_fuzz::settings::check_error;
use libfuzzer_sys::{Corpus, fuzz_target};

#[derive(Debug)]
struct Input<'a> {
    auth: ClientAuth,
    grant: Grant<'a>,
    id: &'a str,
    /// `None` for a public client.
    secret: Option<&'a str>,
    scope: Option<&'a str>,
    fields: Vec<(&'static str, &'a str)>,
}

impl<'a> Input<'a> {
    /// Reads one line each: authentication, grant, id, secret, scope, the grant's values. An empty line is no value.
    fn read(input: &'a [u8]) -> Option<Self> {
        let mut lines = std::str::from_utf8(input).ok()?.split('\n');
        let auth = match lines.next()? {
            "body" => ClientAuth::RequestBody,
            "form" => ClientAuth::BasicFormEncoded,
            _ => ClientAuth::Basic,
        };
        let kind = lines.next()?;
        let mut line = || lines.next().unwrap_or_default();
        let (id, secret, scope) = (line(), line(), line());
        let (first, second, third) = (line(), line(), line());
        let (grant, fields) = match kind {
            "code" => (
                Grant::AuthorizationCode { code: first, redirect_uri: second },
                vec![("grant_type", "authorization_code"), ("code", first), ("redirect_uri", second)],
            ),
            "pkce" => (
                Grant::AuthorizationCodePkce { code: first, redirect_uri: second, code_verifier: third },
                vec![
                    ("grant_type", "authorization_code"),
                    ("code", first),
                    ("redirect_uri", second),
                    ("code_verifier", third),
                ],
            ),
            "refresh" => (
                Grant::RefreshToken { refresh_token: first },
                vec![("grant_type", "refresh_token"), ("refresh_token", first)],
            ),
            "saml" => (
                Grant::Saml2Bearer { org_name: first, assertion: second },
                vec![
                    ("grant_type", "urn:ietf:params:oauth:grant-type:saml2-bearer"),
                    ("orgName", first),
                    ("assertion", second),
                ],
            ),
            _ => (Grant::ClientCredentials, vec![("grant_type", "client_credentials")]),
        };
        let some = |text: &'a str| (!text.is_empty()).then_some(text);
        Some(Self { auth, grant, id, secret: some(secret), scope: some(scope), fields })
    }

    fn is_pkce(&self) -> bool {
        matches!(self.grant, Grant::AuthorizationCodePkce { .. })
    }

    /// Returns how often the grant may be sent.
    fn usage(&self) -> GrantUse {
        match self.fields.first() {
            Some((_, "client_credentials")) => GrantUse::Repeatable,
            Some((_, "refresh_token")) => GrantUse::Refresh,
            _ => GrantUse::Once,
        }
    }

    /// Returns whether the rules of `TokenRequest::new` accept this.
    fn is_legal(&self) -> bool {
        let verifier = match self.grant {
            Grant::AuthorizationCodePkce { code_verifier, .. } => {
                let unreserved = |c: char| c.is_ascii_alphanumeric() || "-._~".contains(c);
                (43..=128).contains(&code_verifier.len()) && code_verifier.chars().all(unreserved)
            }
            _ => true,
        };
        let public = self.is_pkce() || matches!(self.grant, Grant::RefreshToken { .. });
        (self.secret.is_some() || public)
            && verifier
            && self.fields.iter().all(|(_, value)| !value.is_empty())
    }
}

fuzz_target!(|input: &[u8]| -> Corpus {
    let Some(input) = Input::read(input) else { return Corpus::Reject };
    let Ok(id) = ClientId::<64>::new(input.id) else { return Corpus::Reject };
    let secret = match input.secret.map(ClientSecret::<128>::new) {
        Some(Err(_)) => return Corpus::Reject,
        Some(Ok(secret)) => Some(secret),
        None => None,
    };
    let scope = input.scope.and_then(|scope| Scope::<512>::new(scope).ok());
    let client = match &secret {
        Some(secret) => Client::confidential(&id, secret, input.auth),
        None => Client::public(&id),
    };
    let mut request = match TokenRequest::new(client, input.grant) {
        Ok(request) => request,
        Err(error) => {
            assert!(!input.is_legal(), "refused, although legal: {input:?}");
            check_error(&error);
            return Corpus::Keep;
        }
    };
    assert!(input.is_legal(), "accepted, although illegal: {input:?}");
    let encoding_matters = input.secret.is_some_and(|secret| {
        let changes =
            |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>() != text;
        input.auth == ClientAuth::Basic && (changes(input.id) || changes(secret))
    });
    assert_eq!(client.form_encoding_matters(), encoding_matters);
    if let Some(scope) = &scope {
        request = request.with_scope(scope);
    }
    assert_eq!(input.grant.usage(), input.usage());
    body(&request, &input, scope.as_ref().map(Scope::as_str));
    authorization(&request, &input);
    conceal(&request, &input, &id, scope.as_ref());
    Corpus::Keep
});

fn body(request: &TokenRequest<'_>, input: &Input<'_>, scope: Option<&str>) {
    let written = write(request.body_len(), |buffer| request.write_body(buffer).map(<[u8]>::to_vec));
    let mut expected = input.fields.clone();
    expected.extend(scope.map(|scope| ("scope", scope)));
    let in_body = input.auth == ClientAuth::RequestBody || input.secret.is_none();
    if in_body || input.is_pkce() {
        expected.push(("client_id", input.id));
    }
    expected.extend(input.secret.filter(|_| in_body).map(|secret| ("client_secret", secret)));
    let mut found: Vec<_> = form_urlencoded::parse(&written).collect();
    assert_eq!(found[0].0, "grant_type");
    found.sort();
    let mut expected: Vec<_> = expected.into_iter().map(|(n, v)| (Cow::from(n), Cow::from(v))).collect();
    expected.sort();
    assert_eq!(found, expected);
    let rewritten = form_urlencoded::Serializer::new(String::new())
        .extend_pairs(form_urlencoded::parse(&written))
        .finish();
    assert_eq!(rewritten.as_bytes(), written);
}

fn authorization(request: &TokenRequest<'_>, input: &Input<'_>) {
    let expected = input.secret.and_then(|secret| match input.auth {
        ClientAuth::Basic => Some(format!("{}:{secret}", input.id)),
        ClientAuth::BasicFormEncoded => {
            // Every tested server decodes %20; only some decode a plus sign here.
            let encoded = |text: &str| {
                form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>().replace('+', "%20")
            };
            Some(format!("{}:{}", encoded(input.id), encoded(secret)))
        }
        _ => None,
    });
    let length = request.authorization_len();
    let Some(expected) = expected else {
        assert_eq!(length, None);
        assert_eq!(request.write_authorization(&mut []), Ok(None));
        return;
    };
    let written = write(length.expect("Basic"), |buffer| {
        request.write_authorization(buffer).map(|value| value.expect("Basic").to_vec())
    });
    let encoded = written.strip_prefix(b"Basic ").expect("the scheme");
    assert_eq!(BASE64_STANDARD.decode(encoded).expect("Base64"), expected.as_bytes());
}

/// Writes into a buffer of exactly the needed length, and into one that is a byte too short.
fn write(length: usize, write: impl Fn(&mut [u8]) -> Result<Vec<u8>, CapacityError>) -> Vec<u8> {
    let mut buffer = vec![0xff; length];
    let written = write(&mut buffer).expect("it fits");
    assert_eq!(written.len(), length);
    let short = &mut buffer[1..];
    let error = write(short).expect_err("one byte too few");
    assert_eq!((error.needed, error.capacity), (length, length - 1));
    assert!(short.iter().all(|&byte| byte == 0), "a part remains");
    written
}

/// Checks that no secret is shown: the output is the same with other secrets.
fn conceal(request: &TokenRequest<'_>, input: &Input<'_>, id: &ClientId<64>, scope: Option<&Scope<512>>) {
    let other = ClientSecret::<128>::new("other").expect("a secret");
    let client = match input.secret {
        Some(_) => Client::confidential(id, &other, input.auth),
        None => Client::public(id),
    };
    let verifier = "v".repeat(43);
    let grant = match input.grant {
        Grant::AuthorizationCode { .. } => Grant::AuthorizationCode { code: "x", redirect_uri: "x" },
        Grant::AuthorizationCodePkce { .. } => {
            Grant::AuthorizationCodePkce { code: "x", redirect_uri: "x", code_verifier: &verifier }
        }
        Grant::RefreshToken { .. } => Grant::RefreshToken { refresh_token: "x" },
        Grant::Saml2Bearer { .. } => Grant::Saml2Bearer { org_name: "x", assertion: "x" },
        grant => grant,
    };
    let mut twin = TokenRequest::new(client, grant).expect("a legal request");
    if let Some(scope) = scope {
        twin = twin.with_scope(scope);
    }
    assert_eq!(format!("{request:?}"), format!("{twin:?}"), "a secret is shown");
}

//! The login host: the token endpoint.

use core::time::Duration;
use std::borrow::Cow;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ring::digest::{SHA256, digest};

use crate::clients::{Client, GrantType};
use crate::hints;
use crate::request::Request;
use crate::response::Response;
use crate::state::{BasicDecoding, State};
use crate::tokens::{correlation_id, opaque};

const SAML2_BEARER: &str = "urn:ietf:params:oauth:grant-type:saml2-bearer";

pub(crate) fn answer(
    state: &mut State,
    request: &Request,
    token_expires_after: Option<Duration>,
) -> Response {
    let response = match (request.path(), request.method.as_str()) {
        ("/oauth/token", "POST") => {
            token(state, request, token_expires_after).unwrap_or_else(|refusal| refusal)
        }
        ("/oauth/token", _) => Response::new(405).header("Allow", "POST"),
        _ => {
            return Response::api_error(
                404,
                "not.found",
                "The requested resource was not found.",
                &correlation_id(),
            );
        }
    };
    response.header("ININ-Correlation-Id", &correlation_id())
}

/// Returns the token endpoint (RFC 6749 section 3.2), with the refusals of the real service, which all have status 400.
fn token(
    state: &mut State,
    request: &Request,
    token_expires_after: Option<Duration>,
) -> Result<Response, Response> {
    let form = Form::of(request)?;
    let credentials = Credentials::of(request, &form, state.settings.basic)?;
    let registered = state.clients.get(&credentials.id);
    let limit = registered.and_then(|client| client.token_limit).or(state.settings.token_limit);
    if state.token_windows.count(&credentials.id, limit, state.now).is_some_and(|usage| usage.exceeded()) {
        return Err(Response::token_rate_limited());
    }
    let grant_type = form.required("grant_type")?;
    let client =
        state.clients.get(&credentials.id).cloned().ok_or_else(|| unknown_client(&credentials.id))?;
    let (grant, name) = match grant_type {
        // The service's own message uses the singular.
        "client_credentials" => (GrantType::ClientCredentials, "client_credential"),
        "authorization_code" | "refresh_token" => (GrantType::Code, grant_type),
        SAML2_BEARER => (GrantType::Saml2Bearer, grant_type),
        _ => {
            return Err(Response::token_refusal("unsupported_grant_type", "unsupported grant type"));
        }
    };
    if !(grant_type == "authorization_code" && form.field("code_verifier").is_some()) {
        credentials.check(&client)?;
    }
    if !client.grant_types.contains(&grant) {
        let text = format!("client is not authorized to use the {name} grant type");
        return Err(Response::token_refusal("unauthorized_client", &text));
    }
    match grant_type {
        "authorization_code" => redeem_code(state, &form, &credentials, &client)?,
        "refresh_token" => redeem_refresh_token(state, &form, &client)?,
        SAML2_BEARER => check_assertion(state, &form)?,
        _ => {}
    }
    Ok(issue(state, &client, grant, token_expires_after))
}

fn issue(state: &mut State, client: &Client, grant: GrantType, expires_after: Option<Duration>) -> Response {
    let lifetime = client.token_lifetime.unwrap_or(state.settings.token_lifetime);
    let idle_timeout = client.idle_timeout.or(state.settings.idle_timeout);
    let limits = (expires_after.unwrap_or(lifetime), idle_timeout);
    let access_token = state.tokens.issue(&client.id, grant, state.now, limits);
    let expires_in = lifetime.as_secs().saturating_sub(1);
    // With an inactivity timeout the service issues no refresh tokens.
    if grant == GrantType::Code && idle_timeout.is_none() {
        let refresh_token = opaque();
        state.tokens.refresh.insert(refresh_token.clone(), client.id.clone());
        return Response::token_with_refresh(&access_token, &refresh_token, expires_in);
    }
    Response::token(&access_token, expires_in)
}

/// RFC 6749 section 4.1.3 and RFC 7636 section 4.6. The code is used up by the first attempt, successful or not.
fn redeem_code(
    state: &mut State,
    form: &Form,
    credentials: &Credentials,
    client: &Client,
) -> Result<(), Response> {
    let code = state.tokens.codes.remove(form.required("code")?);
    let code = code.filter(|code| code.client_id == client.id && state.now < code.expires_at);
    let code = code.ok_or_else(|| invalid_grant("authorization code not found"))?;
    if form.required("redirect_uri")? != code.redirect_uri {
        return Err(invalid_grant("redirect_uri does not match"));
    }
    match (form.field("code_verifier"), &code.challenge) {
        (None, None) => Ok(()),
        (Some(verifier), Some(challenge)) => {
            // A secret sent with the verifier has to be right; the vendor's command line tool sends an empty one.
            if credentials.secret.as_deref().is_some_and(|secret| !secret.is_empty()) {
                credentials.check(client)?;
            }
            let unreserved = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
            let legal = (43..=128).contains(&verifier.len()) && verifier.bytes().all(unreserved);
            let computed = URL_SAFE_NO_PAD.encode(digest(&SHA256, verifier.as_bytes()));
            if legal && computed == *challenge {
                Ok(())
            } else {
                Err(invalid_grant("code_verifier does not match"))
            }
        }
        _ => Err(invalid_grant("code_verifier and code_challenge belong together")),
    }
}

/// RFC 6749 section 6, with rotation: each refresh token can be used once.
fn redeem_refresh_token(state: &mut State, form: &Form, client: &Client) -> Result<(), Response> {
    let token = form.required("refresh_token")?;
    if state.tokens.refresh.get(token) != Some(&client.id) {
        return Err(invalid_grant("refresh token not found"));
    }
    state.tokens.refresh.remove(token);
    Ok(())
}

fn check_assertion(state: &State, form: &Form) -> Result<(), Response> {
    if form.required("orgName")? != state.settings.organization {
        return Err(invalid_grant("organization not found"));
    }
    match STANDARD.decode(form.required("assertion")?) {
        Ok(assertion) if !assertion.is_empty() => Ok(()),
        _ => Err(invalid_grant("assertion is not valid")),
    }
}

/// The fields of a form; a repeated field is an error (RFC 6749 section 3.2).
pub(crate) struct Form(Vec<(String, String)>);

impl Form {
    pub(crate) fn of(request: &Request) -> Result<Self, Response> {
        let media_type =
            request.header("Content-Type").unwrap_or_default().split(';').next().unwrap_or_default();
        if !media_type.trim().eq_ignore_ascii_case("application/x-www-form-urlencoded") {
            return Err(invalid_request("the body must be application/x-www-form-urlencoded"));
        }
        Self::parse(&request.body)
    }

    pub(crate) fn parse(text: &[u8]) -> Result<Self, Response> {
        let mut fields: Vec<(String, String)> = Vec::new();
        for (name, value) in form_urlencoded::parse(text).map(|(n, v): (Cow<'_, str>, Cow<'_, str>)| (n, v)) {
            if fields.iter().any(|(present, _)| *present == name) {
                return Err(invalid_request("a parameter is repeated"));
            }
            fields.push((name.into(), value.into()));
        }
        Ok(Self(fields))
    }

    pub(crate) fn field(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(present, _)| present == name).map(|(_, value)| value.as_str())
    }

    pub(crate) fn fields(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    fn required(&self, name: &str) -> Result<&str, Response> {
        self.field(name).ok_or_else(|| invalid_request(&format!("{name} is missing")))
    }
}

/// Client id and secret, from the Authorization header or the body (RFC 6749 section 2.3.1).
struct Credentials {
    id: String,
    secret: Option<String>,
}

impl Credentials {
    fn of(request: &Request, form: &Form, decoding: BasicDecoding) -> Result<Self, Response> {
        let body = (form.field("client_id"), form.field("client_secret"));
        let Some(header) = request.header("Authorization") else {
            let id = body.0.ok_or_else(Response::client_not_found)?;
            return Ok(Self { id: id.into(), secret: body.1.map(Into::into) });
        };
        let (id, secret) = basic(header, decoding)
            .ok_or_else(|| invalid_request("the Authorization header is not Basic"))?;
        if body.1.is_some() || body.0.is_some_and(|in_body| in_body != id) {
            return Err(invalid_request("more than one client authentication"));
        }
        Ok(Self { id, secret: Some(secret) })
    }

    /// Compares the secret.
    fn check(&self, client: &Client) -> Result<(), Response> {
        if self.secret.as_ref() == Some(&client.secret) {
            Ok(())
        } else {
            Err(Response::authentication_failed())
        }
    }
}

/// RFC 7617 section 2, and RFC 6749 section 2.3.1 for the form encoding.
fn basic(header: &str, decoding: BasicDecoding) -> Option<(String, String)> {
    let (scheme, value) = header.split_once(' ')?;
    let text = String::from_utf8(STANDARD.decode(value).ok()?).ok()?;
    let (id, secret) = text.split_once(':')?;
    let decode = |text: &str| match decoding {
        BasicDecoding::Literal => text.to_owned(),
        BasicDecoding::FormEncoded => {
            // As the value of a form field, so that `&` and `=` have no meaning.
            let field = text.replace('&', "%26");
            form_urlencoded::parse(format!("v={field}").as_bytes())
                .map(|(_, value)| value.into_owned())
                .collect()
        }
    };
    scheme.eq_ignore_ascii_case("Basic").then(|| (decode(id), decode(secret)))
}

/// Returns the refusal of an unknown client id, with a hint if the id looks form-encoded.
fn unknown_client(id: &str) -> Response {
    let refusal = Response::client_not_found();
    if id.contains('%') { hints::form_encoded_client_id(refusal) } else { refusal }
}

fn invalid_request(description: &str) -> Response {
    Response::token_refusal("invalid_request", description)
}

fn invalid_grant(description: &str) -> Response {
    Response::token_refusal("invalid_grant", description)
}

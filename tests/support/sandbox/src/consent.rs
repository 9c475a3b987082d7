//! The authorization endpoint (RFC 6749 section 3.1): a consent page for the authorization code grant, with PKCE (RFC 7636).
//!
//! The page is the sandbox's own. The real service shows its login form first and remembers consent.

use core::fmt::Write;

use form_urlencoded::Serializer;

use crate::clients::{Client, GrantType};
use crate::login::Form;
use crate::request::Request;
use crate::response::Response;
use crate::state::State;

/// Answers `GET` with the page and `POST`, from its form, with the redirect.
pub(crate) fn answer(state: &mut State, request: &Request) -> Response {
    let form = match request.method.as_str() {
        "GET" => Form::parse(request.query().as_bytes()),
        "POST" => Form::of(request),
        _ => return Response::new(405).header("Allow", "GET, POST"),
    };
    let Ok(form) = form else {
        return error_page("a parameter is repeated, or the form has another media type");
    };
    let authorization = match Authorization::of(state, &form) {
        Ok(authorization) => authorization,
        // Without a valid client and redirect URI nothing is redirected (RFC 6749 section 4.1.2.1).
        Err(reason) => return error_page(reason),
    };
    if let Err((error, description)) = authorization.check(&form) {
        return authorization.redirect(&[("error", error), ("error_description", description)]);
    }
    match (request.method.as_str(), form.field("decision")) {
        ("GET", _) => authorization.page(&form),
        (_, Some("allow")) => {
            let client_id = &authorization.client.id;
            let code = state.authorize(client_id, &authorization.redirect_uri, form.field("code_challenge"));
            authorization.redirect(&[("code", &code)])
        }
        _ => authorization
            .redirect(&[("error", "access_denied"), ("error_description", "the user denied the request")]),
    }
}

/// An authorization request of a registered client with an allowed redirect URI.
struct Authorization {
    client: Client,
    redirect_uri: String,
    state: Option<String>,
}

impl Authorization {
    fn of(state: &State, form: &Form) -> Result<Self, &'static str> {
        let id = form.field("client_id").ok_or("client_id is missing")?;
        let client = state.clients.get(id).ok_or("there is no client with this client_id")?;
        let redirect_uri = form.field("redirect_uri").ok_or("redirect_uri is missing")?;
        if !client.allows_redirect(redirect_uri) {
            return Err("redirect_uri is not registered for this client");
        }
        let state = form.field("state").map(Into::into);
        Ok(Self { client: client.clone(), redirect_uri: redirect_uri.into(), state })
    }

    /// Checks the parameters whose errors are reported to the client.
    fn check(&self, form: &Form) -> Result<(), (&'static str, &'static str)> {
        if !self.client.grant_types.contains(&GrantType::Code) {
            return Err((
                "unauthorized_client",
                "client is not authorized to use the authorization_code grant type",
            ));
        }
        if form.field("response_type") != Some("code") {
            return Err(("unsupported_response_type", "response_type must be code"));
        }
        match (form.field("code_challenge"), form.field("code_challenge_method")) {
            (None, None) | (Some(_), Some("S256")) => Ok(()),
            _ => Err(("invalid_request", "PKCE needs code_challenge and code_challenge_method=S256")),
        }
    }

    /// Redirects the browser to the client (RFC 6749 sections 4.1.2 and 4.1.2.1).
    fn redirect(&self, parameters: &[(&str, &str)]) -> Response {
        let mut query = Serializer::new(String::new());
        query.extend_pairs(parameters);
        if let Some(state) = &self.state {
            query.append_pair("state", state);
        }
        let separator = if self.redirect_uri.contains('?') { '&' } else { '?' };
        let location = format!("{}{separator}{}", self.redirect_uri, query.finish());
        Response::new(302).header("Location", &location).header("Cache-Control", "no-store")
    }

    fn page(&self, form: &Form) -> Response {
        let mut fields = String::new();
        for (name, value) in form.fields() {
            let (name, value) = (escape(name), escape(value));
            let _ = writeln!(fields, "<input type=\"hidden\" name=\"{name}\" value=\"{value}\">");
        }
        let scopes = if self.client.scope.is_empty() {
            "all resources of the sandbox user".to_owned()
        } else {
            escape(&self.client.scope.join(", "))
        };
        html(
            200,
            "Sandbox: authorize an application",
            &format!(
                "<p><strong>{}</strong> requests access to {scopes}.</p>\n\
                 <form method=\"post\" action=\"/oauth/authorize\">\n{fields}\
                 <button name=\"decision\" value=\"allow\">Allow</button>\n\
                 <button name=\"decision\" value=\"deny\">Deny</button>\n</form>",
                escape(&self.client.name),
            ),
        )
    }
}

fn error_page(reason: &str) -> Response {
    html(400, "Sandbox: invalid authorization request", &format!("<p>{}.</p>", escape(reason)))
}

fn html(status: u16, title: &str, content: &str) -> Response {
    let page = format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\"><title>{title}</title></head>\n\
         <body>\n<h1>{title}</h1>\n{content}\n</body>\n</html>\n"
    );
    Response::new(status)
        .body("text/html; charset=utf-8", page)
        .header("Cache-Control", "no-store")
        .header("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
        .replace('\'', "&#39;")
}

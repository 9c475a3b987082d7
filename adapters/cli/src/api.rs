//! `genesys-token api`: an authorised call of the Platform API, with its response on standard output.

use std::fs;
use std::io::{self, Read as _};
use std::path::Path;

use clap::ArgMatches;
use genesys_token_tokio::http::header::{AUTHORIZATION, CONTENT_TYPE, HeaderName, HeaderValue};
use genesys_token_tokio::http::{HeaderMap, Method};
use genesys_token_tokio::{ApiError, ApiRequest, SecretString};
use serde_json::Value;

use crate::download::{Download, Target};
use crate::exit::{Exit, Problem};
use crate::filter::Filter;
use crate::options::{flag, path, text};
use crate::output::{print, print_bytes};
use crate::service::Session;
use crate::token_info::visible;
use crate::{credentials, explain, verify};

/// Largest request body, in bytes.
const BODY_MAX: u64 = 32 * 1024 * 1024;
/// Largest response body that is held in memory, for a filter or the next page, in bytes.
const RESPONSE_MAX: u64 = 64 * 1024 * 1024;

const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// Makes the call, and with `--paginate` those for all further pages.
pub(crate) fn run(options: &ArgMatches) -> Result<(), Problem> {
    let call = Call::parse(options)?;
    let token = verify::given_token(options)?;
    let find = if token.is_some() { credentials::none } else { credentials::source };
    let session = Session::open(options, find)?;
    let include = flag(options, "include");
    let mut target = call.path.clone();
    loop {
        let response = match call.send(&session, &target, token.as_ref())? {
            Ok(response) => response,
            Err(error) => {
                if let (true, ApiError::Refused(refused)) = (include, &error) {
                    print_bytes(head(refused.refusal().status(), refused.headers()).as_bytes())?;
                    print_bytes(refused.body())?;
                }
                return Err(explain::api_error(&error, &session.context()));
            }
        };
        if include {
            let response = response.response();
            print_bytes(head(response.status().as_u16(), response.headers()).as_bytes())?;
        }
        if call.target() == Target::Output {
            return response.print();
        }
        let body = response.whole(RESPONSE_MAX)?;
        match &call.filter {
            Some(filter) => print(&filter.apply(&body)?)?,
            None => print_bytes(&body)?,
        }
        if !call.paginate {
            return Ok(());
        }
        if call.filter.is_none() {
            // So that the pages of several responses can be distinguished.
            print_bytes(b"\n")?;
        }
        match next_page(&body, &target, session.service.endpoint.api_host())? {
            Some(next) if next == target => {
                return Err(Problem::new(Exit::Protocol, "the response names itself as the next page"));
            }
            Some(next) => target = next,
            None => return Ok(()),
        }
    }
}

struct Call {
    method: Method,
    /// Path and query.
    path: String,
    headers: Vec<(HeaderName, HeaderValue)>,
    body: Option<Vec<u8>>,
    paginate: bool,
    filter: Option<Filter>,
}

impl Call {
    fn parse(options: &ArgMatches) -> Result<Self, Problem> {
        let method = text(options, "method").unwrap_or_default().to_ascii_uppercase();
        let method = Method::from_bytes(method.as_bytes()).map_err(|_| {
            Problem::setting("METHOD", "not an HTTP method; give GET, POST, PUT, PATCH or DELETE")
        })?;
        let mut headers = Vec::new();
        for header in strings(options, "header") {
            headers.push(parse_header(header)?);
        }
        let body = path(options, "body").map(read_body).transpose()?;
        let paginate = flag(options, "paginate");
        if paginate && method != Method::GET {
            return Err(Problem::setting("--paginate", "only GET requests have pages"));
        }
        let filter =
            text(options, "filter").map(|filter| Filter::parse(filter, flag(options, "raw"))).transpose()?;
        Ok(Self { method, path: parse_target(options)?, headers, body, paginate, filter })
    }

    /// Filters and the search for the next page need the whole body.
    const fn target(&self) -> Target {
        if self.paginate || self.filter.is_some() { Target::Memory } else { Target::Output }
    }

    fn send<'a>(
        &self,
        session: &'a Session,
        target: &str,
        token: Option<&SecretString>,
    ) -> Result<Result<Download<'a>, ApiError>, Problem> {
        let mut request = ApiRequest::new(self.method.clone(), target);
        let content_type = self.headers.iter().find(|(name, _)| name == CONTENT_TYPE);
        if let Some(body) = &self.body {
            let content_type = content_type.map_or(JSON, |(_, value)| value.clone());
            request = request.body(content_type, body.clone());
        }
        for (name, value) in self.headers.iter().filter(|(name, _)| name != CONTENT_TYPE) {
            request = request.header(name.clone(), value.clone());
        }
        Download::begin(session, request, token, ("receiving", self.target()))
    }
}

/// Returns path and query, with the values of `--query` appended.
fn parse_target(options: &ArgMatches) -> Result<String, Problem> {
    let path = text(options, "path").unwrap_or_default();
    if path.contains("://") {
        return Err(Problem::setting(
            "PATH",
            "give the path without scheme and host, such as /api/v2/users/me",
        ));
    }
    let mut target = if path.starts_with('/') { path.to_owned() } else { format!("/{path}") };
    for query in strings(options, "query") {
        let Some((name, value)) = query.split_once('=') else {
            return Err(Problem::setting("--query", "give NAME=VALUE"));
        };
        target.push(if target.contains('?') { '&' } else { '?' });
        target.extend([&percent_encoded(name), "=", &percent_encoded(value)]);
    }
    Ok(target)
}

/// Encodes all bytes but the unreserved ones of RFC 3986 section 2.3.
fn percent_encoded(text: &str) -> String {
    let unreserved = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    let encode =
        |byte: u8| if unreserved(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") };
    text.bytes().map(encode).collect()
}

fn parse_header(header: &str) -> Result<(HeaderName, HeaderValue), Problem> {
    let wrong = |why: &str| Problem::setting("--header", why);
    let (name, value) = header.split_once(':').ok_or_else(|| wrong("give 'NAME: VALUE'"))?;
    let name = name.trim().parse::<HeaderName>().map_err(|_| wrong("the name is not a header name"))?;
    if name == AUTHORIZATION {
        return Err(wrong(
            "Authorization is set by this program; give a token of your own with --token-env or --token-file",
        ));
    }
    let value = HeaderValue::from_str(value.trim())
        .map_err(|_| wrong("the value contains characters that a header cannot have"))?;
    Ok((name, value))
}

fn read_body(file: &Path) -> Result<Vec<u8>, Problem> {
    let mut body = Vec::new();
    let read = if file.as_os_str() == "-" {
        io::stdin().lock().take(BODY_MAX + 1).read_to_end(&mut body)
    } else {
        fs::File::open(file).and_then(|file| file.take(BODY_MAX + 1).read_to_end(&mut body))
    };
    read.map_err(|error| {
        Problem::setting(
            "--body",
            format!("{} cannot be read ({error}); check its name and its permissions", file.display()),
        )
    })?;
    if body.len() as u64 > BODY_MAX {
        return Err(Problem::setting("--body", format!("the body has more than {BODY_MAX} bytes")));
    }
    Ok(body)
}

/// Returns the status and all headers.
fn head(status: u16, headers: &HeaderMap) -> String {
    let mut head = format!("HTTP/1.1 {status}\n");
    for (name, value) in headers {
        // A value with other bytes than visible ASCII is not text.
        let value = String::from_utf8_lossy(value.as_bytes());
        head.extend([name.as_str(), ": ", &visible(&value), "\n"]);
    }
    head.push('\n');
    head
}

/// Returns the target of the next page: `nextUri` of the response, or the next number of `pageCount` pages.
fn next_page(body: &[u8], target: &str, api_host: &str) -> Result<Option<String>, Problem> {
    let wrong = |why: &str| Problem::new(Exit::Protocol, format!("--paginate: {why}"));
    let page: Value = serde_json::from_slice(body)
        .map_err(|_| wrong("the response is not JSON, so it has no pages; leave the option out"))?;
    if let Some(next) = page["nextUri"].as_str().filter(|next| !next.is_empty()) {
        let Some(rest) = next.strip_prefix("https://") else {
            return Ok(Some(if next.starts_with('/') { next.to_owned() } else { format!("/{next}") }));
        };
        // The token is sent to the API host only.
        let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        let host = host.split_once(':').map_or(host, |(host, _)| host);
        if !host.eq_ignore_ascii_case(api_host) {
            return Err(wrong("the next page is on another host, to which the token is not sent"));
        }
        return Ok(Some(path.to_owned()));
    }
    let (Some(number), Some(count)) = (page["pageNumber"].as_u64(), page["pageCount"].as_u64()) else {
        return Ok(None);
    };
    Ok((number < count).then(|| with_page_number(target, number + 1)))
}

/// Returns the target with another page number.
fn with_page_number(target: &str, number: u64) -> String {
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let others = query.split('&').filter(|pair| !pair.is_empty() && !pair.starts_with("pageNumber="));
    let mut pairs: Vec<String> = others.map(str::to_owned).collect();
    pairs.push(format!("pageNumber={number}"));
    format!("{path}?{}", pairs.join("&"))
}

fn strings<'a>(options: &'a ArgMatches, name: &str) -> impl Iterator<Item = &'a String> {
    options.try_get_many::<String>(name).ok().flatten().into_iter().flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_page_is_that_of_the_response() {
        let next =
            |body: &str| next_page(body.as_bytes(), "/api/v2/users?pageSize=2&pageNumber=1", "api.test");
        let found = |body: &str| next(body).ok().flatten();
        assert_eq!(
            found(r#"{"nextUri":"/api/v2/users?pageNumber=2"}"#).as_deref(),
            Some("/api/v2/users?pageNumber=2")
        );
        assert_eq!(found(r#"{"nextUri":"https://API.test:443/x?y"}"#).as_deref(), Some("/x?y"));
        assert_eq!(
            found(r#"{"pageNumber":1,"pageCount":2}"#).as_deref(),
            Some("/api/v2/users?pageSize=2&pageNumber=2")
        );
        for last in [r#"{"pageNumber":2,"pageCount":2}"#, "{}", r#"{"nextUri":""}"#, "[]"] {
            assert!(next(last).is_ok_and(|next| next.is_none()), "{last}");
        }
        // Following such a link would send the token to another host.
        assert!(next(r#"{"nextUri":"https://elsewhere.test/"}"#).is_err());
        assert!(next("<html>").is_err());
    }

    #[test]
    fn queries_are_percent_encoded() {
        assert_eq!(percent_encoded("a b+c&d=é~"), "a%20b%2Bc%26d%3D%C3%A9~");
    }
}

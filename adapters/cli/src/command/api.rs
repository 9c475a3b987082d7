//! `genesys-token api`: an authorised call of the Platform API, with its response on standard output.

use std::fs;
use std::io::{self, IsTerminal as _, Read as _};
use std::path::Path;

use clap::ArgMatches;
use genesys_token_tokio::http::header::{AUTHORIZATION, CONTENT_TYPE, HeaderName, HeaderValue};
use genesys_token_tokio::http::{HeaderMap, Method, StatusCode};
use genesys_token_tokio::{ApiError, ApiRequest, ApiResponse};

use crate::command::download::{Download, Target};
use crate::command::filter::Filter;
use crate::command::verify;
use crate::exit::{Exit, Problem};
use crate::options::{flag, path, text};
use crate::output::{print, print_bytes};
use crate::progress::Progress;
use crate::service::Session;
use crate::token_info::visible;
use crate::{credentials, explain};

/// Largest request body, in bytes.
const BODY_MAX: u64 = 32 * 1024 * 1024;
/// Largest response body, in bytes.
const RESPONSE_MAX: usize = 64 * 1024 * 1024;

const METHODS: [Method; 6] =
    [Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE, Method::HEAD];
const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// Makes the call, and with `--paginate` those for all further pages.
pub(crate) fn run(options: &ArgMatches) -> Result<(), Problem> {
    let call = Call::parse(options)?;
    let token = verify::given_token(options)?;
    let find = if token.is_some() { credentials::none } else { credentials::source };
    let session = Session::open(options, find)?;
    session.service.require_api()?;
    let request = call.request();
    if !call.paginate {
        // A filter needs the whole body.
        let target = if call.filter.is_some() { Target::Memory } else { Target::Output };
        let begun = Download::begin(&session, request, token.as_ref(), ("receiving", target))?;
        let download = begun.map_err(|error| call.failed(&error, &session))?;
        let response = download.response();
        call.print_head(response.status(), response.headers())?;
        return match &call.filter {
            Some(filter) => print(&filter.apply(&download.whole(RESPONSE_MAX)?)?),
            None => download.print(),
        };
    }
    let mut pages = session.pages(request, token.as_ref());
    let mut progress = Progress::of_pages("receiving", session.hides_progress());
    let mut is_first = true;
    while let Some(page) = session.next_page(&mut pages, &mut progress)? {
        // Both may be on the same terminal.
        progress.clear();
        let page = page.map_err(|error| {
            let link = if is_first { None } else { link_error(&error) };
            link.map_or_else(|| call.failed(&error, &session), |why| Problem::new(Exit::Protocol, why))
        })?;
        is_first = false;
        call.print(&page)?;
        if call.filter.is_none() {
            // So that the pages of several responses can be distinguished.
            print_bytes(b"\n")?;
        }
        progress.add_page(page.body().len() as u64);
    }
    Ok(())
}

/// Explains why a page leads nowhere.
fn link_error(error: &ApiError) -> Option<String> {
    let why = match error {
        ApiError::Body { .. } => "the response is not JSON, so it has no pages; leave the option out",
        ApiError::Host => "the next page is on another host, to which the token is not sent",
        ApiError::Path => "the next page that the response names is not a path",
        ApiError::RepeatedPage => return Some(format!("--paginate: {error}")),
        _ => return None,
    };
    Some(format!("--paginate: {why}"))
}

struct Call {
    method: Method,
    /// Path and query.
    target: String,
    headers: Vec<(HeaderName, HeaderValue)>,
    body: Option<Vec<u8>>,
    paginate: bool,
    include: bool,
    filter: Option<Filter>,
}

impl Call {
    fn parse(options: &ArgMatches) -> Result<Self, Problem> {
        let method = text(options, "method").unwrap_or_default().to_ascii_uppercase();
        let method = METHODS.into_iter().find(|known| known.as_str() == method).ok_or_else(|| {
            Problem::setting(
                "METHOD",
                "not a method of the Platform API; give GET, POST, PUT, PATCH, DELETE or HEAD",
            )
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
        let include = flag(options, "include");
        Ok(Self { method, target: parse_target(options)?, headers, body, paginate, include, filter })
    }

    fn request(&self) -> ApiRequest {
        let mut request = ApiRequest::new(self.method.clone(), &self.target).response_max(RESPONSE_MAX);
        let content_type = self.headers.iter().find(|(name, _)| name == CONTENT_TYPE);
        if let Some(body) = &self.body {
            let content_type = content_type.map_or(JSON, |(_, value)| value.clone());
            request = request.body(content_type, body.clone());
        }
        for (name, value) in self.headers.iter().filter(|(name, _)| name != CONTENT_TYPE) {
            request = request.header(name.clone(), value.clone());
        }
        request
    }

    fn print_head(&self, status: StatusCode, headers: &HeaderMap) -> Result<(), Problem> {
        if self.include { print_bytes(head(status.as_u16(), headers).as_bytes()) } else { Ok(()) }
    }

    /// Prints a page.
    fn print(&self, response: &ApiResponse) -> Result<(), Problem> {
        self.print_head(response.status(), response.headers())?;
        match &self.filter {
            Some(filter) => print(&filter.apply(response.body())?),
            None => print_bytes(response.body()),
        }
    }

    /// Prints what was received of a refusal, if that is wanted. Returns why the call failed.
    fn failed(&self, error: &ApiError, session: &Session) -> Problem {
        if let (true, ApiError::Refused(refused)) = (self.include, error) {
            let head = head(refused.refusal().status(), refused.headers());
            // So that the message is not on the same line.
            let end: &[u8] = if io::stdout().is_terminal() { b"\n" } else { b"" };
            let printed = [head.as_bytes(), refused.body(), end].into_iter().try_for_each(print_bytes);
            if let Err(problem) = printed {
                return problem;
            }
        }
        explain::api_error(error, &session.context())
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

fn strings<'a>(options: &'a ArgMatches, name: &str) -> impl Iterator<Item = &'a String> {
    options.try_get_many::<String>(name).ok().flatten().into_iter().flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queries_are_percent_encoded() {
        assert_eq!(percent_encoded("a b+c&d=é~"), "a%20b%2Bc%26d%3D%C3%A9~");
    }
}

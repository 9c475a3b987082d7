//! `genesys-token audit`: the permissions that a service needs, compared with those that the roles of its client grant.
//!
//! [`manifest`] and [`scan`] find the calls, [`document`] what each requires, [`compare`] what is missing and what is not needed.

mod call;
mod compare;
mod document;
mod manifest;
mod report;
mod sarif;
mod scan;

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use clap::ArgMatches;
use clap::builder::PossibleValue;
use genesys_token_tokio::{ApiRequest, SecretString};

use crate::command::download::{Download, Target};
use crate::command::permission::Grants;
use crate::command::verify;
use crate::exit::{Exit, Problem};
use crate::explain;
use crate::options::{flag, one_of, path, paths};
use crate::progress::Progress;
use crate::service::Session;
use call::Call;
use document::Operation;

/// The service's own description of its API, Swagger 2.0.
const DOCUMENT: &str = "/api/v2/docs/swagger";
/// Largest document that is fetched, in bytes; it has some 20 MB.
const DOCUMENT_MAX: u64 = 128 * 1024 * 1024;

/// How the comparison is printed.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) enum Format {
    #[default]
    Text,
    Json,
    Sarif,
}

impl clap::ValueEnum for Format {
    fn value_variants<'a>() -> &'a [Self] {
        &[Self::Text, Self::Json, Self::Sarif]
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(match self {
            Self::Text => PossibleValue::new("text").help("lines for people"),
            Self::Json => PossibleValue::new("json").help("one object, for programs"),
            Self::Sarif => PossibleValue::new("sarif").help("SARIF 2.1.0, for code hosts"),
        })
    }
}

/// Compares. Returns the text to print, and the failure with which to exit after printing it.
pub(crate) fn run(options: &ArgMatches) -> Result<(String, Result<(), Problem>), Problem> {
    let calls = calls(options)?;
    let given_document = path(options, "openapi");
    let is_fetched = flag(options, "fetch");
    if let Some(call) = calls.iter().find(|call| call.declared.is_none())
        && given_document.is_none()
        && !is_fetched
    {
        return Err(Problem::new(
            Exit::Usage,
            format!(
                "the permissions of {call} are not known: give the service's OpenAPI document with --openapi FILE, or have it fetched \
                 with --fetch, or list the permissions in the manifest"
            ),
        ));
    }
    let mut operations = match given_document {
        Some(file) => of_file(file, &calls, flag(options, "quiet"))?,
        None => Vec::new(),
    };
    let token = verify::given_token(options)?;
    let (info, session) = verify::token_info(options, token.as_ref())?;
    if is_fetched {
        operations = fetched(&session, token.as_ref(), &calls)?;
    }
    let grants = Grants::of(&info, &session, token.as_ref())?;
    let comparison = compare::compare(calls, &operations, &grants);
    let text = match one_of(options, "format").unwrap_or_default() {
        Format::Text => report::text(&comparison),
        Format::Json => report::json(&comparison),
        Format::Sarif => sarif::log(&comparison),
    };
    Ok((text, comparison.verdict(flag(options, "deny-unused"))))
}

fn calls(options: &ArgMatches) -> Result<Vec<Call>, Problem> {
    let mut calls = Vec::new();
    for file in paths(options, "manifest") {
        calls.extend(manifest::read(file)?);
    }
    for source in paths(options, "source") {
        calls.extend(scan::calls(source)?);
    }
    if calls.is_empty() {
        let message = "no call of the Platform API was found: check --manifest and --source. Sources are searched for paths that begin \
            with /api/v2/; calls through an SDK have to be listed in a manifest";
        return Err(Problem::new(Exit::Usage, message));
    }
    Ok(calls)
}

fn of_file(file: &Path, calls: &[Call], is_hidden: bool) -> Result<Vec<Operation>, Problem> {
    let failed = |why: &str| Problem::setting("--openapi", format!("{}: {why}", file.display()));
    let opened = File::open(file).map_err(|error| {
        failed(&format!("it cannot be read ({error}); check its name and its permissions"))
    })?;
    let size = opened.metadata().map_or(0, |metadata| metadata.len());
    let progress = Progress::new("OpenAPI document", Some(size), is_hidden);
    document::read(progress.reader(opened), calls).map_err(|error| failed(&error))
}

/// Reads the document while it arrives.
fn fetched(
    session: &Session,
    token: Option<&SecretString>,
    calls: &[Call],
) -> Result<Vec<Operation>, Problem> {
    let shown = ("OpenAPI document", Target::Memory);
    let begun = Download::begin(session, ApiRequest::get(DOCUMENT), token, shown)?;
    let mut download = begun.map_err(|error| explain::api_error(&error, &session.context()))?;
    let operations = document::read(download.by_ref().take(DOCUMENT_MAX), calls);
    // A connection that was lost is the cause of what the parser reports.
    download.complete()?;
    operations.map_err(|error| Problem::new(Exit::Protocol, format!("{DOCUMENT}: {error}")))
}

//! `genesys-token doctor`: what stands between this machine and the service, step by step, with what to do about it.
//!
//! The connection is made by the client itself, so that what is checked is what `get` does. How far it came is the phase of its error, and
//! the details are those of its events.

mod connection;
mod report;

use std::time::Duration;

use clap::ArgMatches;
use genesys_token_tokio::ApiRequest;

use crate::command::verify;
use crate::credentials;
use crate::endpoint::Service;
use crate::exit::{Exit, Problem};
use crate::options::one_of;
use crate::service::Session;
use crate::settings::Settings;
use crate::trace;
use report::{Outcome, Report};

/// Checks the steps. Returns the text to print, and the failure with which to exit after printing it.
pub(crate) fn run(options: &ArgMatches) -> Result<(String, Result<(), Problem>), Problem> {
    let settings = Settings::read(options)?;
    let service = Service::find(&settings)?;
    let mut report = Report::default();
    let is_connected = connection::check(&settings, &service, &mut report);
    let has_credentials = match credentials::source(&settings) {
        Ok((_, origin)) => {
            let text = origin.map_or_else(String::new, |origin| {
                format!("client id from {}, client secret from {}", origin.id, origin.secret)
            });
            report.add("credentials", Outcome::Passed(text));
            true
        }
        Err(problem) => {
            report.add("credentials", Outcome::Failed(problem));
            false
        }
    };
    if is_connected && has_credentials {
        token_and_api(&settings, service, &mut report)?;
    } else {
        let why = if is_connected { "needs credentials" } else { "needs a connection" };
        report.add("token", Outcome::NotChecked(why));
        report.add("API", Outcome::NotChecked("needs a token"));
    }
    let format = one_of(options, "format").unwrap_or_default();
    let text = match format {
        verify::Format::Text => report.text(),
        verify::Format::Json => report.json(),
    };
    let is_shown = matches!((format, trace::error_format()), (verify::Format::Text, trace::Format::Text));
    Ok((text, report.verdict(is_shown)))
}

fn token_and_api(settings: &Settings<'_>, service: Service, report: &mut Report) -> Result<(), Problem> {
    let session = Session::of(settings, service, credentials::source)?;
    match session.token() {
        Ok(token) => {
            let seconds = token.expires_in().as_secs();
            report.add("token", Outcome::Passed(format!("obtained, valid for {seconds} s")));
        }
        Err(problem) => {
            report.add("token", Outcome::Failed(problem));
            report.add("API", Outcome::NotChecked("needs a token"));
            return Ok(());
        }
    }
    let request = ApiRequest::get(verify::TOKEN_INFO).rate_limit_wait(Duration::ZERO);
    let answered = session.call(request, None).and_then(|response| {
        let info = verify::parsed(&response, &session)?;
        if info.oauth_client.role_divisions.is_empty() {
            let message = "the OAuth client has no roles, so calls that require a permission are refused; add roles on its page \
                (Admin, Integrations, OAuth)";
            return Err(Problem::new(Exit::NotAllowed, message));
        }
        Ok(info)
    });
    report.add(
        "API",
        match answered {
            Ok(info) => Outcome::Passed(format!(
                "{} answers; organization {}, roles: {}",
                session.service.api_url().unwrap_or_default(),
                crate::token_info::visible(&info.organization.name),
                info.oauth_client.role_divisions.len()
            )),
            Err(problem) => Outcome::Failed(problem),
        },
    );
    Ok(())
}

//! `genesys-token login`: a user logs in with a browser, and the refresh token is kept for a profile.
//!
//! Authorization code with PKCE (RFC 6749 section 4.1, RFC 7636) and a redirect to the loopback interface (RFC 8252 section 7.3).

use std::io::{self, Write as _};
use std::process::{Command, Stdio};
use std::time::Duration;

use clap::ArgMatches;
use genesys_token_core::settings::ClientId;
use genesys_token_core::wire::authorization::AuthorizationError;
use genesys_token_tokio::login::{AuthorizationRequest, LoginError, RedirectListener};

use crate::credentials::{self, Origin, Sourced};
use crate::duration;
use crate::endpoint::Service;
use crate::exit::{Exit, Problem};
use crate::options::{flag, text};
use crate::profile::store::{self, folder_of_secrets};
use crate::profile::unreferenced::KeptSecrets;
use crate::profile::{Profile, Reference, RefreshTokenPlace};
use crate::progress::Progress;
use crate::service::{Session, runtime};
use crate::settings::{CLIENT_ID, Settings, Source};

/// The redirect URI, which has to be registered with the OAuth client.
const REDIRECT_URI: &str = "http://localhost:8085/callback";
/// The time within which the user has to log in.
const LOGIN_TIMEOUT: Duration = Duration::from_secs(300);
const LOGIN_TIMEOUT_MAX: Duration = Duration::from_secs(3600);

const NO_PROFILE: &str = "login keeps its refresh token for a profile, and there is none: make one with `genesys-token profile add NAME \
    --region REGION --client-id ID`, of an OAuth client with the grant type Code Authorization";

/// Logs in and stores the refresh token. Returns the text to print.
pub(crate) fn run(options: &ArgMatches) -> Result<String, Problem> {
    let settings = Settings::read(options)?;
    let profile = match settings.profile() {
        Some(profile) => profile,
        None => settings.fallback()?.ok_or_else(|| Problem::new(Exit::Usage, NO_PROFILE))?,
    };
    let service = Service::find(&settings)?;
    let (id_source, id) = settings.find(CLIENT_ID)?.ok_or_else(|| Problem::new(Exit::Usage, NO_PROFILE))?;
    let client_id = ClientId::<64>::new(&id).map_err(|error| Problem::config(&id_source, &error))?;
    let login_timeout = text(options, "login-timeout");
    let login_timeout = login_timeout
        .map_or(Ok(LOGIN_TIMEOUT), |text| duration::within("--login-timeout", text, LOGIN_TIMEOUT_MAX))?;
    let uri = text(options, "redirect-uri").unwrap_or(REDIRECT_URI);
    let runtime = runtime()?;
    let grant = runtime.block_on(async {
        let mut listener = RedirectListener::bind(uri).await?;
        let mut request = AuthorizationRequest::new(&service.endpoint, &client_id, listener.redirect_uri())?;
        if let Some(org_name) = text(options, "org-name") {
            request = request.org_name(org_name);
        }
        if let Some(provider) = text(options, "identity-provider") {
            request = request.identity_provider(provider);
        }
        show(&request.url(), flag(options, "no-browser"));
        let mut waiting = Progress::new("waiting for the browser", None, flag(options, "quiet"));
        waiting.during(listener.receive(&request, login_timeout)).await
    });
    let grant = grant.map_err(|error| explained(&error))?;
    // A client of this grant type may have a secret, too.
    let (credentials, origin): Sourced = if profile.reference().is_some() {
        credentials::source(&settings)?
    } else {
        (Box::new(credentials::public(client_id)), None)
    };
    let secret = origin.map(|origin| origin.secret);
    let place = place_of(profile, flag(options, "keyring"))?;
    let origin = Origin {
        id: id_source,
        secret: secret.unwrap_or(Source::Profile { key: place.key(), profile: profile.name.clone() }),
        refresh_token: Some(place.clone()),
    };
    let session = Session::for_grant(&settings, service, credentials, origin, grant)?;
    session.token()?;
    if !session.has_refresh_token() {
        let message = "the service issued no refresh token, so nothing can be kept: it issues none while the organization has an \
            inactivity timeout";
        return Err(Problem::new(Exit::NotAllowed, message));
    }
    let mut config = store::read_or_new()?;
    let kept = KeptSecrets::of(&config, &profile.name)?;
    let mut changed = profile.clone();
    changed.set_refresh_token(&place);
    config.insert(&changed);
    config.write()?;
    let removed = kept.remove_unreferenced(&config, "the last refresh token")?;
    Ok(format!("logged in; the refresh token is kept in {place} for the profile {}\n{removed}", profile.name))
}

/// Returns where to keep the refresh token of a profile: in the place of the last one, or else beside its secret.
fn place_of(profile: &Profile, in_keyring: bool) -> Result<RefreshTokenPlace, Problem> {
    let name = format!("{}.refresh", profile.name);
    match profile.refresh_token() {
        Some(place @ RefreshTokenPlace::Keyring(_)) => Ok(place),
        Some(place) if !in_keyring => Ok(place),
        None if !in_keyring && !matches!(profile.reference(), Some(Reference::Keyring(_))) => {
            Ok(RefreshTokenPlace::File(folder_of_secrets()?.join(name)))
        }
        _ => Ok(RefreshTokenPlace::Keyring(name)),
    }
}

/// Prints the URL, and opens it. A browser that cannot be started is not an error: the user can open the URL.
fn show(url: &str, by_hand: bool) {
    let _ = writeln!(io::stderr(), "Open this URL in a browser to log in:\n{url}");
    if by_hand {
        return;
    }
    let (program, arguments): (_, &[&str]) = if cfg!(windows) {
        ("rundll32", &["url.dll,FileProtocolHandler"])
    } else if cfg!(target_os = "macos") {
        ("open", &[])
    } else {
        ("xdg-open", &[])
    };
    let mut command = Command::new(program);
    command.args(arguments).arg(url).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let _ = command.spawn();
}

fn explained(error: &LoginError) -> Problem {
    // RFC 6749 section 4.1.2.1.
    if let LoginError::Redirect(AuthorizationError::Refused(refusal)) = error
        && refusal.code() == "access_denied"
    {
        let message = match refusal.description() {
            "" => "the login was denied in the browser".to_owned(),
            why => format!("the login was denied in the browser ({why:?})"),
        };
        return Problem::new(Exit::NotAllowed, message);
    }
    let exit = match error {
        LoginError::RedirectUri | LoginError::Listen { .. } => {
            return Problem::setting("--redirect-uri", error);
        }
        LoginError::TimedOut { .. } => Exit::Network,
        LoginError::Redirect(_) => Exit::NotAllowed,
        _ => Exit::Other,
    };
    Problem::new(exit, error.to_string())
}

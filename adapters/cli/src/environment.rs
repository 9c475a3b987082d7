//! The variables that `get --format env` and `exec` set: the token, and the service that it is for.

use genesys_token_tokio::Token;
use zeroize::Zeroizing;

use crate::endpoint::Service;

/// The variable with the access token.
pub(crate) const ACCESS_TOKEN: &str = "GENESYS_ACCESS_TOKEN";

/// Returns names and values. The service's own tools read those that begin with `GENESYSCLOUD`.
///
/// No value needs quoting for a shell: a token is `b64token` (RFC 6750 section 2.1, checked on receipt), and hosts, ports and region names
/// have no other characters than letters, digits and `-_.:/[]`.
pub(crate) fn variables(token: &Token, service: &Service) -> Vec<(&'static str, Zeroizing<String>)> {
    let copy = || Zeroizing::new(token.expose().to_owned());
    let mut variables = vec![(ACCESS_TOKEN, copy()), ("GENESYSCLOUD_ACCESS_TOKEN", copy())];
    let mut add = |name, value: String| variables.push((name, value.into()));
    match service.region() {
        Some(region) => {
            add("GENESYS_REGION", region.name().to_owned());
            add("GENESYSCLOUD_REGION", region.aws_region().to_owned());
        }
        None => {
            if let Some(url) = service.login_url() {
                add("GENESYS_LOGIN_URL", url);
            }
        }
    }
    if let Some(url) = service.api_url() {
        add("GENESYS_API_URL", url);
    }
    variables
}

//! The output of `verify` and `whoami`: the Platform API's description of an access token.

use std::fmt::Write as _;

use genesys_token_tokio::TokenInfo;
use serde_json::json;

/// Returns the scopes of the token, or those of its client if the service does not list the token's.
pub(crate) fn scopes(info: &TokenInfo) -> &[String] {
    if info.authorized_scope.is_empty() { &info.oauth_client.scope } else { &info.authorized_scope }
}

/// Returns one object on one line. Its names are this program's, so that they do not change with the API's.
pub(crate) fn json(info: &TokenInfo, missing_scopes: &[&str], missing_permissions: &[&str]) -> String {
    let client = &info.oauth_client;
    let roles = client.role_divisions.iter();
    let roles: Vec<_> =
        roles.map(|role| json!({"role_id": role.role_id, "division_id": role.division_id})).collect();
    let object = json!({
        "organization": {"id": info.organization.id, "name": info.organization.name},
        "client": {
            "id": client.id,
            "name": client.name,
            "grant_type": client.authorized_grant_type,
            "state": client.state,
        },
        "scopes": scopes(info),
        "missing_scopes": missing_scopes,
        "missing_permissions": missing_permissions,
        "roles": roles,
        "idle_at": info.date_token_idles,
    });
    format!("{object}\n")
}

/// Returns lines for people, without the values that the service does not give.
pub(crate) fn text(info: &TokenInfo) -> String {
    let mut out = String::new();
    let mut line = |name: &str, value: &str| {
        if !value.is_empty() {
            // Writing into a `String` does not fail.
            let _ = writeln!(out, "{name:<14}{}", visible(value));
        }
    };
    let client = &info.oauth_client;
    line("organization", &named(&info.organization.id, &info.organization.name));
    line("client", &named(&client.id, &client.name));
    line("grant type", &client.authorized_grant_type);
    line("state", &client.state);
    let scopes = scopes(info).join(" ");
    line("scopes", if scopes.is_empty() { "none" } else { &scopes });
    for role in &client.role_divisions {
        line("role", &format!("{} in division {}", role.role_id, role.division_id));
    }
    if client.role_divisions.is_empty() {
        line("role", "none: calls that require a permission will be refused");
    }
    line("idle at", info.date_token_idles.as_deref().unwrap_or(""));
    out
}

/// Returns client, organization, and where they are, such as `region eu_central_1`, in one line.
pub(crate) fn line(info: &TokenInfo, place: &str) -> String {
    let client = named(&info.oauth_client.id, &info.oauth_client.name);
    let organization = named(&info.organization.id, &info.organization.name);
    format!("client {}, organization {}, {place}\n", visible(&client), visible(&organization))
}

fn named(id: &str, name: &str) -> String {
    if name.is_empty() { id.to_owned() } else { format!("{name} ({id})") }
}

/// Replaces control characters and those that change the direction of text: names come from other people, and must not control a terminal.
pub(crate) fn visible(text: &str) -> String {
    let controls = |letter: char| {
        letter.is_control() || matches!(letter, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    text.chars().map(|letter| if controls(letter) { '\u{fffd}' } else { letter }).collect()
}

//! The API host: the Platform API resources that matter for access tokens.

use serde_json::json;

use crate::clients::{Client, GrantType};
use crate::limits::Usage;
use crate::paging;
use crate::request::Request;
use crate::response::Response;
use crate::state::State;
use crate::tokens::correlation_id;

const ORGANIZATION_ID: &str = "2f0c6b7e-6c0d-4a7b-9a59-1c3d5e7f9021";
const ROLES: &str = "/api/v2/authorization/roles/";
/// The service describes its API without asking for a token.
const DOCUMENT: &str = "/api/v2/docs/swagger";
/// The description of what is simulated here, with the structure of the service's (Swagger 2.0).
const OPENAPI: &str = include_str!("openapi.json");
/// The service's `request.bytes.max`.
const BODY_LIMIT: usize = 512_000;

pub(crate) fn answer(state: &mut State, request: &Request) -> Response {
    let id = correlation_id();
    if (request.method.as_str(), request.path()) == ("GET", DOCUMENT) {
        return Response::new(200).api_headers(&id).json(OPENAPI);
    }
    let Some(token) = request.header("Authorization").and_then(bearer) else {
        return Response::authentication_required(&id);
    };
    let (now, path) = (state.now, request.path());
    let preserves_idle_timer = path == "/api/v2/tokens/me" && request.query() == "preserveIdleTTL=true";
    let Some(alive) = state.tokens.alive(token, now, !preserves_idle_timer) else {
        return Response::bad_credentials(&id);
    };
    let (grant, client_id) = (alive.grant, alive.client_id.clone());
    let Some(client) = state.clients.get(&client_id).cloned() else {
        return Response::bad_credentials(&id);
    };
    let limit = client.api_limit.or(state.settings.api_limit);
    let usage = state.api_windows.count(token, limit, now);
    let response = match &usage {
        Some(usage) if usage.exceeded() => Response::too_many_requests(usage.reset, &id),
        _ => resource(state, request, token, (&client, grant), &id),
    };
    match usage {
        Some(usage) => limited(response, &usage),
        None => response,
    }
}

fn resource(
    state: &mut State,
    request: &Request,
    token: &str,
    (client, grant): (&Client, GrantType),
    id: &str,
) -> Response {
    let ok = || Response::new(200).api_headers(id);
    if request.body.len() > BODY_LIMIT {
        return Response::api_error(
            413,
            "request.entity.too.large",
            "The request is over the size limit.",
            id,
        );
    }
    let not_found = || Response::api_error(404, "not.found", "The requested resource was not found.", id);
    match (request.path(), request.method.as_str()) {
        ("/api/v2/tokens/me", "GET") => ok().json(token_info(client, grant, &state.settings.organization)),
        ("/api/v2/tokens/me", "HEAD") => ok(),
        ("/api/v2/tokens/me", "DELETE") => {
            state.tokens.revoke(token);
            ok()
        }
        ("/api/v2/organizations/me", "GET") => ok().json(organization(&state.settings.organization)),
        ("/api/v2/users/me", "GET") if grant == GrantType::ClientCredentials => Response::not_a_user(id),
        ("/api/v2/users/me", "GET") => ok().json(
            json!({"id": client.id, "name": "Sandbox User", "state": "active", "version": 1}).to_string(),
        ),
        ("/api/v2/echo", _) => {
            let media_type = request.header("Content-Type").unwrap_or("application/octet-stream");
            ok().body(media_type, request.body.clone())
        }
        (path, "GET") if path.starts_with(ROLES) => {
            role(&path[ROLES.len()..], client, id).unwrap_or_else(not_found)
        }
        (_, "GET") => paging::answer(request, client, id).unwrap_or_else(not_found),
        _ => not_found(),
    }
}

/// `DomainOrganizationRole` of the public API description, with the client's permissions. `None` if the client does not have the role.
fn role(role: &str, client: &Client, id: &str) -> Option<Response> {
    client.roles.iter().find(|known| *known == role)?;
    let needed = "authorization:role:view";
    if !client.permissions.iter().any(|held| held == needed) {
        return Some(Response::missing_permission(needed, id));
    }
    let policies = client.permissions.iter().filter_map(|held| {
        let (domain, rest) = held.split_once(':')?;
        let (entity, action) = rest.split_once(':')?;
        Some(json!({"domain": domain, "entityName": entity, "actionSet": [action], "allowConditions": false}))
    });
    let policies: Vec<_> = policies.collect();
    let role = json!({"id": role, "name": role, "permissions": [], "permissionPolicies": policies});
    Some(Response::new(200).api_headers(id).json(role.to_string()))
}

/// `TokenInfo` of the public API description.
fn token_info(client: &Client, grant: GrantType, organization: &str) -> String {
    let organization = json!({"id": ORGANIZATION_ID, "name": organization});
    let divisions: Vec<_> =
        client.roles.iter().map(|role| json!({"roleId": role, "divisionId": ORGANIZATION_ID})).collect();
    json!({
        "organization": organization,
        "homeOrganization": organization,
        "authorizedScope": client.scope,
        "OAuthClient": {
            "id": client.id,
            "name": client.name,
            "authorizedGrantType": grant.name(),
            "scope": client.scope,
            "roleDivisions": divisions,
            "state": "active",
            "organization": organization,
        },
    })
    .to_string()
}

fn organization(name: &str) -> String {
    json!({
        "id": ORGANIZATION_ID,
        "name": name,
        "defaultLanguage": "en-US",
        "defaultCountryCode": "US",
        "thirdPartyOrgName": name,
        "domain": "sandbox.test",
        "version": 1,
        "state": "active",
        "features": {},
    })
    .to_string()
}

fn limited(response: Response, usage: &Usage) -> Response {
    response
        .header("inin-ratelimit-count", &usage.used.to_string())
        .header("inin-ratelimit-allowed", &usage.allowed.to_string())
        .header("inin-ratelimit-reset", &usage.reset.to_string())
}

/// RFC 6750 section 2.1.
fn bearer(header: &str) -> Option<&str> {
    let (scheme, token) = header.split_once(' ')?;
    scheme.eq_ignore_ascii_case("Bearer").then_some(token)
}

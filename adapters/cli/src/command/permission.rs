//! Permissions of the Platform API: `domain:entity:action`, each part possibly `*` where it is granted.

use std::time::Duration;

use genesys_token_tokio::{ApiRequest, SecretString, TokenInfo};
use serde_json::Value;

use crate::exit::{Exit, Problem};
use crate::service::Session;

/// What a permission that is required looks like.
pub(crate) const FORM: &str = "give a permission as domain:entity:action, such as routing:queue:view";

/// Returns whether this is the name of a permission, or an older one without parts. `*` is part of what is granted, not of what is required.
pub(crate) fn is_permission(text: &str) -> bool {
    let is_part = |part: &str| {
        !part.is_empty() && !part.contains(|letter: char| letter == '*' || letter.is_whitespace())
    };
    matches!(text.split(':').count(), 1 | 3) && text.split(':').all(is_part)
}

/// The permissions that the roles of a client grant.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Grants(Vec<String>);

impl Grants {
    /// Reads the roles of the token's client. A role costs one request.
    pub(crate) fn of(
        info: &TokenInfo,
        session: &Session,
        token: Option<&SecretString>,
    ) -> Result<Self, Problem> {
        let mut roles: Vec<&str> =
            info.oauth_client.role_divisions.iter().map(|role| role.role_id.as_str()).collect();
        roles.sort_unstable();
        // A role may be granted in several divisions.
        roles.dedup();
        let mut granted = Vec::new();
        for role in roles {
            let path = format!("/api/v2/authorization/roles/{role}");
            let request = ApiRequest::get(&path).rate_limit_wait(Duration::ZERO);
            let response = session.call(request, token).map_err(|problem| match problem.exit {
                Exit::NotAllowed => Problem::new(
                    problem.exit,
                    format!(
                        "the roles cannot be read, which requires the permission authorization:role:view: {}",
                        problem.message
                    ),
                ),
                _ => problem,
            })?;
            let role = serde_json::from_slice(response.body()).map_err(|error| {
                let place = format!("line {}, column {}", error.line(), error.column());
                Problem::new(
                    Exit::Protocol,
                    format!("{path}: the response is not JSON ({place}); check --api-host"),
                )
            })?;
            granted.extend(of_role(&role));
        }
        Ok(Self::new(granted))
    }

    /// Sorts the permissions and leaves out those that are granted twice.
    pub(crate) fn new(mut granted: Vec<String>) -> Self {
        granted.sort();
        granted.dedup();
        Self(granted)
    }

    /// Returns whether a permission is granted.
    pub(crate) fn cover(&self, permission: &str) -> bool {
        self.0.iter().any(|granted| covers(granted, permission))
    }

    /// Returns all of them, in alphabetical order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }
}

/// Returns whether `granted`, in which each part may be `*`, includes `permission`.
pub(crate) fn covers(granted: &str, permission: &str) -> bool {
    let (mut granted, mut permission) = (granted.split(':'), permission.split(':'));
    loop {
        match (granted.next(), permission.next()) {
            (None, None) => return true,
            (Some(granted), Some(part)) if granted == "*" || granted.eq_ignore_ascii_case(part) => {}
            _ => return false,
        }
    }
}

/// Returns the permissions of a role (`DomainOrganizationRole` of the public API description). Conditions are not judged.
fn of_role(role: &Value) -> Vec<String> {
    let texts = |value: &Value| -> Vec<String> {
        let array = value.as_array().into_iter().flatten();
        array.filter_map(Value::as_str).map(str::to_owned).collect()
    };
    // Older permissions have a name without parts.
    let mut granted = texts(&role["permissions"]);
    for policy in role["permissionPolicies"].as_array().into_iter().flatten() {
        let part = |name: &str| policy[name].as_str().unwrap_or("*").to_owned();
        let (domain, entity) = (part("domain"), part("entityName"));
        granted
            .extend(texts(&policy["actionSet"]).iter().map(|action| format!("{domain}:{entity}:{action}")));
    }
    granted
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn parts_may_be_granted_as_a_whole() {
        for granted in ["routing:queue:view", "routing:queue:*", "routing:*:*", "*:*:*", "Routing:Queue:View"]
        {
            assert!(covers(granted, "routing:queue:view"), "{granted}");
        }
        for granted in ["routing:queue:edit", "routing:queue", "routing:*", "*", "", "routing:queue:view:x"] {
            assert!(!covers(granted, "routing:queue:view"), "{granted}");
        }
    }

    #[test]
    fn policies_of_a_role_are_permissions() {
        let role = json!({
            "permissions": ["admin"],
            "permissionPolicies": [
                {"domain": "routing", "entityName": "queue", "actionSet": ["view", "edit"]},
                {"domain": "directory", "actionSet": ["*"]},
                {"domain": "empty", "entityName": "x"},
            ],
        });
        assert_eq!(of_role(&role), ["admin", "routing:queue:view", "routing:queue:edit", "directory:*:*"]);
        assert!(of_role(&json!([])).is_empty());
    }
}

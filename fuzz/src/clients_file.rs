//! The rules of the sandbox's clients file, written a second time over a generic TOML document.

use toml::{Table, Value};

const TEXTS: [&str; 3] = ["id", "secret", "name"];
const LISTS: [&str; 5] = ["grants", "redirect_uris", "scopes", "roles", "permissions"];
/// Seconds, and requests per minute.
const NUMBERS: [&str; 4] = ["token_lifetime", "idle_timeout", "token_limit", "api_limit"];
const GRANTS: [&str; 3] = ["client_credentials", "authorization_code", "saml2_bearer"];

/// Returns id and secret of each client, if the file is valid.
pub fn pairs(text: &str) -> Option<Vec<(String, String)>> {
    let document: Table = text.parse().ok()?;
    for (key, value) in &document {
        match key.as_str() {
            "organization" => drop(value.as_str()?),
            "client" => drop(value.as_array()?),
            _ => return None,
        }
    }
    let mut pairs: Vec<(String, String)> = Vec::new();
    for client in document.get("client")?.as_array()? {
        let client = client.as_table()?;
        client.iter().try_for_each(|(key, value)| is_valid(key, value).then_some(()))?;
        let text = |key: &str| client.get(key).and_then(Value::as_str).filter(|text| !text.is_empty());
        let (id, secret) = (text("id")?, text("secret")?);
        if id.contains(':') || pairs.iter().any(|(known, _)| known == id) {
            return None;
        }
        pairs.push((id.to_owned(), secret.to_owned()));
    }
    (!pairs.is_empty()).then_some(pairs)
}

fn is_valid(key: &str, value: &Value) -> bool {
    if TEXTS.contains(&key) {
        return value.is_str();
    }
    if LISTS.contains(&key) {
        let Some(items) = value.as_array() else { return false };
        let is_known = |item: &Value| item.as_str().is_some_and(|it| key != "grants" || GRANTS.contains(&it));
        return items.iter().all(is_known);
    }
    NUMBERS.contains(&key) && value.as_integer().is_some_and(|number| u32::try_from(number).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rules_accept_and_refuse() {
        let client = "[[client]]\nid = \"a\"\nsecret = \"s\"\n";
        assert_eq!(pairs(client), Some(vec![("a".to_owned(), "s".to_owned())]));
        assert_eq!(pairs("organization = \"x\""), None);
        for wrong in ["api_limit = 4294967296", "grants = [\"password\"]", "x = 1", client] {
            assert_eq!(pairs(&format!("{client}{wrong}\n")), None, "{wrong}");
        }
    }
}

//! Paged collections of the Platform API.

use genesys_token_sandbox::{Client as Registered, Sandbox};
use serde_json::Value;

use crate::client::{Answer, Wire, api_request, token_request};

struct Api {
    sandbox: Sandbox,
    token: String,
}

impl Api {
    fn new(permissions: &[&str]) -> Self {
        let client = Registered::new("id", "secret").with_permissions(permissions);
        let sandbox = Sandbox::builder().client(client).clear_text().start_blocking().unwrap();
        let request = token_request("id", "secret", "grant_type=client_credentials");
        let token = Wire::clear_text(sandbox.login_addr()).ask(&request).field("access_token");
        Self { sandbox, token }
    }

    fn get(&self, target: &str) -> Answer {
        Wire::clear_text(self.sandbox.api_addr()).ask(&api_request("GET", target, &self.token))
    }
}

fn names(page: &Value) -> Vec<&str> {
    page["entities"].as_array().unwrap().iter().map(|entity| entity["name"].as_str().unwrap()).collect()
}

#[test]
fn following_next_uri_visits_every_entity_once() {
    let api = Api::new(&["directory:user:view", "routing:queue:view"]);
    for (collection, total) in [("/api/v2/users", 60), ("/api/v2/routing/queues", 30)] {
        let (mut next, mut seen) = (Some(collection.to_owned()), std::collections::HashSet::new());
        while let Some(target) = next {
            let page = api.get(&target).json();
            assert_eq!(page["total"], total);
            for name in names(&page) {
                assert!(seen.insert(name.to_owned()), "{name} is on two pages");
            }
            next = page["nextUri"].as_str().map(Into::into);
        }
        assert_eq!(seen.len(), total);
    }
}

#[test]
fn size_and_number_of_a_page_are_obeyed() {
    let api = Api::new(&["directory:user:view"]);
    let default = api.get("/api/v2/users").json();
    assert_eq!(
        (names(&default).len(), &default["pageNumber"], &default["pageCount"]),
        (25, &1.into(), &3.into())
    );
    assert_eq!(default.get("previousUri"), None);
    let last = api.get("/api/v2/users?pageSize=7&pageNumber=9").json();
    assert_eq!(names(&last), ["Sandbox User 57", "Sandbox User 58", "Sandbox User 59", "Sandbox User 60"]);
    assert_eq!(
        (last.get("nextUri"), &last["previousUri"]),
        (None, &"/api/v2/users?pageSize=7&pageNumber=8".into())
    );
    let beyond = api.get("/api/v2/users?pageNumber=99").json();
    assert_eq!((names(&beyond).len(), &beyond["total"]), (0, &60.into()));
    for invalid in ["pageSize=0", "pageSize=101", "pageNumber=0", "pageNumber=x", "pageSize=-1"] {
        let answer = api.get(&format!("/api/v2/users?{invalid}"));
        assert_eq!((answer.status, answer.field("code").as_str()), (400, "invalid.value"), "{invalid}");
    }
}

#[test]
fn collections_require_their_permission() {
    let without = Api::new(&[]);
    for collection in ["/api/v2/users", "/api/v2/routing/queues", "/api/v2/authorization/roles"] {
        let answer = without.get(collection);
        assert_eq!(
            (answer.status, answer.field("code").as_str()),
            (403, "missing.permissions"),
            "{collection}"
        );
    }
    // The catalogue of permissions needs none.
    assert_eq!(without.get("/api/v2/authorization/permissions").status, 200);
    let roles = Api::new(&["authorization:role:view"]).get("/api/v2/authorization/roles").json();
    assert_eq!((&roles["total"], &roles["pageCount"]), (&1.into(), &1.into()));
}

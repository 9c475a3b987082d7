//! Paged collections of the Platform API: `pageSize`, `pageNumber`, and the links between pages.
//!
//! The members of a page follow the public API description. The entities are generated; the permissions are *composed*.

use core::fmt::Write;

use serde_json::{Value, json};

use crate::clients::Client;
use crate::request::Request;
use crate::response::Response;

/// A page has 25 entities by default and at most 100.
const PAGE_SIZE: (usize, usize) = (25, 100);
/// The number of generated users.
const USERS: usize = 60;
/// The number of generated queues.
const QUEUES: usize = 30;
/// The permission domains in the catalogue of permissions.
const DOMAINS: [&str; 4] = ["analytics", "authorization", "directory", "routing"];

/// Returns a page of the collection at the request's path, or `None` if there is no such collection.
pub(crate) fn answer(request: &Request, client: &Client, correlation_id: &str) -> Option<Response> {
    let (permission, entities) = match request.path() {
        "/api/v2/users" => (Some("directory:user:view"), generated(USERS, user)),
        "/api/v2/routing/queues" => (Some("routing:queue:view"), generated(QUEUES, queue)),
        "/api/v2/authorization/roles" => {
            let roles = client.roles.iter().map(|role| json!({"id": role, "name": role})).collect();
            (Some("authorization:role:view"), roles)
        }
        "/api/v2/authorization/permissions" => {
            let domains =
                DOMAINS.iter().map(|domain| json!({"domain": domain, "permissionMap": {}})).collect();
            (None, domains)
        }
        _ => return None,
    };
    if let Some(needed) = permission.filter(|needed| !client.permissions.iter().any(|held| held == needed)) {
        return Some(Response::missing_permission(needed, correlation_id));
    }
    Some(match Page::of(request) {
        Ok(page) => Response::new(200).api_headers(correlation_id).json(page.body(request, &entities)),
        Err(parameter) => {
            let message = format!("The value of {parameter} is not valid.");
            Response::api_error(400, "invalid.value", &message, correlation_id)
        }
    })
}

/// The requested part of a collection.
struct Page {
    size: usize,
    number: usize,
}

impl Page {
    /// Reads the query; an invalid value is an error with the name of its parameter.
    fn of(request: &Request) -> Result<Self, &'static str> {
        let mut page = Self { size: PAGE_SIZE.0, number: 1 };
        for (name, value) in form_urlencoded::parse(request.query().as_bytes()) {
            let number = value.parse().ok().filter(|number| *number > 0);
            match &*name {
                "pageSize" => {
                    page.size = number.filter(|size| *size <= PAGE_SIZE.1).ok_or("pageSize")?;
                }
                "pageNumber" => page.number = number.ok_or("pageNumber")?,
                _ => {}
            }
        }
        Ok(page)
    }

    fn body(&self, request: &Request, entities: &[Value]) -> String {
        let pages = entities.len().div_ceil(self.size);
        let link = |number: usize| {
            let mut uri = request.path().to_owned();
            let _ = write!(uri, "?pageSize={}&pageNumber={number}", self.size);
            uri
        };
        let start = (self.number - 1).saturating_mul(self.size).min(entities.len());
        let end = start.saturating_add(self.size).min(entities.len());
        let mut body = json!({
            "entities": &entities[start..end],
            "pageSize": self.size,
            "pageNumber": self.number,
            "pageCount": pages,
            "total": entities.len(),
            "selfUri": link(self.number),
            "firstUri": link(1),
            "lastUri": link(pages.max(1)),
        });
        if self.number < pages {
            body["nextUri"] = link(self.number + 1).into();
        }
        if self.number > 1 {
            body["previousUri"] = link(self.number - 1).into();
        }
        body.to_string()
    }
}

fn generated(count: usize, entity: impl Fn(usize) -> Value) -> Vec<Value> {
    (1..=count).map(entity).collect()
}

fn user(number: usize) -> Value {
    let id = format!("00000000-0000-4000-a000-{number:012}");
    json!({
        "id": id,
        "name": format!("Sandbox User {number}"),
        "email": format!("user{number}@sandbox.test"),
        "state": "active",
        "version": 1,
        "selfUri": format!("/api/v2/users/{id}"),
    })
}

fn queue(number: usize) -> Value {
    let id = format!("00000000-0000-4000-b000-{number:012}");
    json!({
        "id": id,
        "name": format!("Sandbox Queue {number}"),
        "memberCount": number % 7,
        "selfUri": format!("/api/v2/routing/queues/{id}"),
    })
}

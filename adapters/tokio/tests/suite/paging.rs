//! Pages of collections.

use std::time::Duration;

use genesys_token_sandbox::{
    Builder, CORRELATION_ID, Client, DEMO_CLIENT_ID, DEMO_CLIENT_SECRET, Host, Response, Sandbox,
};
use genesys_token_tokio::{ApiError, ApiRequest, ApiResponse, Pages, SecretString};

use crate::fixture::{client, received};

/// Returns a client that may read users and queues.
fn readable() -> Builder {
    let demo = Client::new(DEMO_CLIENT_ID, DEMO_CLIENT_SECRET);
    Sandbox::builder().client(demo.with_permissions(&["directory:user:view", "routing:queue:view"]))
}

async fn sandbox() -> Sandbox {
    readable().start().await.unwrap()
}

#[derive(serde::Deserialize)]
struct Page {
    entities: Vec<Entity>,
}

#[derive(serde::Deserialize)]
struct Entity {
    id: String,
}

/// Reads all pages. Returns the number of entities, which must all differ.
async fn entities(mut pages: Pages) -> usize {
    let mut ids = std::collections::HashSet::new();
    while let Some(page) = pages.next_page().await {
        for entity in page.unwrap().json::<Page>().unwrap().entities {
            assert!(ids.insert(entity.id), "an entity came twice");
        }
    }
    assert!(pages.next_page().await.is_none(), "the end stays");
    ids.len()
}

/// Reads pages that lead nowhere. Returns their number, and the error after the last one.
async fn until_error(mut pages: Pages) -> (usize, ApiError) {
    for count in 0.. {
        if let Err(error) = pages.next_page().await.expect("the pages do not end without an error") {
            assert!(pages.next_page().await.is_none(), "nothing follows an error");
            return (count, error);
        }
    }
    unreachable!()
}

async fn all(mut pages: Pages) -> Result<Vec<ApiResponse>, ApiError> {
    let mut all = Vec::new();
    while let Some(page) = pages.next_page().await {
        all.push(page?);
    }
    Ok(all)
}

fn targets(sandbox: &Sandbox) -> Vec<String> {
    received(sandbox, Host::Api).into_iter().map(|request| request.target).collect()
}

/// The sandbox has 60 users, and names the next page as the service does.
#[tokio::test]
async fn next_uri_leads_to_the_last_page() {
    let sandbox = sandbox().await;
    let client = client(&sandbox);
    assert_eq!(entities(client.pages(ApiRequest::get("/api/v2/users").query("pageSize", 25))).await, 60);
    assert_eq!(
        targets(&sandbox),
        [
            "/api/v2/users?pageSize=25",
            "/api/v2/users?pageSize=25&pageNumber=2",
            "/api/v2/users?pageSize=25&pageNumber=3",
        ]
    );
    assert_eq!(entities(client.pages(ApiRequest::get("/api/v2/routing/queues"))).await, 30);
}

#[tokio::test]
async fn page_numbers_and_cursors_lead_to_the_next_page() {
    let sandbox = sandbox().await;
    let client = client(&sandbox);
    let numbered = |number| {
        Response::new(200).json(format!(r#"{{"pageNumber":{number},"pageCount":3,"nextUri":null}}"#))
    };
    for number in 1..=3 {
        sandbox.script(Host::Api, numbered(number));
    }
    let pages = all(client.pages(ApiRequest::get("/x?pageNumber=1&a=b"))).await.unwrap();
    assert_eq!(pages.len(), 3);
    assert_eq!(targets(&sandbox), ["/x?pageNumber=1&a=b", "/x?a=b&pageNumber=2", "/x?a=b&pageNumber=3"]);

    sandbox.clear_record();
    for body in [r#"{"cursor":"a+b/="}"#, r#"{"cursor":"last"}"#, r#"{"cursor":""}"#] {
        sandbox.script(Host::Api, Response::new(200).json(body));
    }
    assert_eq!(all(client.pages(ApiRequest::get("/y"))).await.unwrap().len(), 3);
    assert_eq!(targets(&sandbox), ["/y", "/y?cursor=a%2Bb%2F%3D", "/y?cursor=last"]);
}

/// Otherwise a program would read the same pages forever.
#[tokio::test]
async fn a_loop_is_an_error() {
    let sandbox = sandbox().await;
    let client = client(&sandbox);
    for body in [r#"{"nextUri":"/x?p=1"}"#, r#"{"cursor":"same"}"#, r#"{"pageNumber":1,"pageCount":9}"#] {
        sandbox.clear_record();
        sandbox.always(Host::Api, Response::new(200).json(body));
        let (count, error) = until_error(client.pages(ApiRequest::get("/x"))).await;
        assert!(matches!(error, ApiError::RepeatedPage) && count == 2, "{error:?}");
        assert_eq!(targets(&sandbox).len(), 2, "{body}");
    }
}

#[tokio::test]
async fn the_token_is_not_sent_to_another_host() {
    let sandbox = sandbox().await;
    let client = client(&sandbox);
    sandbox.script(Host::Api, Response::new(200).json(r#"{"nextUri":"https://evil.test/x"}"#));
    let (count, error) = until_error(client.pages(ApiRequest::get("/x"))).await;
    assert!(matches!(error, ApiError::Host) && count == 1, "{error:?}");
    let absolute = format!(r#"{{"nextUri":"{}/y?z"}}"#, sandbox.api_url());
    sandbox.script(Host::Api, Response::new(200).json(absolute));
    sandbox.script(Host::Api, Response::new(200).json("{}"));
    all(client.pages(ApiRequest::get("/x"))).await.unwrap();
    assert_eq!(targets(&sandbox), ["/x", "/x", "/y?z"]);
}

#[tokio::test]
async fn a_refused_page_ends_the_pages() {
    let sandbox = sandbox().await;
    let mut pages = client(&sandbox).pages(ApiRequest::get("/api/v2/users"));
    pages.next_page().await.unwrap().unwrap();
    sandbox.script(Host::Api, Response::api_error(500, "internal.server.error", "no", CORRELATION_ID));
    assert!(matches!(pages.next_page().await, Some(Err(ApiError::Refused(_)))));
    assert!(pages.next_page().await.is_none());
    sandbox.script(Host::Api, Response::new(200).body("text/html", "<html>"));
    let (count, error) = until_error(client(&sandbox).pages(ApiRequest::get("/x"))).await;
    assert!(matches!(error, ApiError::Body { .. }) && count == 1, "{error:?}");
}

/// What the service sends for a collection without pages.
#[tokio::test]
async fn an_array_is_the_last_page() {
    let sandbox = sandbox().await;
    let client = client(&sandbox);
    for body in ["[]", "[1, 2, 3]", " [{\"nextUri\":\"/y\"}]", "\"text\"", "{}", r#"{"nextUri":""}"#] {
        sandbox.script(Host::Api, Response::new(200).json(body));
        assert_eq!(all(client.pages(ApiRequest::get("/x"))).await.unwrap().len(), 1, "{body}");
    }
}

#[tokio::test]
async fn pages_are_read_with_another_token() {
    let sandbox = sandbox().await;
    let token = SecretString::new(client(&sandbox).token().await.unwrap().expose());
    let other = client(&sandbox);
    assert_eq!(entities(other.pages_with(&token, ApiRequest::get("/api/v2/users"))).await, 60);
    assert!(other.cached().is_none(), "the client's own token was not needed");
    let (count, error) =
        until_error(other.pages_with(&SecretString::new("Bearer x"), ApiRequest::get("/x"))).await;
    assert!(matches!(error, ApiError::AccessToken) && count == 0, "{error:?}");
}

/// Headers that say the limit is used up are a reason to wait; that it was waited shows in the next request, which is not refused.
#[tokio::test]
async fn the_rate_limit_is_waited_for_before_it_refuses() {
    let limit = genesys_token_sandbox::RateLimit { requests: 1, window: Duration::from_secs(2) };
    let sandbox = readable().api_rate_limit(limit).start().await.unwrap();
    let client = client(&sandbox);
    assert_eq!(entities(client.pages(ApiRequest::get("/api/v2/routing/queues"))).await, 30);
    let statuses: Vec<_> = received(&sandbox, Host::Api).iter().map(|request| request.status).collect();
    assert_eq!(statuses, [Some(200), Some(200)]);
}

/// A page whose future was dropped is not lost, and not asked for twice.
#[tokio::test]
async fn a_dropped_future_of_a_page_loses_nothing() {
    let sandbox = sandbox().await;
    let mut pages = client(&sandbox).pages(ApiRequest::get("/api/v2/users").query("pageSize", 30));
    let mut count = 0;
    loop {
        match tokio::time::timeout(Duration::from_micros(300), pages.next_page()).await {
            Err(_dropped) => {}
            Ok(Some(page)) => count += page.unwrap().json::<Page>().unwrap().entities.len(),
            Ok(None) => break,
        }
    }
    assert_eq!((count, targets(&sandbox).len()), (60, 2));
}

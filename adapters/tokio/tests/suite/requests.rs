//! Requests and responses of the authorised call as types of `http`, and the forms in which callers give them.

use genesys_token_sandbox::{CORRELATION_ID, Host, Response};
use genesys_token_tokio::http::{self, Method, Request, StatusCode, header};
use genesys_token_tokio::{ApiError, ApiRequest};

use crate::fixture::{client, received, sandbox};

const ECHO: &str = "/api/v2/echo";

#[tokio::test]
async fn methods_queries_and_headers() {
    let sandbox = sandbox().await;
    let client = client(&sandbox);
    let requests = [
        (ApiRequest::post(ECHO), "POST"),
        (ApiRequest::put(ECHO), "PUT"),
        (ApiRequest::patch(ECHO), "PATCH"),
        (ApiRequest::delete(ECHO), "DELETE"),
    ];
    for (request, method) in requests {
        client.api(request).await.unwrap();
        assert_eq!(received(&sandbox, Host::Api).last().unwrap().method, method);
    }
    let request = ApiRequest::get("/api/v2/echo?a=b")
        .query("q", "x y&z=ü+/")
        .query("pageSize", 25)
        .header("X-Own", "text")
        .header(header::ACCEPT_LANGUAGE, String::from("de"))
        .header("x-number", 7);
    client.api(request).await.unwrap();
    let last = received(&sandbox, Host::Api).pop().unwrap();
    // RFC 3986 section 2.1: what is not unreserved is escaped, also `+`, which forms take for a space.
    assert_eq!(last.target, "/api/v2/echo?a=b&q=x%20y%26z%3D%C3%BC%2B%2F&pageSize=25");
    let headers = ["x-own", "accept-language", "x-number"].map(|name| last.header(name));
    assert_eq!(headers, [Some("text"), Some("de"), Some("7")]);
}

/// RFC 9110 sections 5.1 and 5.5.
#[tokio::test]
async fn headers_that_are_not_legal_are_an_error_before_anything_is_sent() {
    let sandbox = sandbox().await;
    let client = client(&sandbox);
    for (name, value) in [("two words", "x"), ("", "x"), ("x", "line\r\nEvil: 1"), ("x", "\0")] {
        let error = client.api(ApiRequest::get(ECHO).header(name, value)).await.unwrap_err();
        assert!(matches!(error, ApiError::Header), "{error:?}");
        assert!(!error.to_string().contains("Evil"), "{error}");
    }
    assert!(sandbox.connections().is_empty());
}

#[tokio::test]
async fn requests_of_http_are_sent_as_they_are() {
    let sandbox = sandbox().await;
    let client = client(&sandbox);
    let uri = format!("{}{ECHO}?x=1", sandbox.api_url());
    for uri in [uri.as_str(), "/api/v2/echo?x=1"] {
        let request = Request::post(uri).header("x-own", "a").header("authorization", "Bearer no");
        let request = ApiRequest::from(request.body("body").unwrap());
        // There and back.
        let back: Request<bytes::Bytes> = request.clone().try_into().unwrap();
        assert_eq!((back.uri().to_string().as_str(), back.method()), (uri, &Method::POST));
        assert_eq!((back.headers()["x-own"].as_bytes(), &back.body()[..]), (&b"a"[..], &b"body"[..]));

        let response = http::Response::from(client.api(request).await.unwrap());
        assert_eq!((response.status(), &response.body()[..]), (StatusCode::OK, &b"body"[..]));
        let last = received(&sandbox, Host::Api).pop().unwrap();
        assert_eq!((last.target.as_str(), last.header("x-own")), ("/api/v2/echo?x=1", Some("a")));
        assert_ne!(last.header("authorization"), Some("Bearer no"));
        assert!(last.header("user-agent").unwrap().starts_with("genesys-token-tokio/"));
    }
}

#[tokio::test]
async fn a_uri_of_another_host_receives_nothing() {
    let sandbox = sandbox().await;
    let client = client(&sandbox);
    let port = sandbox.api_addr().port();
    for uri in [
        "https://evil.test/api/v2/echo".to_owned(),
        format!("http://localhost:{port}{ECHO}"),
        format!("https://localhost:1{ECHO}"),
        format!("https://localhost:{port}@evil.test{ECHO}"),
    ] {
        let request = ApiRequest::from(Request::get(&uri).body("").unwrap());
        let error = client.api(request).await.unwrap_err();
        assert!(matches!(error, ApiError::Host), "{uri}: {error:?}");
    }
    assert!(sandbox.connections().is_empty());
}

#[tokio::test]
async fn text_of_responses_and_refusals() {
    let sandbox = sandbox().await;
    let client = client(&sandbox);
    sandbox.script(Host::Api, Response::new(201).body("text/plain", "\u{feff}grün"));
    let response = client.api(ApiRequest::get(ECHO)).await.unwrap();
    assert_eq!((response.status(), response.text().unwrap()), (StatusCode::CREATED, "grün"));
    sandbox.script(Host::Api, Response::new(200).body("text/plain", b"ab\xff".to_vec()));
    let response = client.api(ApiRequest::get(ECHO)).await.unwrap();
    assert!(matches!(response.text(), Err(ApiError::Text { offset: 2 })));
    sandbox.script(Host::Api, Response::api_error(409, "conflict", "no", CORRELATION_ID));
    let Err(ApiError::Refused(refusal)) = client.api(ApiRequest::get(ECHO)).await else {
        panic!("no refusal")
    };
    assert_eq!((refusal.status(), refusal.correlation_id()), (StatusCode::CONFLICT, CORRELATION_ID));
    assert!(refusal.text().unwrap().contains("conflict"));
}

#[cfg(feature = "api-types")]
#[derive(serde::Deserialize)]
struct Refused {
    code: String,
}

#[cfg(feature = "api-types")]
#[tokio::test]
async fn json_of_values() {
    use std::collections::BTreeMap;
    let sandbox = sandbox().await;
    let client = client(&sandbox);
    let value = BTreeMap::from([("name", "SENTINEL"), ("mark", "\u{feff}ü")]);
    let response = client.api(ApiRequest::post(ECHO).json(&value)).await.unwrap();
    assert_eq!(response.json::<BTreeMap<&str, &str>>().unwrap(), value);
    assert_eq!(received(&sandbox, Host::Api)[0].header("content-type"), Some("application/json"));

    sandbox.script(Host::Api, Response::new(200).body("application/json", "\u{feff}[1]"));
    let numbers: Vec<u8> = client.api(ApiRequest::get(ECHO)).await.unwrap().json().unwrap();
    assert_eq!(numbers, [1]);
    sandbox.script(Host::Api, Response::new(422).json(r#"{"code":"invalid","details":[{"errorCode":"x"}]}"#));
    let Err(ApiError::Refused(refusal)) = client.api(ApiRequest::get(ECHO)).await else {
        panic!("no refusal")
    };
    assert_eq!(refusal.json::<Refused>().unwrap().code, "invalid");

    // JSON has text keys only (RFC 8259 section 4).
    let no_json = BTreeMap::from([(("SENTINEL", 1), 2)]);
    let error = client.api(ApiRequest::post(ECHO).json(&no_json)).await.unwrap_err();
    assert!(matches!(error, ApiError::Serialize) && !error.to_string().contains("SENTINEL"), "{error:?}");
}

//! `api`: what is sent, what is printed, and the exit code of each failure.

use genesys_token_sandbox::{Behaviour, Close, Host, Received, Response};

use crate::tool::{Service, Tool, file};

fn api_requests(service: &Service) -> Vec<Received> {
    service.sandbox.record().into_iter().filter(|request| request.host == Host::Api).collect()
}

#[test]
fn the_response_is_printed_as_it_was_received() {
    let service = Service::start();
    let body = r#"{"id":"1", "name":"a  b"}"#;
    service.sandbox.script(Host::Api, Response::new(200).json(body));
    let out = Tool::at(&service, &["api", "get", "/api/v2/organizations/me"]).run().output();
    assert_eq!(out, body);
    let [request] = &api_requests(&service)[..] else { panic!("{:?}", service.sandbox.record()) };
    assert_eq!((request.method.as_str(), request.target.as_str()), ("GET", "/api/v2/organizations/me"));
    assert!(request.header("authorization").is_some_and(|value| value.starts_with("Bearer ")));
}

#[test]
fn headers_query_and_body_are_sent() {
    let service = Service::start();
    service.sandbox.always(Host::Api, Response::new(200).json("{}"));
    let arguments = ["api", "POST", "api/v2/users?a=1", "-H", "X-Trace: on", "--query", "q=a b&c", "--body"];
    Tool::at(&service, &arguments).arg(file("body.json", r#"{"n":1}"#)).run().output();
    let plain = ["api", "PUT", "/api/v2/x", "-H", "Content-Type: text/plain", "--body", "-"];
    Tool::at(&service, &plain).input("text").run().output();
    let [json, text] = &api_requests(&service)[..] else { panic!("{:?}", service.sandbox.record()) };
    // RFC 3986 section 2: a space and an ampersand inside a value are percent-encoded.
    assert_eq!(json.target, "/api/v2/users?a=1&q=a%20b%26c");
    assert_eq!(json.header("x-trace"), Some("on"));
    assert_eq!((json.header("content-type"), &json.body[..]), (Some("application/json"), &br#"{"n":1}"#[..]));
    assert_eq!((text.header("content-type"), &text.body[..]), (Some("text/plain"), &b"text"[..]));
}

/// The limit is for all memory that the process may write to, thread stacks included.
#[cfg(target_os = "linux")]
#[test]
fn a_download_of_40_mb_takes_12_mb_of_memory_and_a_part_of_one_is_a_failure() {
    use genesys_token_sandbox::{Answer, CutAt};
    let service = Service::start();
    let body = "0123456789".repeat(4_000_000);
    let limited = |arguments: &[&str]| {
        let script = "ulimit -d 12288; exec \"$@\"";
        let tool =
            Tool::of("sh", &["-c", script, "sh", env!("CARGO_BIN_EXE_genesys-token"), "api", "GET", "/x"]);
        arguments.iter().fold(tool.with(&service), Tool::arg).run()
    };
    service.sandbox.script(Host::Api, Response::new(200).body("text/plain", body.clone()));
    assert!(limited(&[]).output() == body, "as it was sent");
    service.sandbox.script(
        Host::Api,
        Answer::from(Response::new(200).body("text/plain", body.clone()))
            .cut(CutAt::Body(1_000_000), Close::Notify),
    );
    let run = limited(&[]);
    assert_eq!((run.code, run.out.len()), (7, 1_000_000), "{}", run.err);
    assert!(run.err.contains("the output is not complete"), "{}", run.err);
}

#[test]
fn include_prints_status_and_headers_first() {
    let service = Service::start();
    let response = Response::new(200).json("{}").header("ININ-Correlation-Id", "5f0c7a3e");
    service.sandbox.script(Host::Api, response);
    let out = Tool::at(&service, &["api", "GET", "/api/v2/x", "--include"]).run().output();
    let (head, body) = out.split_once("\n\n").unwrap();
    assert!(head.starts_with("HTTP/1.1 200\n") && body == "{}", "{out}");
    for line in ["inin-correlation-id: 5f0c7a3e", "content-type: application/json", "content-length: 2"] {
        assert!(head.lines().any(|found| found == line), "no {line:?} in {out}");
    }
    // The body contains the reason of a refusal.
    service.sandbox.script(Host::Api, Response::missing_permission("a:b:c", "id"));
    let run = Tool::at(&service, &["api", "GET", "/api/v2/x", "-i"]).run();
    assert_eq!(run.code, 4);
    assert!(run.out.starts_with("HTTP/1.1 403\n") && run.out.contains("missing.permissions"), "{run:?}");
}

/// RFC 8259 section 8.1: a reader may ignore a byte order mark, as the library does.
#[test]
fn a_filter_reads_json_after_a_byte_order_mark() {
    let service = Service::start();
    let body = "\u{feff}{\"a\":1}".to_owned().into_bytes();
    service.sandbox.script(Host::Api, Response::new(200).body("application/json", body));
    let tool = Tool::at(&service, &["api", "GET", "/api/v2/echo", "--filter", "a"]);
    assert_eq!(tool.run().output(), "1\n");
}

#[test]
fn a_filter_selects_and_raw_output_is_for_shells() {
    let service = Service::start();
    let body = r#"{"entities":[{"name":"a \"b\"","n":1},{"name":"ü","n":2}]}"#;
    service.sandbox.always(Host::Api, Response::new(200).json(body));
    let api = |arguments: &[&str]| {
        let tool = Tool::at(&service, &["api", "GET", "/api/v2/x"]);
        arguments.iter().fold(tool, Tool::arg).run()
    };
    assert_eq!(api(&["--filter", "entities[].name"]).output(), "[\"a \\\"b\\\"\",\"ü\"]\n");
    assert_eq!(api(&["--filter", "entities[].name", "-r"]).output(), "a \"b\"\nü\n");
    assert_eq!(api(&["--filter", "entities[?n==`2`].name | [0]", "--raw"]).output(), "ü\n");
    assert_eq!(api(&["--filter", "nothing"]).output(), "null\n");
    assert_eq!(api(&["--filter", "length(entities)"]).output(), "2\n");
    api(&["--filter", "entities["]).fails(2, &["--filter", "jmespath.org"]);
    api(&["--filter", "abs(entities)"]).fails(8, &["--filter"]);
    api(&["--raw"]).fails(2, &["--filter"]);
    service.sandbox.always(Host::Api, Response::new(200).body("text/plain", "text"));
    api(&["--filter", "x"]).fails(8, &["--filter", "not JSON"]);
}

#[test]
fn paginate_follows_all_pages() {
    let service = Service::start();
    for page in [
        r#"{"entities":[1],"nextUri":"/api/v2/users?pageSize=1&pageNumber=2"}"#,
        r#"{"entities":[2],"pageNumber":2,"pageCount":3}"#,
        r#"{"entities":[3],"pageNumber":3,"pageCount":3}"#,
    ] {
        service.sandbox.script(Host::Api, Response::new(200).json(page));
    }
    let out = Tool::at(&service, &["api", "GET", "/api/v2/users?pageSize=1", "--paginate"]).run().output();
    let pages: Vec<serde_json::Value> = out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let entities: Vec<_> = pages.iter().map(|page| page["entities"][0].as_u64()).collect();
    assert_eq!(entities, [Some(1), Some(2), Some(3)]);
    let targets: Vec<_> = api_requests(&service).iter().map(|request| request.target.clone()).collect();
    let expected = ["pageSize=1", "pageSize=1&pageNumber=2", "pageSize=1&pageNumber=3"];
    assert_eq!(targets, expected.map(|query| format!("/api/v2/users?{query}")));
    assert_eq!(service.token_requests(), 1);
}

/// Each page is printed, also the last one before a fault; a loop that is longer than one page would otherwise have no end.
#[test]
fn paginate_ends_where_pages_lead_nowhere() {
    for (second, words) in [
        (Response::new(200).json(r#"{"nextUri":"/api/v2/x"}"#), "was read already"),
        (Response::new(200).json(r#"{"nextUri":"not a path"}"#), "not a path"),
        (Response::new(200).body("text/html", "<html>"), "not JSON"),
    ] {
        let service = Service::start();
        service.sandbox.script(Host::Api, Response::new(200).json(r#"{"cursor":"two"}"#));
        service.sandbox.script(Host::Api, second);
        let run = Tool::at(&service, &["api", "GET", "/api/v2/x", "--paginate"]).run();
        assert_eq!((run.code, run.out.lines().count()), (8, 2), "{run:?}");
        assert!(run.err.contains("--paginate") && run.err.contains(words), "{run:?}");
        assert_eq!(api_requests(&service).len(), 2);
    }
}

#[test]
fn paginate_with_a_given_token_needs_no_credentials() {
    let service = Service::start();
    let token = Tool::at(&service, &["get"]).run().output().trim_end().to_owned();
    for page in [r#"{"cursor":"two"}"#, "[]"] {
        service.sandbox.script(Host::Api, Response::new(200).json(page));
    }
    let tool = Tool::at(&service, &["api", "GET", "/api/v2/x", "--paginate", "--token-env"]);
    let tool = tool.without("GENESYS_CLIENT_ID").without("GENESYS_CLIENT_SECRET");
    let out = tool.env("GENESYS_ACCESS_TOKEN", &token).secret(&token).run().output();
    assert_eq!(out, "{\"cursor\":\"two\"}\n[]\n");
    assert_eq!(service.token_requests(), 1);
}

#[test]
fn a_next_page_on_another_host_does_not_get_the_token() {
    let service = Service::start();
    let page = r#"{"nextUri":"https://elsewhere.test/api/v2/users"}"#;
    service.sandbox.script(Host::Api, Response::new(200).json(page));
    let run = Tool::at(&service, &["api", "GET", "/api/v2/users", "--paginate"]).run();
    assert_eq!(run.code, 8);
    assert!(run.err.contains("another host"), "{run:?}");
}

#[test]
fn refusals_have_the_exit_codes_of_the_other_commands() {
    let api = |response: Response| {
        let service = Service::start();
        service.sandbox.always(Host::Api, response);
        Tool::at(&service, &["api", "GET", "/api/v2/x", "--timeout", "5"]).run()
    };
    api(Response::missing_permission("a:b:c", "id")).fails(4, &["403", "a:b:c", "role"]);
    api(Response::bad_credentials("id")).fails(3, &["401"]);
    api(Response::new(404)).fails(8, &["404"]);
}

/// As in the library: a token that was revoked early is replaced, and the call sent again.
#[test]
fn a_revoked_token_is_replaced_once() {
    let service = Service::start();
    service.sandbox.script(Host::Api, Response::bad_credentials("id"));
    Tool::at(&service, &["api", "GET", "/api/v2/organizations/me"]).run().output();
    assert_eq!((api_requests(&service).len(), service.token_requests()), (2, 2));
}

/// As in the library, too.
#[test]
fn a_rate_limit_and_a_lost_connection_are_overcome() {
    let service = Service::start();
    service.sandbox.script(Host::Api, Response::new(429).header("Retry-After", "1"));
    Tool::at(&service, &["api", "GET", "/api/v2/organizations/me"]).run().output();
    assert_eq!(api_requests(&service).len(), 2);
    // The second page is lost with the connection of the first one.
    service
        .sandbox
        .script(Host::Api, Response::new(200).json(r#"{"entities":[1],"pageNumber":1,"pageCount":2}"#));
    service.sandbox.script(Host::Api, Behaviour::CloseUnanswered(Close::Notify));
    service
        .sandbox
        .script(Host::Api, Response::new(200).json(r#"{"entities":[2],"pageNumber":2,"pageCount":2}"#));
    let arguments = ["api", "GET", "/api/v2/users?pageNumber=1", "--paginate", "--filter", "entities[0]"];
    assert_eq!(Tool::at(&service, &arguments).run().output(), "1\n2\n");
    // With a new connection the service may have received it, and the user decides.
    service.sandbox.script(Host::Api, Behaviour::CloseUnanswered(Close::Notify));
    Tool::at(&service, &["api", "POST", "/api/v2/users"]).run().fails(7, &["closed the connection"]);
    assert_eq!(api_requests(&service).len(), 2 + 3 + 1);
}

#[test]
fn a_given_token_is_used_without_credentials() {
    let service = Service::start();
    let token = Tool::at(&service, &["get"]).run().output().trim_end().to_owned();
    let tool = Tool::at(&service, &["api", "GET", "/api/v2/organizations/me", "--token-env"]);
    let tool = tool.without("GENESYS_CLIENT_ID").without("GENESYS_CLIENT_SECRET");
    tool.env("GENESYS_ACCESS_TOKEN", &token).secret(&token).run().output();
    assert_eq!(service.token_requests(), 1);
}

#[test]
fn invalid_arguments_are_refused_before_anything_is_sent() {
    let service = Service::start();
    let api = |arguments: &[&str]| {
        let tool = Tool::at(&service, &["api"]);
        arguments.iter().fold(tool, Tool::arg).run()
    };
    api(&["GET", "https://api.mypurecloud.de/api/v2/x"]).fails(2, &["PATH", "without scheme"]);
    for method in ["G T", "DELTE", "CONNECT"] {
        api(&[method, "/x"]).fails(2, &["METHOD", "DELETE"]);
    }
    api(&["GET", "/x", "-H", "no colon"]).fails(2, &["--header", "NAME: VALUE"]);
    api(&["GET", "/x", "-H", "Authorization: Bearer x"]).fails(2, &["--header", "--token-env"]);
    api(&["GET", "/x", "--query", "novalue"]).fails(2, &["--query", "NAME=VALUE"]);
    api(&["POST", "/x", "--paginate"]).fails(2, &["--paginate"]);
    api(&["POST", "/x", "--body", "/nowhere/body.json"]).fails(2, &["--body", "/nowhere/body.json"]);
    api(&["GET"]).fails(2, &["PATH"]);
    assert!(service.sandbox.record().is_empty());
}

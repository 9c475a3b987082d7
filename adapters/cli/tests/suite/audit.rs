//! `audit`: the requirements of manifest, sources and document, compared with what the sandbox grants.

use std::fs;

use genesys_token_sandbox::{Answer, Client, Close, CutAt, Host, Response, Sandbox};
use serde_json::{Value, json};

use crate::tool::{Run, Service, Tool, file};

const DATA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/audit");

fn service(permissions: &[&str]) -> Service {
    let permissions = [&["authorization:role:view"], permissions].concat();
    Service::of(Sandbox::builder().client(Client::demo().with_permissions(&permissions)))
}

/// Runs `audit` with these files; options begin with `--`.
fn audit(service: &Service, arguments: &[&str]) -> Run {
    let tool = Tool::at(service, &["audit"]);
    let argument = |tool: Tool, argument: &&str| {
        if argument.starts_with("--") || ["json", "sarif"].contains(argument) {
            return tool.arg(argument);
        }
        tool.arg(format!("{DATA}/{argument}"))
    };
    arguments.iter().fold(tool, argument).run()
}

fn parsed(out: &str) -> Value {
    serde_json::from_str(out).unwrap_or_else(|error| panic!("{error}: {out}"))
}

/// Calls with their missing permissions.
fn missing(report: &Value) -> Vec<(String, Vec<String>)> {
    let text = |value: &Value| value.as_str().expect("text").to_owned();
    let calls = report["calls"].as_array().expect("an array").iter();
    calls
        .map(|call| (text(&call["call"]), call["missing"].as_array().unwrap().iter().map(text).collect()))
        .collect()
}

#[test]
fn a_manifest_is_compared_with_the_roles() {
    let service = service(&["directory:user:*", "directory:userProfile:view", "routing:skill:view"]);
    let arguments = ["--manifest", "manifest.toml", "--openapi", "openapi.json"];
    let out = audit(&service, &arguments).output();
    let place = format!("at {DATA}/manifest.toml:2");
    for words in
        ["ok       GET /api/v2/users/{}", "directory:user:view", "unused   routing:skill:view", &place]
    {
        assert!(out.contains(words), "no {words:?} in {out}");
    }
    let run = audit(&service, &[&arguments[..], &["--deny-unused"]].concat());
    assert_eq!(run.code, 13, "{run:?}");
    assert!(run.err.contains("routing:skill:view") && !run.err.contains("directory"), "{run:?}");
}

#[test]
fn a_missing_permission_fails_and_is_reported_per_call() {
    let service = service(&["directory:user:view", "directory:user:add"]);
    let arguments = [
        "--manifest",
        "manifest.toml",
        "--source",
        "source",
        "--openapi",
        "openapi.json",
        "--format",
        "json",
    ];
    let run = audit(&service, &arguments);
    assert_eq!(run.code, 12, "{run:?}");
    assert!(run.err.contains("directory:user:delete") && run.err.contains("role"), "{run:?}");
    let report = parsed(&run.out);
    let own = |text: &str| text.to_owned();
    assert_eq!(
        missing(&report),
        [
            (own("DELETE /api/v2/users/{}"), vec![own("directory:user:delete")]),
            // One of these is enough, so both are listed.
            (
                own("GET /api/v2/routing/queues/{}/members"),
                vec![own("routing:queue:view"), own("routing:queueMember:manage")]
            ),
            (own("GET /api/v2/users/me"), vec![]),
            (own("GET /api/v2/users/{}"), vec![]),
            (own("POST /api/v2/users"), vec![own("directory:userProfile:view")]),
        ]
    );
    let members = &report["calls"][1];
    assert_eq!(members["requires"]["type"], "ANY");
    assert_eq!(members["scopes"], json!(["routing", "routing:readonly"]));
    assert_eq!(members["places"][0]["line"], 7);
    assert_eq!(report["unused"], json!([]));
    // One granted permission is enough for ANY.
    let service = self::service(&["routing:queueMember:manage"]);
    audit(&service, &["--source", "source/members.py", "--openapi", "openapi.json"]).output();
}

#[test]
fn sarif_names_rule_file_and_line() {
    let service = service(&["directory:user:view", "routing:queue:view", "routing:skill:view"]);
    let run = audit(&service, &["--source", "source", "--openapi", "openapi.json", "--format", "sarif"]);
    assert_eq!(run.code, 12, "{run:?}");
    let log = parsed(&run.out);
    assert_eq!(log["version"], "2.1.0");
    let results = log["runs"][0]["results"].as_array().unwrap();
    let rules: Vec<_> = results.iter().map(|result| result["ruleId"].as_str().unwrap()).collect();
    assert_eq!(rules, ["missing-permission", "unused-permission", "unused-permission"]);
    let place = &results[0]["locations"][0]["physicalLocation"];
    assert_eq!(place["region"]["startLine"], 2);
    assert!(
        place["artifactLocation"]["uri"].as_str().unwrap().ends_with("audit/source/remove.js"),
        "{place}"
    );
}

#[test]
fn permissions_of_the_manifest_need_no_document() {
    let service = service(&["routing:queue:view"]);
    let manifest = |permissions: &str| {
        let text = format!("[[call]]\nmethod = \"get\"\npath = \"/api/v2/x?y=1\"\n{permissions}");
        Tool::at(&service, &["audit", "--manifest"]).arg(file("manifest.toml", &text)).run()
    };
    manifest("permissions = [\"routing:queue:view\"]").output();
    manifest("permissions = [\"a:b:c\", \"routing:queue:view\"]\ntype = \"ANY\"").output();
    assert_eq!(manifest("permissions = [\"a:b:c\", \"routing:queue:view\"]").code, 12);
    manifest("").fails(2, &["GET /api/v2/x", "--openapi", "--fetch"]);
    manifest("permissions = [\"routing:queue\"]").fails(2, &["line 1", "domain:entity:action"]);
    manifest("permissions = 1").fails(2, &["line 1", "array"]);
    manifest("type = \"SOME\"").fails(2, &["ALL or ANY"]);
    manifest("paht = \"x\"").fails(2, &["`paht`"]);
    manifest("[other]").fails(2, &["`other`", "[[call]]"]);
    manifest("= broken").fails(2, &["manifest.toml", "not TOML"]);
}

#[test]
fn an_operation_that_the_document_does_not_have_is_shown() {
    let service = service(&[]);
    let text = "[[call]]\nmethod = \"GET\"\npath = \"/api/v2/nothing\"\n";
    let tool = Tool::at(&service, &["audit", "--manifest"]).arg(file("manifest.toml", text));
    let out = tool.arg("--openapi").arg(format!("{DATA}/openapi.json")).run().output();
    assert!(out.contains("unknown  GET /api/v2/nothing") && out.contains("no such operation"), "{out}");
}

#[test]
fn the_document_can_be_fetched() {
    let service = service(&["directory:user:view", "directory:user:add", "directory:userProfile:view"]);
    let arguments = ["--manifest", "manifest.toml", "--fetch"];
    script_roles(&service);
    let document = fs::read_to_string(format!("{DATA}/openapi.json")).unwrap();
    service.sandbox.script(Host::Api, Response::new(200).json(&document));
    audit(&service, &arguments).output();
    let targets: Vec<_> = service.sandbox.record().into_iter().map(|request| request.target).collect();
    assert_eq!(targets[2], "/api/v2/docs/swagger");
    script_roles(&service);
    service.sandbox.script(Host::Api, Response::new(200).json("{}"));
    audit(&service, &arguments).fails(8, &["/api/v2/docs/swagger", "OpenAPI"]);
    script_roles(&service);
    service.sandbox.script(Host::Api, Response::new(404));
    audit(&service, &arguments).fails(8, &["404"]);
}

#[test]
fn files_that_cannot_be_read_are_named() {
    let service = service(&[]);
    audit(&service, &[]).fails(2, &["--manifest", "--source"]);
    audit(&service, &["--manifest", "nowhere.toml"]).fails(2, &["nowhere.toml", "cannot be read"]);
    audit(&service, &["--source", "nowhere.rs"]).fails(2, &["nowhere.rs", "cannot be read"]);
    audit(&service, &["--source", "openapi.json", "--openapi", "nowhere.json"]).fails(2, &["nowhere.json"]);
    audit(&service, &["--source", "source", "--openapi", "manifest.toml"]).fails(2, &["OpenAPI", "line 1"]);
    audit(&service, &["--manifest", "manifest.toml", "--openapi", "x", "--fetch"])
        .fails(2, &["cannot be used with"]);
    let empty = file("empty.py", "print('nothing')\n");
    Tool::at(&service, &["audit", "--source"]).arg(empty).run().fails(2, &["no call", "/api/v2/", "SDK"]);
    assert_eq!(service.token_requests(), 0);
}

/// Returns a document of the size that the service's has.
#[cfg(target_os = "linux")]
fn large_document() -> String {
    use std::fmt::Write as _;
    let mut document = String::from("{\"swagger\":\"2.0\",\"paths\":{");
    for number in 0..21_000 {
        let operation = format!("{{\"description\":\"{}\",\"tags\":[\"a\",\"b\"]}}", "x".repeat(900));
        let _ = write!(document, "\"/api/v2/generated{number}/{{id}}\":{{\"get\":{operation}}},");
    }
    document.push_str("\"/api/v2/users/{userId}\":{\"get\":{\"x-inin-requires-permissions\":{\"type\":\"ANY\",\"permissions\":[\"directory:user:view\"]}}}},\"definitions\":{");
    for number in 0..2000 {
        let _ = write!(
            document,
            "\"Definition{number}\":{{\"properties\":{{\"id\":{{\"type\":\"string\",\"format\":\"{number}\"}}}}}},"
        );
    }
    document.push_str("\"Last\":{}}}");
    assert!(document.len() > 20_000_000, "{}", document.len());
    document
}

/// Runs `audit` with at most 12 MB of memory that the process may write to, thread stacks included.
#[cfg(target_os = "linux")]
fn audit_in_12_mb(service: &Service, arguments: &[&str]) -> String {
    let manifest = file("manifest.toml", "[[call]]\nmethod = \"GET\"\npath = \"/api/v2/users/{id}\"\n");
    let mut command = std::process::Command::new("sh");
    // In KiB.
    command.args(["-c", "ulimit -d 12288; exec \"$@\"", "sh", env!("CARGO_BIN_EXE_genesys-token"), "audit"]);
    command.arg("--manifest").arg(manifest).args(arguments);
    let sandbox = &service.sandbox;
    command.env("GENESYS_LOGIN_URL", sandbox.login_url()).env("GENESYS_API_URL", sandbox.api_url());
    command.env("GENESYS_CA_FILE", &service.root);
    command.env("GENESYS_CLIENT_ID", genesys_token_sandbox::DEMO_CLIENT_ID);
    command.env("GENESYS_CLIENT_SECRET", genesys_token_sandbox::DEMO_CLIENT_SECRET);
    let output = command.output().unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// The service's document has some 20 MB.
#[cfg(target_os = "linux")]
#[test]
fn a_document_of_20_mb_is_read_in_12_mb_of_memory() {
    let service = service(&["directory:user:view"]);
    let document = file("openapi.json", &large_document());
    let out = audit_in_12_mb(&service, &["--openapi", document.to_str().unwrap()]);
    assert!(out.contains("ok       GET /api/v2/users/{}"), "{out}");
}

#[cfg(target_os = "linux")]
#[test]
fn a_document_of_20_mb_is_fetched_in_12_mb_of_memory() {
    let service = service(&["directory:user:view"]);
    script_roles(&service);
    service.sandbox.script(Host::Api, Response::new(200).json(large_document()));
    let out = audit_in_12_mb(&service, &["--fetch"]);
    assert!(out.contains("ok       GET /api/v2/users/{}"), "{out}");
}

/// The cause is the connection, not what the parser makes of a part.
#[test]
fn a_document_that_ends_early_is_a_lost_connection() {
    let service = service(&["directory:user:view"]);
    script_roles(&service);
    let document = fs::read_to_string(format!("{DATA}/openapi.json")).unwrap();
    let answer = Answer::from(Response::new(200).json(document)).cut(CutAt::Body(300), Close::Notify);
    service.sandbox.script(Host::Api, answer);
    audit(&service, &["--manifest", "manifest.toml", "--fetch"]).fails(7, &["closed the connection"]);
}

/// The next call describes a token with one role of the sandbox.
fn script_roles(service: &Service) {
    let token_info = Response::new(200).json(
        r#"{"OAuthClient":{"roleDivisions":[{"roleId":"b3f1b3a4-0d6f-4c6e-8a53-6a5e0a4f9d10","divisionId":"1"}]}}"#,
    );
    service.sandbox.script(Host::Api, token_info);
}

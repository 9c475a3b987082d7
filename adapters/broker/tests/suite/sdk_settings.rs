//! Tests of the README's settings for official clients that are not run here. Each test reads the settings from the README, composes the
//! addresses as the source of the client does, and sends the client's requests there.
//!
//! The SDKs of Python and JavaScript are run with the same settings (`official_sdks`).

use genesys_token_sandbox::Sandbox;
use serde_json::Value;

use crate::broker::{Broker, LOCAL_SECRET, TCP, consumer_with_secret};
use crate::http_client::Request;

const README: &str = include_str!("../../README.md");

/// The settings of a gateway, whose names differ between the clients.
#[derive(Debug, PartialEq)]
struct Gateway {
    protocol: String,
    host: String,
    port: String,
    /// The path prefixes as they are written in the README, here and below.
    login: String,
    api: String,
}

impl Gateway {
    fn of(read: impl Fn(&str) -> Option<String>, [login, api]: [&str; 2]) -> Self {
        let value = |key: &str| read(key).unwrap_or_else(|| panic!("no {key}"));
        Self {
            protocol: value("protocol"),
            host: value("host"),
            port: value("port"),
            login: value(login),
            api: value(api),
        }
    }
}

/// Returns the README's first code block in this language that contains the text.
fn block(language: &str, text: &str) -> &'static str {
    let mut blocks = README.split("```").skip(1).step_by(2).filter_map(|block| block.strip_prefix(language));
    blocks.find(|block| block.contains(text)).unwrap_or_else(|| panic!("no {language} with {text}"))
}

/// Returns the settings of the section for Python, JavaScript, .NET and Java.
fn section() -> Gateway {
    let section = block("ini", "[gateway]");
    let read = |key: &str| {
        let mut lines = section.lines().filter_map(|line| line.split_once(" = "));
        lines.find(|(name, _)| *name == key).map(|(_, value)| value.to_owned())
    };
    Gateway::of(read, ["path_params_login", "path_params_api"])
}

/// Returns a string of an object. Returns `None` for a number, because Go refuses a number in a field that is a string.
fn text(object: &Value, key: &str) -> Option<String> {
    object[key].as_str().map(str::to_owned)
}

/// Logs in and calls the API below these path prefixes, with the headers that the SDKs have in common.
fn works(broker: &Broker, login: &str, api: &str) {
    let token = Request::token(&format!("{login}/oauth/token"), "grant_type=client_credentials");
    let reply = token.basic("remote-id", LOCAL_SECRET).over_tcp(broker.tcp());
    assert_eq!(reply.status, 200, "{login}: {reply:?}");
    let own = reply.json()["access_token"].as_str().unwrap().to_owned();
    let bearer = format!("Authorization: Bearer {own}");
    let call = Request::get(&format!("{api}/api/v2/tokens/me")).header(&bearer);
    let call = call.header("Content-Type: application/json").header("purecloud-sdk: 270.0.0");
    assert_eq!(call.over_tcp(broker.tcp()).status, 200, "{api}");
    let revocation = Request::get(&format!("{api}/api/v2/tokens/me")).method("DELETE").header(&bearer);
    assert_eq!(revocation.over_tcp(broker.tcp()).status, 403, "the shared token is not revoked: {api}");
}

fn broker() -> Broker {
    Broker::start_with(Sandbox::builder(), TCP, &consumer_with_secret("access = \"forward\""))
}

#[test]
fn the_section_for_net_and_java_leads_to_login_and_api() {
    let Gateway { protocol, host, port, login, api } = section();
    assert_eq!((&*protocol, &*host), ("http", "127.0.0.1"));
    port.parse::<u16>().unwrap();
    let broker = broker();
    // Both clients remove a slash at the end of a prefix and add one at its beginning if it has none.
    works(&broker, &format!("/{login}"), &format!("/{api}"));
}

#[test]
fn the_object_for_go_leads_to_login_and_api() {
    let object: Value = serde_json::from_str(block("json", "pathParams\": [")).unwrap();
    let gateway = &object["gateway"];
    let read = |key: &str| {
        let parameters = gateway["pathParams"].as_array().unwrap();
        let named = parameters.iter().find(|it| it["pathName"] == key);
        named.map_or_else(|| text(gateway, key), |it| text(it, "pathValue"))
    };
    let settings = Gateway::of(read, ["login", "api"]);
    assert_eq!(settings, section(), "the same gateway");
    let broker = broker();
    let [login, api] = [settings.login, settings.api].map(|it| format!("/{}", it.trim_matches('/')));
    works(&broker, &login, &api);
    // Earlier versions, and programs built with them, begin the path with two slashes, with prefixes and without.
    works(&broker, &format!("/{login}"), &format!("/{api}"));
    works(&broker, "/", "/");
}

#[test]
fn the_file_for_gc_leads_to_login_and_api() {
    let object: Value = serde_json::from_str(block("json", "pathParams\": {")).unwrap();
    let read = |key: &str| text(&object, key).or_else(|| text(&object["pathParams"], key));
    let settings = Gateway::of(read, ["login", "api"]);
    assert_eq!(settings, section(), "the same gateway");
    works(&broker(), &format!("/{}", settings.login), &format!("/{}", settings.api));
}

#[test]
fn the_block_for_terraform_leads_to_login_and_api() {
    let block = block("hcl", "provider \"genesyscloud\"");
    let lines = block.lines().filter_map(|line| line.split_once('='));
    let mut assignments: Vec<_> =
        lines.map(|(key, value)| (key.trim(), value.trim().trim_matches('"'))).collect();
    // Replaces each pair of `path_name` and `path_value` by one assignment.
    while let Some(at) = assignments.iter().position(|(key, _)| *key == "path_name") {
        let ("path_value", value) = assignments.remove(at + 1) else { panic!("no path_value: {block}") };
        assignments[at] = (assignments[at].1, value);
    }
    let read =
        |key: &str| assignments.iter().find(|(name, _)| *name == key).map(|(_, value)| (*value).to_owned());
    assert_eq!(Gateway::of(read, ["login", "api"]), section(), "the same gateway, and Go's addresses");
    assert_eq!(block.matches('{').count(), block.matches('}').count(), "{block}");
}

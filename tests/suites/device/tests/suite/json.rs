//! JSON bodies as values, as the host's client reads them.

use genesys_token_device::Setup;
use genesys_token_embassy::core::heapless::String;
use genesys_token_embassy::{ApiError, ApiRequest, ErrorBody, JsonError, TokenInfo, from_json};
use genesys_token_sandbox::{Host, Response};
use serde::Deserialize;

/// Bodies of `GET /api/v2/tokens/me`: from the service's API description, with nulls, with nothing, and with everything escaped.
const TOKEN_INFOS: [&str; 4] = [
    r#"{"organization":{"id":"7f8f3f4e-0000-4c6e-8d5a-1f0a2b3c4d5e","name":"Acme \"Süd\" GmbH \\ \ud83d\ude00"},
        "homeOrganization":null, "authorizedScope":["users:readonly","routing"],
        "dateTokenIdles":"2026-09-01T12:00:00.000Z",
        "OAuthClient":{"id":"6b8f3f4e","name":"Gateway\t7","authorizedGrantType":"CLIENT-CREDENTIALS","scope":[],
            "roleDivisions":[{"roleId":"a","divisionId":"b"},{"roleId":null}],"state":"active","organization":{"id":"x"}}}"#,
    r#"{"organization":{"id":null,"name":"x"},"authorizedScope":null,"OAuthClient":null,"dateTokenIdles":null}"#,
    "{}",
    r#"{"or\u0067anization":{"\u0069d":"\u0041","name":"\u0022\u005c\u002f\b\f\n\r\t\u00df\uD83d\uDE00"},
        "un\u006bnown":"\u0022\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9",
        "unknown2":{"deep":[["\"",{}],1.5e300,true]},"OAuthClient":{"state":"inactive"}}"#,
];

#[test]
fn devices_and_hosts_read_the_same() {
    for body in TOKEN_INFOS {
        let mut buffer = body.as_bytes().to_vec();
        buffer.resize(body.len() + 64, 0);
        let device: TokenInfo = from_json(&mut buffer, body.len()).expect("a body of the service");
        let host: genesys_token_tokio::TokenInfo = serde_json::from_str(body).expect("a body of the service");

        assert_eq!(device.organization.id.as_str(), host.organization.id);
        assert_eq!(device.organization.name.as_str(), host.organization.name);
        assert_eq!(device.home_organization.id.as_str(), host.home_organization.id);
        assert!(
            device
                .authorized_scope
                .iter()
                .map(String::as_str)
                .eq(host.authorized_scope.iter().map(std::string::String::as_str))
        );
        assert_eq!(device.date_token_idles.as_deref(), host.date_token_idles.as_deref());
        let (device, host) = (device.oauth_client, host.oauth_client);
        assert_eq!((device.id.as_str(), device.name.as_str()), (host.id.as_str(), host.name.as_str()));
        assert_eq!(device.authorized_grant_type.as_str(), host.authorized_grant_type);
        assert!(
            device.scope.iter().map(String::as_str).eq(host.scope.iter().map(std::string::String::as_str))
        );
        assert_eq!(device.state.as_str(), host.state);
        let roles =
            device.role_divisions.iter().map(|role| (role.role_id.as_str(), role.division_id.as_str()));
        assert!(
            roles.eq(host
                .role_divisions
                .iter()
                .map(|role| (role.role_id.as_str(), role.division_id.as_str())))
        );
    }
}

#[test]
fn response_and_refusal_are_values() {
    Setup::default().run(async |device| {
        let mut body = [0; 2048];
        let response = device.client.verify(&mut body).await.expect("a response");
        let info: TokenInfo = response.json().expect("a body of the service");
        assert!(!info.organization.name.is_empty());
        assert_eq!(info.oauth_client.state, "active");

        let refusal = r#"{"message":"The field \"name\" is invalid: \u00fc","code":"invalid.name","status":400,"contextId":"an-id",
            "details":[{"errorCode":"too.long","fieldName":"name","entityId":null}],"errors":[],"messageParams":{"a":"\\"}}"#;
        device.sandbox.script(Host::Api, Response::new(400).json(refusal));
        let error = device.client.api(&ApiRequest::get("/api/v2/users"), &mut body).await.expect_err("refused");
        let ApiError::Refused(refused) = &error else { panic!("{error:?}") };
        let read: ErrorBody = refused.json(&mut body).expect("a body of the service");
        assert_eq!(read.message, "The field \"name\" is invalid: ü");
        assert_eq!((read.status, read.code.as_str()), (refused.refusal().status(), refused.refusal().code()));
        assert_eq!(read.context_id, "an-id");
        let [detail] = &read.details[..] else { panic!("{:?}", read.details) };
        assert_eq!((detail.error_code.as_str(), detail.field_name.as_str()), ("too.long", "name"));
    });
}

#[derive(Debug, PartialEq, Deserialize)]
struct Name<'n> {
    name: &'n str,
}

#[test]
fn text_is_borrowed_from_the_buffer_or_an_error() {
    let mut buffer = *br#"{"name":"gr\u00fcn"}"#;
    let length = buffer.len();
    assert_eq!(from_json::<Name<'_>>(&mut buffer, length), Ok(Name { name: "grün" }));
    let mut buffer = *br#"{"name":"\"x\""}    "#;
    let length = buffer.len();
    let error = from_json::<Name<'_>>(&mut buffer, length).expect_err("it has quotation marks");
    assert_eq!(error, JsonError::Type);
    assert!(error.to_string().contains("heapless::String"), "{error}");
}

#[test]
fn too_small_buffer_states_size_needed() {
    let mut buffer = *br#"["abc\"def"]"#;
    let length = buffer.len();
    let Err(JsonError::Capacity(error)) = from_json::<[String<8>; 1]>(&mut buffer, length) else {
        panic!("there is no memory for the text")
    };
    assert_eq!((error.needed, error.capacity), (length + 7, length));
    let mut buffer = br#"["abc\"def"]"#.to_vec();
    buffer.resize(error.needed, 0);
    let [text] = from_json::<[String<8>; 1]>(&mut buffer, length).expect("it fits");
    assert_eq!(text, "abc\"def");
}

#[test]
fn what_is_not_json_is_refused_before_the_decoder() {
    for body in [
        "",
        "<html>",
        r#"{"name":"\ud800"}"#,
        r#"{"name":"x"} y"#,
        "{\"name\":\"\u{1}\"}",
        r#"{"x":tru,"name":"x"}"#,
    ] {
        let mut buffer = body.as_bytes().to_vec();
        let error = from_json::<Name<'_>>(&mut buffer, body.len()).expect_err("it is no JSON");
        assert!(matches!(error, JsonError::Malformed(_)), "{body}: {error:?}");
    }
    let mut buffer = *br#"{"name":7}"#;
    assert_eq!(from_json::<Name<'_>>(&mut buffer, 10), Err(JsonError::Type));
}

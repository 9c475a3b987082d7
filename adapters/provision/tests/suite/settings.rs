//! Parsing of the settings.

use genesys_token_provision::{Settings, SettingsError};

const TEXT: &str =
    "# a gateway\nregion = eu_central_1\nclient-id=id\n\n client-secret = s3cret \ntime-servers = a b\n";

fn error_of(text: &str) -> SettingsError {
    Settings::parse(&mut text.as_bytes().to_vec()).unwrap_err()
}

#[test]
fn every_setting_is_parsed() {
    let mut text =
        format!("{TEXT}path = /api/v2/users/me?expand=x\nevery = 5\nfailures = 3\ntrust-anchor = 00fFa1")
            .into_bytes();
    let settings = Settings::parse(&mut text).unwrap();
    assert_eq!(settings.endpoint.login_host(), "login.mypurecloud.de");
    assert_eq!(settings.client_id.as_str(), "id");
    assert_eq!(settings.client_secret.expose(), "s3cret");
    assert_eq!(settings.trust_anchor, Some(&[0x00, 0xff, 0xa1][..]));
    assert_eq!((settings.clock.given, settings.clock.servers()), (None, &["a", "b"][..]));
    let schedule = settings.schedule;
    assert_eq!((schedule.path, schedule.every), ("/api/v2/users/me?expand=x", 5));
    assert_eq!((schedule.calls, schedule.failures), (None, Some(3)));
    assert!(!format!("{settings:?}").contains("s3cret"));
}

#[test]
fn erased_flash_after_the_text_is_ignored() {
    for erased in [0x00, 0xff] {
        let mut text = TEXT.as_bytes().to_vec();
        text.extend([erased; 64]);
        assert!(Settings::parse(&mut text).is_ok());
    }
    assert_eq!(Settings::parse(&mut [0xff; 64]).unwrap_err(), SettingsError::Missing("region"));
}

#[test]
fn explicit_hosts_override_the_region() {
    let mut text =
        format!("{TEXT}login-host = login.example.com\napi-host = api.example.com\napi-port = 8443")
            .into_bytes();
    let endpoint = Settings::parse(&mut text).unwrap().endpoint;
    assert_eq!((endpoint.login_host(), endpoint.login_port()), ("login.example.com", 443));
    assert_eq!((endpoint.api_host(), endpoint.api_port()), ("api.example.com", 8443));
}

#[test]
fn four_time_servers_are_accepted() {
    let mut text = TEXT.replace("a b", "a b  c\td").into_bytes();
    assert_eq!(Settings::parse(&mut text).unwrap().clock.servers(), ["a", "b", "c", "d"]);
}

#[test]
fn errors_name_the_line_and_never_the_value() {
    assert_eq!(error_of("region"), SettingsError::Line(1));
    assert_eq!(error_of("\nclient_secret = s3cret"), SettingsError::Name(2));
    for wrong in [
        "every = soon",
        "path = users",
        "trust-anchor = 0",
        "trust-anchor = 0g",
        "trust-anchor =",
        "api-port = 70000",
    ] {
        assert_eq!(error_of(wrong), SettingsError::Value(1), "{wrong}");
    }
    assert_eq!(error_of(&TEXT.replace("time-servers", "#")), SettingsError::Missing("time-servers"));
    assert_eq!(error_of(&TEXT.replace("client-secret", "#")), SettingsError::Missing("client-secret"));
    assert_eq!(error_of(&TEXT.replace("a b", "a b c d e")), SettingsError::TimeServers);
    let unknown = error_of(&TEXT.replace("eu_central_1", "nowhere"));
    assert!(matches!(unknown, SettingsError::Config(_)), "{unknown:?}");
    let wrong = error_of(&TEXT.replace("s3cret", "s3cr\u{e9}t"));
    assert!(!format!("{wrong} {wrong:?}").contains("s3cr"));
}

#[cfg(feature = "wifi")]
#[test]
fn a_network_is_named_by_its_ssid_and_its_password_is_never_shown() {
    let mut text = format!("{TEXT}wifi-ssid = Plant 7\nwifi-password = correct horse").into_bytes();
    let settings = Settings::parse(&mut text).unwrap();
    let wifi = settings.wifi.unwrap();
    assert_eq!((wifi.ssid(), wifi.password()), ("Plant 7", Some("correct horse")));
    assert!(!format!("{settings:?}").contains("correct horse"));

    let mut text = format!("{TEXT}wifi-ssid = guests").into_bytes();
    assert_eq!(Settings::parse(&mut text).unwrap().wifi.unwrap().password(), None);
    assert_eq!(Settings::parse(&mut TEXT.as_bytes().to_vec()).unwrap().wifi, None);
    let nameless = error_of(&format!("{TEXT}wifi-password = correct horse"));
    assert_eq!(nameless, SettingsError::Missing("wifi-ssid"));
}

#[cfg(feature = "wifi")]
#[test]
fn ssids_and_passwords_have_the_lengths_of_the_standard() {
    let is_accepted = |name: &str, value: &str| {
        Settings::parse(&mut format!("{TEXT}wifi-ssid = x\n{name} = {value}").into_bytes()).is_ok()
    };
    for (name, value, accepted) in [
        ("wifi-ssid", String::new(), false),
        ("wifi-ssid", "s".repeat(32), true),
        ("wifi-ssid", "s".repeat(33), false),
        ("wifi-password", "p".repeat(7), false),
        ("wifi-password", "p".repeat(8), true),
        ("wifi-password", "p".repeat(63), true),
        ("wifi-password", "p".repeat(64), false),
        ("wifi-password", "0aF1".repeat(16), true),
        ("wifi-password", "p\u{e9}p".repeat(3), false),
    ] {
        assert_eq!(is_accepted(name, &value), accepted, "{name} = {value}");
    }
    assert_eq!(error_of("wifi-password = short"), SettingsError::Value(1));
}

//! Settings: every accepted spelling, and every well-known mistake.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use genesys_token_core::settings::{
    Client, ClientAuth, ClientId, ClientSecret, ConfigError, Endpoint, Region, Scope,
};

fn region(text: &str) -> Region {
    text.parse().unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn endpoint(text: &str) -> Endpoint {
    text.parse().unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn refused(text: &str) -> String {
    match text.parse::<Endpoint>() {
        Ok(endpoint) => panic!("{text} became {}", endpoint.login_host()),
        Err(error) => error.to_string(),
    }
}

/// `tests/data/regions.csv` is the only source.
#[test]
fn the_table_of_regions_is_that_of_the_service() {
    let rows: Vec<Vec<&str>> = include_str!("data/regions.csv")
        .lines()
        .skip(1)
        .filter(|line| !line.is_empty())
        .map(|line| line.split(',').collect())
        .collect();
    assert_eq!(rows.len(), 18);
    let table: Vec<Vec<&str>> = Region::ALL
        .iter()
        .map(|r| vec![r.name(), r.aws_region(), r.domain(), r.login_host(), r.api_host()])
        .collect();
    assert_eq!(table, rows);
}

#[test]
fn every_region_is_parsed_from_each_of_its_spellings_in_any_case() {
    for &expected in Region::ALL {
        for spelling in [expected.name(), expected.aws_region(), expected.domain()] {
            assert_eq!(region(spelling), expected);
            assert_eq!(region(&spelling.to_uppercase()), expected);
            assert_eq!(region(&format!(" {spelling}\n")), expected);
        }
        assert_eq!(expected.to_string(), expected.name());
    }
}

#[test]
fn short_country_words_mean_their_one_region() {
    for (word, name) in [
        ("us", "us_east_1"),
        ("au", "ap_southeast_2"),
        ("jp", "ap_northeast_1"),
        ("ca", "ca_central_1"),
        ("in", "ap_south_1"),
        ("br", "sa_east_1"),
        ("sg", "ap_southeast_1"),
        ("kr", "ap_northeast_2"),
        ("ae", "me_central_1"),
    ] {
        assert_eq!(region(word).name(), name);
        assert_eq!(region(&word.to_uppercase()).name(), name);
    }
}

#[test]
fn an_ambiguous_region_lists_its_candidates() {
    let error = "eu".parse::<Region>().unwrap_err();
    let names: Vec<_> = error.candidates.iter().map(|region| region.name()).collect();
    assert_eq!(names, ["eu_west_1", "eu_west_2", "eu_central_1", "eu_central_2", "eusc_de_east_1"]);
    let text = error.to_string();
    assert!(text.contains("ambiguous") && text.contains("eu_central_1 (mypurecloud.de)"), "{text}");
}

#[test]
fn an_unknown_region_lists_all_of_them() {
    for word in ["za", "", "eu_central", "us-east-9", "mypurecloud"] {
        let error = word.parse::<Region>().unwrap_err();
        assert_eq!(error.candidates, Region::ALL);
        let text = error.to_string();
        assert!(Region::ALL.iter().all(|region| text.contains(region.name())), "{text}");
        assert!(refused(word).contains("unknown region"));
    }
}

#[test]
fn an_endpoint_comes_from_a_region_a_domain_a_login_host_or_a_pasted_url() {
    for &region in Region::ALL {
        let expected = Endpoint::from(region);
        assert_eq!(expected.login_host(), region.login_host());
        assert_eq!(expected.api_host(), region.api_host());
        assert_eq!((expected.login_port(), expected.api_port()), (443, 443));
        assert_eq!(expected.token_path(), "/oauth/token");
        for text in [
            region.name().to_owned(),
            region.aws_region().to_owned(),
            region.domain().to_owned(),
            region.login_host().to_owned(),
            region.login_host().to_uppercase(),
            format!("https://{}", region.login_host()),
            format!("https://{}/", region.domain()),
            format!("HTTPS://{}:443/oauth/token", region.login_host()),
        ] {
            assert_eq!(endpoint(&text), expected, "{text}");
        }
    }
}

#[test]
fn a_domain_that_is_not_in_the_table_is_a_custom_domain() {
    for text in ["zaw1.pure.cloud", "login.zaw1.pure.cloud", "https://login.zaw1.pure.cloud/oauth/token"] {
        let endpoint = endpoint(text);
        assert_eq!(endpoint.login_host(), "login.zaw1.pure.cloud");
        assert_eq!(endpoint.api_host(), "api.zaw1.pure.cloud");
        assert_eq!(endpoint.token_path(), "/oauth/token");
    }
    assert_eq!(Endpoint::custom_domain("zaw1.pure.cloud"), "zaw1.pure.cloud".parse());
    assert_eq!(Endpoint::custom_domain("login.zaw1.pure.cloud"), "zaw1.pure.cloud".parse());
    assert_eq!(Endpoint::custom_domain("mypurecloud.de"), Ok(Region::EuCentral1.into()));
}

#[test]
fn hosts_of_bad_tutorials_are_refused_with_the_right_host_named() {
    for (pasted, right) in [
        ("api.mypurecloud.com", "login.mypurecloud.com (us_east_1)"),
        ("https://api.mypurecloud.de/oauth/token", "login.mypurecloud.de (eu_central_1)"),
        ("https://api.mypurecloud.de/", "login.mypurecloud.de (eu_central_1)"),
        ("API.USW2.PURE.CLOUD", "login.usw2.pure.cloud (us_west_2)"),
        ("api.eu.mypurecloud.com", "login.mypurecloud.ie (eu_west_1) or login.euw2.pure.cloud (eu_west_2)"),
        ("eu.mypurecloud.com", "login.mypurecloud.de (eu_central_1)"),
        ("login.au.mypurecloud.com", "login.mypurecloud.com.au (ap_southeast_2)"),
        ("jp.mypurecloud.com", "login.mypurecloud.jp (ap_northeast_1)"),
        ("login.us-west-2.mypurecloud.com", "login.usw2.pure.cloud (us_west_2)"),
        ("login.genesyscloud.com", "login.mypurecloud.com for us_east_1"),
        ("api.genesyscloud.com", "login.mypurecloud.com for us_east_1"),
        ("genesyscloud.com", "login.<domain of your region>"),
        ("https://login.genesyscloud.com/oauth/token", "login.<domain of your region>"),
        ("api.zaw1.pure.cloud", "login.<domain>"),
    ] {
        let text = refused(pasted);
        assert!(text.contains(right), "{pasted}: {text}");
    }
    assert!(refused("https://login.mypurecloud.com/api/v2/oauth/token").contains("/oauth/token"));
    assert!(refused("http://login.mypurecloud.com").contains("https://"));
    assert!(Endpoint::custom_domain("login.genesyscloud.com").is_err());
    assert!(Endpoint::custom_domain("eu.mypurecloud.com").is_err());
    assert!(Endpoint::custom_domain("api.mypurecloud.com").is_err());
}

#[test]
fn whatever_is_set_explicitly_is_taken_as_it_is() {
    for host in [
        "login.genesyscloud.com",
        "api.mypurecloud.com",
        "api.eu.mypurecloud.com",
        "127.0.0.1",
        "::1",
        "localhost",
    ] {
        let endpoint = Endpoint::explicit(host, 8443, "/as/token.oauth2").expect(host);
        assert_eq!((endpoint.login_host(), endpoint.login_port()), (host, 8443));
        assert_eq!(endpoint.token_path(), "/as/token.oauth2");
        assert_eq!((endpoint.api_host(), endpoint.api_port()), (host, 8443));
        let endpoint = endpoint.with_api("api.test", 9443).expect("api.test");
        assert_eq!((endpoint.api_host(), endpoint.api_port()), ("api.test", 9443));
        assert_eq!((endpoint.login_host(), endpoint.login_port()), (host, 8443));
    }
}

#[test]
fn ipv6_literals_are_those_of_the_standard_library() {
    for host in [
        "::",
        "1::",
        "::8",
        "1:2:3:4:5:6:7:8",
        "1:2:3:4:5:6:7::",
        "::2:3:4:5:6:7:8",
        "::ffff:192.0.2.1",
        "1:2:3:4:5:6:0.0.0.0",
        "1:2:3:4:5:6:255.249.199.99",
        ":",
        ":::",
        "1:",
        ":1",
        "1::2::3",
        "1:2:3:4:5:6:7",
        "1:2:3:4:5:6:7:8:9",
        "1:2:3:4::5:6:7:8",
        "12345::",
        "g::",
        "192.0.2.1::",
        "::192.0.2.1:1",
        "::192.0.2",
        "::192.0.2.256",
        "::192.0.02.1",
        "::192.0.2.1.1",
        "1:2:3:4:5:6:7:0.0.0.0",
        "::300.0.0.0",
        "::1.2.3.",
        "[::1]",
        "::1%eth0",
    ] {
        let standard = host.parse::<core::net::Ipv6Addr>().is_ok();
        assert_eq!(Endpoint::explicit(host, 443, "/").is_ok(), standard, "{host}");
    }
}

/// Parts of an IPv6 literal, most of them in order.
const PIECES: [&str; 10] = [":", ":", "::", "0", "1:", "ab:", "ffff:", "12345", "192.0.2.1", "g"];

proptest! {
    #![proptest_config(ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::with_cases(if cfg!(miri) { 8 } else { 4000 })
    })]

    #[test]
    fn any_ipv6_literal_is_that_of_the_standard_library(pieces in vec(select(&PIECES[..]), 1..12)) {
        let host = pieces.concat();
        prop_assume!(host.contains(':'));
        let standard = host.parse::<core::net::Ipv6Addr>().is_ok();
        prop_assert_eq!(Endpoint::explicit(&host, 443, "/").is_ok(), standard, "{}", host);
    }
}

#[test]
fn illegal_hosts_ports_and_paths_are_refused() {
    let label_of_64 = "a".repeat(64);
    for host in
        ["", ".", "a..b", "-a.b", "a-.b", "a b", "a\r\nb", "a/b", "a@b", "ä.de", "a:1", "[::1]", &label_of_64]
    {
        assert_eq!(Endpoint::explicit(host, 443, "/"), Err(ConfigError::InvalidHost), "{host:?}");
    }
    assert_eq!(Endpoint::explicit("a", 0, "/"), Err(ConfigError::InvalidPort));
    for path in ["", "oauth/token", "/a b", "/a\r\n", "/a?b", "/a#b", "/ä"] {
        assert_eq!(Endpoint::explicit("a", 443, path), Err(ConfigError::InvalidPath), "{path:?}");
    }
    let host_of = |len: usize| "a.".repeat(len / 2 - 1) + &"a".repeat(2 + len % 2);
    for (len, fits) in [(127, true), (128, true), (129, false)] {
        let result = Endpoint::explicit(&host_of(len), 443, "/");
        match result {
            Ok(endpoint) => assert!(fits && endpoint.login_host().len() == len),
            Err(ConfigError::Capacity(error)) => {
                assert!(!fits && error.needed == len && error.capacity == 128);
            }
            Err(other) => panic!("{other}"),
        }
    }
}

#[test]
fn a_client_id_is_visible_ascii_without_a_colon() {
    let id = "a1b2c3d4-0000-4000-8000-000000000001";
    assert_eq!(ClientId::<64>::new(id).expect(id).as_str(), id);
    assert_eq!(ClientId::<64>::new("my client").expect("inner space").to_string(), "my client");
    assert_eq!(ClientId::<64>::new(""), Err(ConfigError::EmptyClientId));
    for (id, position) in
        [("a:b", 1), ("a\n", 1), (" a", 0), ("a ", 1), ("aä", 1), ("a\u{7f}", 1), ("\u{0}", 0)]
    {
        assert_eq!(ClientId::<64>::new(id), Err(ConfigError::InvalidClientId { position }), "{id:?}");
    }
    assert!(ClientId::<4>::new("1234").is_ok());
    let Err(ConfigError::Capacity(error)) = ClientId::<4>::new("12345") else { panic!("5 bytes fit 4") };
    assert_eq!((error.needed, error.capacity), (5, 4));
}

#[test]
fn a_client_secret_is_checked_and_never_shown() {
    let text = "SENTINEL-secret_~+/=:x";
    let secret = ClientSecret::<64>::new(text).expect(text);
    assert_eq!(secret.expose(), text);
    let id = ClientId::<64>::new("id").expect("id");
    let client = Client::confidential(&id, &secret, ClientAuth::Basic);
    assert!(!format!("{secret:?} {client:?} {client:#?}").contains("SENTINEL"));
    for (bad, expected) in [
        ("", ConfigError::EmptyClientSecret),
        ("SENTINEL\n", ConfigError::InvalidClientSecret { position: 8 }),
        ("SENTINEL ", ConfigError::InvalidClientSecret { position: 8 }),
        (" SENTINEL", ConfigError::InvalidClientSecret { position: 0 }),
        ("SENTINELß", ConfigError::InvalidClientSecret { position: 8 }),
    ] {
        let error = ClientSecret::<64>::new(bad).map(|_| ()).unwrap_err();
        assert_eq!(error, expected);
        assert!(!format!("{error} {error:?}").contains("SENTINEL"));
    }
    assert!(ClientSecret::<8>::new("SENTINEL").is_ok());
    let error = ClientSecret::<7>::new("SENTINEL").map(|_| ()).unwrap_err();
    assert!(error.to_string().contains("needs 8 bytes"), "{error}");
}

#[test]
fn a_scope_is_words_separated_by_one_space_each() {
    for scope in ["a", "a b", "user-basic-info conversations:readonly", "!#[]~"] {
        assert_eq!(Scope::<64>::new(scope).expect(scope).as_str(), scope);
    }
    let scope = Scope::<64>::new("a bc d").expect("three words");
    assert_eq!(scope.tokens().collect::<Vec<_>>(), ["a", "bc", "d"]);
    for (scope, position) in
        [("", 0), (" a", 0), ("a ", 2), ("a  b", 2), ("a\"", 1), ("a\\", 1), ("a\tb", 1), ("é", 0)]
    {
        assert_eq!(Scope::<64>::new(scope), Err(ConfigError::InvalidScope { position }), "{scope:?}");
    }
    assert!(Scope::<3>::new("a b").is_ok());
    assert!(matches!(Scope::<2>::new("a b"), Err(ConfigError::Capacity(error)) if error.needed == 3));
}

#[test]
fn every_error_says_what_to_do_next() {
    let errors = [
        "eu".parse::<Endpoint>().unwrap_err(),
        "api.zaw1.pure.cloud".parse::<Endpoint>().unwrap_err(),
        ConfigError::WrongPath,
        ConfigError::ClearText,
        ConfigError::InvalidHost,
        ConfigError::InvalidPort,
        ConfigError::InvalidPath,
        ConfigError::EmptyClientId,
        ConfigError::InvalidClientId { position: 3 },
        ConfigError::EmptyClientSecret,
        ConfigError::InvalidClientSecret { position: 3 },
        ConfigError::InvalidScope { position: 3 },
        ConfigError::SecretMissing,
        ConfigError::InvalidCodeVerifier,
        ConfigError::EmptyParameter("code"),
        ClientId::<1>::new("ab").unwrap_err(),
    ];
    let verbs =
        ["give", "copy", "write", "remove", "see offset", "use", "make", "must", "choose", "needs it"];
    for error in errors {
        let text = error.to_string();
        assert!(verbs.iter().any(|verb| text.contains(verb)), "{text}");
        assert!(text.is_char_boundary(0) && text.len() > 20);
    }
}

/// Programs parse settings of files and arguments by these traits, and get the same checks.
#[test]
fn every_setting_is_made_from_text() {
    assert_eq!(Region::try_from("eu-central-1").unwrap(), "eu_central_1".parse().unwrap());
    assert_eq!(Endpoint::try_from("mypurecloud.de").unwrap(), "eu_central_1".parse().unwrap());
    assert_eq!(ClientId::<64>::try_from("an id").unwrap(), "an id".parse().unwrap());
    assert_eq!(Scope::<64>::try_from("a b").unwrap(), "a b".parse().unwrap());
    assert_eq!(ClientSecret::<64>::try_from("secret").unwrap().expose(), "secret");
    assert_eq!("secret".parse::<ClientSecret>().unwrap().expose(), "secret");

    assert!(Region::try_from("nowhere").is_err() && Endpoint::try_from("nowhere").is_err());
    assert!(matches!(ClientId::<64>::try_from("a:b"), Err(ConfigError::InvalidClientId { position: 1 })));
    assert!(matches!("".parse::<ClientSecret>(), Err(ConfigError::EmptyClientSecret)));
    assert!(matches!(Scope::<64>::try_from("a  b"), Err(ConfigError::InvalidScope { .. })));
}

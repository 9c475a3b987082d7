//! Errors of the configuration file: line, column, the nearest valid key, and never a value.

use genesys_token_broker::config::Config;

const CLIENT: &str =
    "[clients.main]\nregion = \"eu_central_1\"\nclient_id = \"id\"\nclient_secret_file = \"/run/secret\"\n";

fn error(text: &str) -> String {
    Config::parse(text).expect_err("a faulty configuration").to_string()
}

#[test]
fn a_small_configuration_is_enough() {
    let config = Config::parse(&format!("{CLIENT}[consumers.a]\nusers = [\"root\"]\n")).unwrap();
    assert_eq!(config.clients["main"].endpoint.login_host(), "login.mypurecloud.de");
    assert_eq!(config.consumers["a"].client, "main", "the only client");
    assert!(config.listen.tcp.is_none(), "TCP only when configured");
}

#[test]
fn faults_have_a_place_and_a_remedy() {
    let cases = [
        ("[clients.main]\nregio = \"eu_central_1\"\n", "line 2, column 1", "did you mean `region`?"),
        ("[clients.main]\nclient_id = \"id\"\n", "line 1, column 1", "needs exactly one of `region`"),
        (
            &format!("{CLIENT}client_secrt_file = \"/x\"\n"),
            "line 5, column 1",
            "did you mean `client_secret_file`?",
        ),
        (
            &format!("{CLIENT}[listen.tcp]\naddress = \"0.0.0.0:80\"\n"),
            "line 6, column 11",
            "without `certificate` and `key`",
        ),
        (
            &format!("{CLIENT}[consumers.a]\nclient = \"mian\"\nusers = [\"root\"]\n"),
            "line 6, column 10",
            "did you mean \"main\"?",
        ),
        (&format!("{CLIENT}[consumers.a]\n"), "line 5, column 1", "can never be recognised"),
        (
            &format!("{CLIENT}[consumers.a]\nusers = [\"root\"]\naccess = \"forward\"\n"),
            "line 7, column 10",
            "state_directory",
        ),
        (&format!("{CLIENT}[limits]\nidle_timeout = 5\n"), "line 6, column 16", "must be a string"),
        (&format!("{CLIENT}[limits]\nidle_timeout = \"5\"\n"), "line 6, column 16", "such as \"30s\""),
        (&format!("{CLIENT}[store]\ndirectory = \"/x\"\n"), "line 5, column 1", "needs `kind`"),
        (&format!("{CLIENT}[store]\nkind = \"fiel\"\n"), "line 6, column 8", "did you mean \"file\"?"),
        (&format!("{CLIENT}[store]\nkind = \"file\"\n"), "line 5, column 1", "needs `directory`"),
        (
            &format!("{CLIENT}[store]\nkind = \"file\"\ndirectory = \"/x\"\n"),
            "line 5, column 1",
            "new-store-key",
        ),
        (
            &format!("{CLIENT}[store]\nkind = \"file\"\ndirectory = \"/x\"\nkeyfile = \"/x\"\n"),
            "line 8, column 1",
            "did you mean `key_file`?",
        ),
        (
            &format!(
                "{CLIENT}[store]\nkind = \"file\"\ndirectory = \"/x\"\nkey_file = \"/x\"\nfallback_exchanges = 0\n"
            ),
            "line 9, column 22",
            "from 1 to 16",
        ),
        (
            &format!("{CLIENT}[store]\nkind = \"redis\"\naddress = \"redis.example\"\n"),
            "line 7, column 11",
            "must be HOST:PORT",
        ),
        (
            &format!("{CLIENT}[store]\nkind = \"redis\"\nsentinels = [\"a.example:26379\"]\n"),
            "line 5, column 1",
            "needs `service`",
        ),
        (
            &format!("{CLIENT}[store]\nkind = \"redis\"\nsentinels = [\"a.example\"]\nservice = \"fleet\"\n"),
            "line 7, column 13",
            "HOST:PORT",
        ),
        (
            &format!("{CLIENT}[store]\nkind = \"redis\"\naddress = \"a.example:1\"\nservice = \"fleet\"\n"),
            "line 5, column 1",
            "without `sentinels`",
        ),
        (
            &format!(
                "{CLIENT}[store]\nkind = \"redis\"\naddress = \"a.example:1\"\ncluster = [\"b.example:1\"]\n"
            ),
            "line 5, column 1",
            "exactly one of",
        ),
        (
            &format!("{CLIENT}[store]\nkind = \"redis\"\naddress = \"redis.example:6379\"\ntls = false\n"),
            "line 8, column 7",
            "clear text",
        ),
        ("", "line 1, column 1", "has no OAuth client"),
        ("clients = \"x", "line 1", "not valid TOML"),
    ];
    for (text, place, remedy) in cases {
        let error = error(text);
        assert!(error.starts_with(place) && error.contains(remedy), "{text}\n=> {error}");
    }
}

#[test]
fn no_error_repeats_a_value() {
    let sentinel = "sEcReT-sentinel";
    for text in [
        format!("{CLIENT}proxy_from_environment = \"{sentinel}\"\n"),
        format!("[clients.main]\nregion = \"{sentinel}\"\nclient_id = \"id\"\nclient_secret_file = \"/x\"\n"),
        format!(
            "[clients.main]\nregion = \"eu_central_1\"\nclient_id = \"\\u00e4 {sentinel}\"\nclient_secret_file = \"/x\"\n"
        ),
        format!(
            "[clients.main]\nregion = \"eu_central_1\"\nclient_id = \"id\"\nclient_secret_file = \"{sentinel}\"\n"
        ),
        format!("{CLIENT}[consumers.a]\nid = \"x\"\nsecret_sha256 = \"{sentinel}\"\n"),
        format!("{CLIENT}[limits]\nidle_timeout = \"{sentinel}\"\n"),
        format!("{CLIENT}[store]\nkind = \"{sentinel}\"\n"),
        format!("state_directory = {sentinel}\n"),
        format!("{CLIENT}[listen.tcp]\naddress = \"{sentinel}\"\n"),
    ] {
        let error = error(&text);
        assert!(!error.contains(sentinel), "{error}");
    }
}

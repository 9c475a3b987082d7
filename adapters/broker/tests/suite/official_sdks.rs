//! The official SDKs, unmodified, by their configuration file alone: they page through a collection while the rate limit is reached, the
//! token is revoked and the secret replaced, and notice none of it.

use std::fs;
use std::thread;
use std::time::Duration;

use genesys_token_interop::Language;
use genesys_token_sandbox::{Client, DEMO_CLIENT_ID, Host, RateLimit, Response, Sandbox};

use crate::broker::{Broker, LOCAL_SECRET, TCP, consumer_with_secret};
use crate::tls_listener;

const PYTHON: &str = r#"
import os
import PureCloudPlatformClientV2 as genesys

client = genesys.api_client.ApiClient().get_client_credentials_token("remote-id", os.environ["CONSUMER_SECRET"])
users = genesys.UsersApi(client)
seen = set()
for page in range(1, 13):
    seen.update(user.id for user in users.get_users(page_size=5, page_number=page).entities)
print(len(seen), "users")
"#;

const JAVASCRIPT: &str = r"
import platformClient from 'purecloud-platform-client-v2';

const client = platformClient.ApiClient.instance;
await client.loginClientCredentialsGrant('remote-id', process.env.CONSUMER_SECRET);
const users = new platformClient.UsersApi();
const seen = new Set();
for (let page = 1; page <= 12; page++) {
    const { entities } = await users.getUsers({ pageSize: 5, pageNumber: page });
    entities.forEach(user => seen.add(user.id));
}
console.log(seen.size, 'users');
process.exit(0);
";

/// Where each SDK looks for its configuration, below the home directory.
const CASES: [(Language, &str, &str); 2] = [
    (Language::Python, ".genesyscloudpython", PYTHON),
    (Language::JavaScript, ".genesyscloudjavascript", JAVASCRIPT),
];

fn is_served(sandbox: &Sandbox, host: Host, count: usize) -> bool {
    sandbox.record().iter().filter(|request| request.host == host && request.status == Some(200)).count()
        >= count
}

#[test]
fn they_work_unmodified_and_notice_no_fault_behind_the_broker() {
    for (language, folder, program) in CASES {
        let client = Client::demo().with_permissions(&["directory:user:view"]);
        let limit = RateLimit { requests: 5, window: Duration::from_secs(1) };
        let sandbox = Sandbox::builder().client(client).api_rate_limit(limit);
        let broker = Broker::start_with(sandbox, TCP, &consumer_with_secret("access = \"forward\""));
        broker
            .sandbox
            .script(Host::Api, Response::too_many_requests(1, "d2f3a1b0-5c7e-4a5d-9a43-5ad7f1f4f0aa"));
        let home = tempfile::tempdir().unwrap();
        fs::create_dir(home.path().join(folder)).unwrap();
        let port = broker.tcp().port();
        let config = format!(
            "[gateway]\nhost = 127.0.0.1\nprotocol = http\nport = {port}\npath_params_login = login\npath_params_api = api\n"
        );
        fs::write(home.path().join(folder).join("config"), config).unwrap();
        let output = thread::scope(|scope| {
            let sdk = scope.spawn(|| {
                let home = home.path().to_str().unwrap();
                language.run("", program, &[("HOME", home), ("CONSUMER_SECRET", LOCAL_SECRET)])
            });
            // In the middle of the pages.
            while !is_served(&broker.sandbox, Host::Api, 3) && !sdk.is_finished() {
                thread::sleep(Duration::from_millis(5));
            }
            broker.sandbox.rotate_secret(DEMO_CLIENT_ID, "the-next-secret");
            fs::write(broker.directory.path().join("secret"), "the-next-secret").unwrap();
            broker.sandbox.kill_tokens();
            sdk.join().unwrap()
        });
        assert_eq!(
            output.unwrap_or_else(|error| panic!("{language:?}: {error}")),
            "60 users\n",
            "{language:?}"
        );
        assert!(is_served(&broker.sandbox, Host::Login, 2), "the revoked token was replaced");
        let statuses: Vec<_> = broker.sandbox.record().iter().filter_map(|request| request.status).collect();
        assert!(statuses.contains(&429) && statuses.contains(&401), "the faults happened: {statuses:?}");
    }
}

#[test]
fn where_the_protocol_is_left_out_the_javascript_sdk_uses_tls() {
    let (_, folder, program) = CASES[1];
    let home = tempfile::tempdir().unwrap();
    let client = Client::demo().with_permissions(&["directory:user:view"]);
    let broker = Broker::start_with(
        Sandbox::builder().client(client),
        &tls_listener::tables(home.path()),
        &consumer_with_secret("access = \"forward\""),
    );
    fs::create_dir(home.path().join(folder)).unwrap();
    let config = format!(
        "[gateway]\nhost = 127.0.0.1\nport = {}\npath_params_login = login\npath_params_api = api\n",
        broker.tcp().port()
    );
    fs::write(home.path().join(folder).join("config"), config).unwrap();
    let certificate = home.path().join("root.pem");
    let environment = [
        ("HOME", home.path().to_str().unwrap()),
        ("CONSUMER_SECRET", LOCAL_SECRET),
        ("NODE_EXTRA_CA_CERTS", certificate.to_str().unwrap()),
    ];
    let output = Language::JavaScript.run("", program, &environment);
    assert_eq!(output.unwrap_or_else(|error| panic!("{error}")), "60 users\n");
}

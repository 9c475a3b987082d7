//! Behaviour of the peers that the interop tests rely on, with the literal answers of the peers.

mod raw;

use core::error::Error;
use core::time::Duration;
use std::fs::Permissions;
use std::io::{BufRead, BufReader};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Stdio};
use std::time::Instant;
use std::{fs, thread};

use genesys_token_interop::{
    CHECK_PATH, CHUNKED_TOKEN_PATH, Client, OauthOptions, OauthServer, PeerError, Proxy, ProxyAuth,
    ProxyKind, REVOCATION_PATH, SecretIn, TOKEN_PATH, TlsVersions,
};
use raw::{Connection, Reply, basic, tls_config};

type Outcome = Result<(), Box<dyn Error>>;

/// A form with only the grant type.
const GRANT: &str = "grant_type=client_credentials";

fn server() -> Result<OauthServer, PeerError> {
    OauthServer::start(&OauthOptions::default())
}

/// Sends one request with the secret in the Authorization header, over a new connection.
fn by_basic(server: &OauthServer, client: &Client, body: &str) -> Result<Reply, Box<dyn Error>> {
    let authorization = basic(&client.id, &client.secret);
    Connection::direct(server)?.post(TOKEN_PATH, Some(&authorization), body)
}

/// Sends one request with the secret in the body, over a new connection.
fn by_post(server: &OauthServer, client: &Client) -> Result<Reply, Box<dyn Error>> {
    let body = format!("{GRANT}&client_id={}&client_secret={}", client.id, client.secret);
    Connection::direct(server)?.post(TOKEN_PATH, None, &body)
}

#[test]
fn a_token_obtained_with_basic_is_accepted_by_the_resource() -> Outcome {
    let server = server()?;
    let reply = by_basic(&server, server.client_basic(), GRANT)?;
    assert_eq!(reply.status, 200);
    assert_eq!(reply.json["token_type"], "Bearer");
    assert_eq!(reply.json["expires_in"], 60);
    let token = reply.json["access_token"].as_str().ok_or("no access_token")?;

    let check = Connection::direct(&server)?.get(CHECK_PATH, &format!("Bearer {token}"))?;
    assert_eq!(check.status, 200);
    assert_eq!(check.json["client_id"], server.client_basic().id.as_str());

    let seen = server.requests()?;
    assert_eq!(seen.len(), 2);
    assert_eq!(
        (seen[0].path.as_str(), seen[0].secret_in, seen[0].status),
        (TOKEN_PATH, SecretIn::Header, 200)
    );
    assert_eq!(
        (seen[1].path.as_str(), seen[1].secret_in, seen[1].status),
        (CHECK_PATH, SecretIn::Nowhere, 200)
    );
    Ok(())
}

#[test]
fn a_token_is_obtained_with_the_secret_in_the_body() -> Outcome {
    let server = server()?;
    let reply = by_post(&server, server.client_post())?;
    assert_eq!(reply.status, 200);
    assert!(reply.json["access_token"].is_string());
    let seen = server.requests()?;
    assert_eq!(seen[0].secret_in, SecretIn::Body);
    assert_eq!(seen[0].client_id.as_deref(), Some(server.client_post().id.as_str()));
    Ok(())
}

#[test]
fn a_wrong_secret_and_an_unknown_client_get_401_and_not_400() -> Outcome {
    let server = server()?;
    let wrong = Client { secret: "wrong".into(), ..server.client_basic().clone() };
    let unknown = Client { id: "unknown".into(), secret: "wrong".into() };
    for client in [&wrong, &unknown] {
        let reply = by_basic(&server, client, GRANT)?;
        assert_eq!(reply.status, 401);
        assert_eq!(reply.json["error"], "invalid_client");
        assert_eq!(reply.json["error_description"], "client authentication failed");
        assert!(reply.header("www-authenticate").is_some_and(|challenge| challenge.starts_with("Basic ")));
    }
    // RFC 6749 section 5.2 requires the challenge only if the client used the Authorization header.
    let reply = by_post(&server, &wrong)?;
    assert_eq!((reply.status, reply.header("www-authenticate")), (401, None));
    assert_eq!(reply.json["error"], "invalid_client");
    Ok(())
}

#[test]
fn scope_is_granted_partially() -> Outcome {
    let server = server()?;
    let reply = by_basic(&server, server.client_basic(), &format!("{GRANT}&scope=read+write+admin"))?;
    assert_eq!(reply.status, 200);
    assert_eq!(reply.json["scope"], "read write");
    // None of the requested scopes exists: granted without a scope, and the response has no `scope`.
    let reply = by_basic(&server, server.client_basic(), &format!("{GRANT}&scope=admin"))?;
    assert_eq!((reply.status, &reply.json["scope"]), (200, &serde_json::Value::Null));
    Ok(())
}

#[test]
fn reserved_characters_in_a_secret_require_form_encoding() -> Outcome {
    let server = server()?;
    let client = server.client_reserved();
    let reply = by_basic(&server, client, GRANT)?;
    assert_eq!(reply.status, 400);
    assert_eq!(reply.json["error"], "invalid_request");
    let encoded = Client { secret: "p%2Bq%2Fr%3Ds%25t%26u%3Av".into(), ..client.clone() };
    assert_eq!(by_basic(&server, &encoded, GRANT)?.status, 200);
    Ok(())
}

#[test]
fn the_lifetime_is_as_configured_and_the_token_expires() -> Outcome {
    let lifetime = Duration::from_secs(1);
    let server = OauthServer::start(&OauthOptions { token_lifetime: lifetime, ..OauthOptions::default() })?;
    let reply = by_basic(&server, server.client_basic(), GRANT)?;
    assert_eq!(reply.json["expires_in"], 1);
    let token = reply.json["access_token"].as_str().ok_or("no access_token")?;
    until("the token has expired", || {
        Ok(Connection::direct(&server)?.get(CHECK_PATH, &format!("Bearer {token}"))?.status == 401)
    })
}

#[test]
fn a_revoked_token_is_refused() -> Outcome {
    let server = server()?;
    let client = server.client_basic();
    let reply = by_basic(&server, client, GRANT)?;
    let token = reply.json["access_token"].as_str().ok_or("no access_token")?;
    let authorization = basic(&client.id, &client.secret);
    let revoked = Connection::direct(&server)?.post(
        REVOCATION_PATH,
        Some(&authorization),
        &format!("token={token}"),
    )?;
    assert_eq!(revoked.status, 200);
    let check = Connection::direct(&server)?.get(CHECK_PATH, &format!("Bearer {token}"))?;
    assert_eq!(check.status, 401);
    assert_eq!(check.header("www-authenticate"), Some("Bearer error=\"invalid_token\""));
    Ok(())
}

#[test]
fn chunked_bodies_are_forwarded_and_the_connection_is_kept() -> Outcome {
    let server = server()?;
    let authorization = basic(&server.client_basic().id, &server.client_basic().secret);
    let mut connection = Connection::direct(&server)?;
    let chunked = connection.post(CHUNKED_TOKEN_PATH, Some(&authorization), GRANT)?;
    assert_eq!(chunked.header("transfer-encoding"), Some("chunked"));
    assert!(chunked.json["access_token"].is_string());
    let whole = connection.post(TOKEN_PATH, Some(&authorization), GRANT)?;
    assert_eq!(whole.header("transfer-encoding"), None);
    let upward = connection.post_chunked(TOKEN_PATH, &authorization, GRANT)?;
    assert_eq!(upward.status, 200);

    let seen = server.requests()?;
    assert_eq!(seen.len(), 3);
    assert!(seen.iter().all(|request| request.connection == seen[0].connection));
    Ok(())
}

#[test]
fn tls_versions_are_as_configured_and_sessions_resumed() -> Outcome {
    for (versions, name) in [(TlsVersions::Tls12, "TLSv1.2"), (TlsVersions::Tls13, "TLSv1.3")] {
        let server = OauthServer::start(&OauthOptions { tls_versions: versions, ..OauthOptions::default() })?;
        let authorization = basic(&server.client_basic().id, &server.client_basic().secret);
        let config = tls_config(&server)?;
        for _ in 0..2 {
            let reply = Connection::with(&server, &config)?.post(TOKEN_PATH, Some(&authorization), GRANT)?;
            assert_eq!(reply.status, 200);
        }
        let seen = server.requests()?;
        assert!(seen.iter().all(|request| request.tls.as_deref() == Some(name)), "{seen:?}");
        assert_eq!([seen[0].tls_resumed, seen[1].tls_resumed], [false, true]);
        assert_ne!(seen[0].connection, seen[1].connection);
    }
    Ok(())
}

#[test]
fn another_server_s_root_is_not_trusted() -> Outcome {
    let (server, other) = (server()?, server()?);
    let mut connection = Connection::with(&server, &tls_config(&other)?)?;
    let refused = connection.post(TOKEN_PATH, None, GRANT).err().ok_or("an unknown issuer was trusted")?;
    assert!(refused.to_string().contains("UnknownIssuer"), "{refused}");
    assert_eq!(fs::read_to_string(server.root_pem_file())?, server.root_pem());
    Ok(())
}

#[test]
fn a_token_is_obtained_through_each_proxy() -> Outcome {
    let server = server()?;
    let authorization = basic(&server.client_basic().id, &server.client_basic().secret);
    for kind in ProxyKind::ALL {
        for auth in [ProxyAuth::None, ProxyAuth::Basic] {
            let proxy = Proxy::start(kind, auth)?;
            let header = proxy.credentials().map(|known| basic(known.user, known.password));
            for host in ["localhost", "127.0.0.1"] {
                let mut tunnel = Connection::through(&proxy, &server, host, header.as_deref())?
                    .map_err(|status| format!("{kind:?} {auth:?} {host}: {status}"))?;
                assert_eq!(tunnel.post(TOKEN_PATH, Some(&authorization), GRANT)?.status, 200);
            }
            let port = server.https_port();
            assert_eq!(proxy.connect_log()?, [format!("localhost:{port}"), format!("127.0.0.1:{port}")]);
        }
    }
    assert_eq!(server.requests()?.len(), 8);
    Ok(())
}

#[test]
fn a_proxy_with_a_password_refuses_other_clients() -> Outcome {
    let server = server()?;
    for (kind, wrong_password) in [(ProxyKind::Squid, 407), (ProxyKind::Tinyproxy, 401)] {
        let proxy = Proxy::start(kind, ProxyAuth::Basic)?;
        let refused = Connection::through(&proxy, &server, "localhost", None)?.err();
        assert_eq!(refused, Some(407), "{kind:?}");
        let user = proxy.credentials().ok_or("no credentials")?.user;
        let refused = Connection::through(&proxy, &server, "localhost", Some(&basic(user, "wrong")))?.err();
        assert_eq!(refused, Some(wrong_password), "{kind:?}");
        assert_eq!(proxy.connect_log()?.len(), 2);
    }
    assert_eq!(server.requests()?, []);
    Ok(())
}

#[test]
fn proxy_urls_contain_the_percent_encoded_password() -> Outcome {
    let proxy = Proxy::start(ProxyKind::Squid, ProxyAuth::Basic)?;
    assert_eq!(proxy.url(), format!("http://gateway:open%3Asesame%2F7@127.0.0.1:{}", proxy.port()));
    Ok(())
}

#[test]
fn peers_stop_when_dropped() -> Outcome {
    let server = server()?;
    let proxies = [
        Proxy::start(ProxyKind::Squid, ProxyAuth::Basic)?,
        Proxy::start(ProxyKind::Tinyproxy, ProxyAuth::None)?,
    ];
    let ports = [server.https_port(), server.http_port(), proxies[0].port(), proxies[1].port()];
    drop((server, proxies));
    for port in ports {
        assert!(TcpStream::connect(("127.0.0.1", port)).is_err(), "port {port} is still open");
    }
    Ok(())
}

#[test]
fn peers_stop_when_the_process_that_started_them_is_killed() -> Outcome {
    // Their files are not removed. squid's password helper has to read the directory.
    let files = tempfile::Builder::new().permissions(Permissions::from_mode(0o711)).tempdir()?;
    let mut peers = Command::new(env!("CARGO_BIN_EXE_interop-peers"))
        .env("TMPDIR", files.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    let mut ports = Vec::new();
    for line in BufReader::new(peers.stdout.take().ok_or("no output")?).lines() {
        let line = line?;
        if line.starts_with("clients: ") {
            break;
        }
        let authority = line.split('/').nth(2).unwrap_or_default();
        if let Some(port) = authority.rsplit(':').next().and_then(|port| port.parse::<u16>().ok()) {
            ports.push(port);
        }
    }
    peers.kill()?;
    peers.wait()?;
    assert_eq!(ports.len(), 9, "{ports:?}");
    until("all ports are closed", || {
        Ok(ports.iter().all(|port| TcpStream::connect(("127.0.0.1", *port)).is_err()))
    })
}

/// Polls a condition for at most 30 seconds.
fn until(what: &str, mut holds: impl FnMut() -> Result<bool, Box<dyn Error>>) -> Outcome {
    let deadline = Instant::now() + Duration::from_secs(30);
    while !holds()? {
        if Instant::now() > deadline {
            return Err(format!("not true after 30 seconds: {what}").into());
        }
        thread::sleep(Duration::from_millis(20));
    }
    Ok(())
}

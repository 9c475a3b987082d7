//! The resolver, with scripted DNS servers that DHCP announces.
//!
//! The expected values are those of RFC 1034, 1035, 1123, 4343, 5452 and 8305; the table in `adapters/embassy/src/resolver` names the
//! section of each rule.

use std::net::Ipv4Addr;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use embassy_time::Duration;
use genesys_token_device::{
    DNS_SERVERS, Device, DnsServer, Families, Kind, NEIGHBOURS, Query, ROUTER, Response, Setup, TIME_PORT,
    TimeServer,
};
use genesys_token_embassy::{
    NameLookupError, Settings, StaticCredentials, TokenError, TokenErrorKind, TransportErrorKind,
};
use genesys_token_sandbox::{DEMO_CLIENT_ID, DEMO_CLIENT_SECRET};

/// An address of the device's network that no host has.
const DEAD: Ipv4Addr = Ipv4Addr::new(10, 97, 0, 201);

/// Runs a device to which DHCP announces these DNS servers.
fn with_servers<T: Send>(
    setup: Setup,
    servers: &[Ipv4Addr],
    adjust: impl FnOnce(&mut Settings<'_>) + Send,
    work: impl AsyncFnOnce(&Device<'_>) -> T + Send,
) -> T {
    let servers: Vec<_> = servers.iter().map(Ipv4Addr::to_string).collect();
    // Without an address the option is not sent.
    let option = ["--dhcp-option=6".to_owned()].into_iter().chain(servers).collect::<Vec<_>>().join(",");
    let demo = StaticCredentials::new(DEMO_CLIENT_ID, DEMO_CLIENT_SECRET);
    setup.run_in(&[&option], |builder| builder, adjust, demo, work)
}

/// Requests a token and makes a call, with names that this server answers.
fn succeeds_with(answer: impl Fn(&Query) -> Vec<Response> + Send + 'static) {
    with_servers(
        Setup::default(),
        &DNS_SERVERS[..1],
        |_| {},
        async |device| {
            let _server = DnsServer::start(DNS_SERVERS[0], answer);
            device.client.token(&mut [0; 1024]).await.expect("a token");
            device.client.verify(&mut [0; 2048]).await.expect("a response");
        },
    );
}

fn lookup_error(error: &TokenError) -> NameLookupError {
    match error.kind() {
        TokenErrorKind::Transport(error) => match error.kind() {
            TransportErrorKind::NameLookup(error) => *error,
            other => panic!("{other:?}"),
        },
        other => panic!("{other:?}"),
    }
}

fn fails_with(expected: NameLookupError, answer: impl Fn(&Query) -> Vec<Response> + Send + 'static) {
    with_servers(
        Setup::default(),
        &DNS_SERVERS[..1],
        |_| {},
        async |device| {
            let _server = DnsServer::start(DNS_SERVERS[0], answer);
            let error = device.client.token(&mut [0; 1024]).await.expect_err("no address is found");
            assert_eq!(lookup_error(&error), expected);
        },
    );
}

/// RFC 1123 section 6.1.3.3: a resolver uses all servers. One exchange has one deadline, so the second server must be asked within it.
#[test]
fn second_server_is_asked_when_the_first_is_dead() {
    with_servers(
        Setup::default(),
        &[DEAD, DNS_SERVERS[0]],
        |_| {},
        async |device| {
            let _server = DnsServer::with_addresses(DNS_SERVERS[0], &[ROUTER]);
            device.client.token(&mut [0; 1024]).await.expect("a token");
            assert_eq!(device.sandbox.connections().len(), 1, "within the first exchange");
        },
    );
}

/// SERVFAIL, NOTIMP and REFUSED concern the server, not the name.
#[test]
fn second_server_is_asked_when_the_first_fails() {
    for code in [2, 4, 5] {
        with_servers(
            Setup::default(),
            &DNS_SERVERS,
            |_| {},
            async |device| {
                let _failing =
                    DnsServer::start(DNS_SERVERS[0], move |query| vec![query.response().code(code)]);
                let _server = DnsServer::with_addresses(DNS_SERVERS[1], &[ROUTER]);
                device.client.token(&mut [0; 1024]).await.expect("a token");
            },
        );
    }
}

#[test]
fn server_that_answered_last_is_asked_first() {
    with_servers(
        Setup::default(),
        &DNS_SERVERS,
        |_| {},
        async |device| {
            let silent = DnsServer::start(DNS_SERVERS[0], |_| Vec::new());
            let server = DnsServer::with_addresses(DNS_SERVERS[1], &[ROUTER]);
            device.client.token(&mut [0; 1024]).await.expect("a token");
            let asked = silent.queries().len();
            device.client.verify(&mut [0; 2048]).await.expect("a response");
            assert!(server.queries().iter().any(|query| query.name == "api.sandbox.test"));
            assert_eq!(silent.queries().len(), asked, "the second lookup did not ask the silent server");
        },
    );
}

#[test]
fn failing_servers_are_reported() {
    fails_with(NameLookupError::ServerFailure, |query| vec![query.response().code(2)]);
}

#[test]
fn lost_query_is_repeated() {
    let first = AtomicBool::new(true);
    succeeds_with(move |query| {
        if first.swap(false, Ordering::Relaxed) { Vec::new() } else { vec![query.addresses(&[ROUTER])] }
    });
}

/// RFC 8305 section 3: addresses of one family are used although the other family is not answered.
#[test]
fn unanswered_aaaa_does_not_block() {
    let setup = Setup { families: Families::Both, ..Setup::default() };
    with_servers(
        setup,
        &DNS_SERVERS[..1],
        |_| {},
        async |device| {
            let _server = DnsServer::start(DNS_SERVERS[0], |query| match query.kind {
                Kind::A => vec![query.addresses(&[ROUTER])],
                _ => Vec::new(),
            });
            while device.stack.config_v4().is_none() {
                embassy_time::Timer::after_millis(10).await;
            }
            while device.client.token(&mut [0; 1024]).await.is_err() {
                embassy_time::Timer::after_millis(20).await;
            }
        },
    );
}

/// RFC 4343: names are compared case-insensitively.
#[test]
fn alias_and_record_in_different_case_match() {
    succeeds_with(|query| {
        let response = query.response().cname(&query.name, "D1.Cdn.Example");
        vec![if query.kind == Kind::A { response.a("d1.cdn.example", ROUTER) } else { response }]
    });
}

#[test]
fn question_in_different_case_matches() {
    succeeds_with(|query| {
        let upper = query.name.to_uppercase();
        vec![query.addresses(&[ROUTER]).with_question_for(&upper)]
    });
}

/// The order of records in a section has no meaning (RFC 1034 section 3.6).
#[test]
fn address_before_its_alias_is_found() {
    succeeds_with(|query| {
        vec![
            query
                .response()
                .a("d1.cdn.example", ROUTER)
                .cname("alias.example", "d1.cdn.example")
                .cname(&query.name, "alias.example"),
        ]
    });
}

/// RFC 1034 section 5.3.3 step 4c: the resolver asks for the alias.
#[test]
fn alias_alone_is_followed() {
    succeeds_with(|query| {
        vec![if query.name == "d1.cdn.example" {
            query.addresses(&[ROUTER])
        } else {
            query.response().cname(&query.name, "d1.cdn.example")
        }]
    });
}

/// A name of an alias that arrives alone has the same bound as a host's, because it is stored in the same place.
#[test]
fn alias_of_130_characters_is_followed_and_a_longer_one_is_not() {
    let longest = format!("{}.{}.test", "a".repeat(62), "b".repeat(62));
    assert_eq!(longest.len(), 130);
    let answer = |alias: String| {
        move |query: &Query| {
            vec![if query.name == alias {
                query.addresses(&[ROUTER])
            } else {
                query.response().cname(&query.name, &alias)
            }]
        }
    };
    succeeds_with(answer(longest.clone()));
    fails_with(NameLookupError::ServerFailure, answer(format!("c{longest}")));
}

/// `n0` is the host's alias, `n1` that of `n0`, and so on. `last` has the address.
fn chain(query: &Query, last: usize) -> Response {
    let mut response = query.response().cname(&query.name, "n0");
    for index in 1..=last {
        response = response.cname(&format!("n{}", index - 1), &format!("n{index}"));
    }
    response.a(&format!("n{last}"), ROUTER)
}

#[test]
fn nine_aliases_are_followed_and_ten_are_not() {
    succeeds_with(|query| vec![chain(query, 8)]);
    fails_with(NameLookupError::TooManyAliases, |query| vec![chain(query, 9)]);
}

/// A loop is an alias without end.
#[test]
fn alias_loop_ends() {
    fails_with(NameLookupError::TooManyAliases, |query| {
        vec![query.response().cname(&query.name, "n0").cname("n0", "n1").cname("n1", "n0")]
    });
}

#[test]
fn eight_addresses_are_used() {
    with_servers(
        // Each address that does not answer takes its share of the deadline.
        Setup { timeout: Duration::from_secs(30), ..Setup::default() },
        &DNS_SERVERS[..1],
        |_| {},
        async |device| {
            let _server = DnsServer::start(DNS_SERVERS[0], |query| {
                let dead = (201..208).map(|last| Ipv4Addr::new(10, 97, 0, last));
                vec![query.addresses(&dead.chain([ROUTER]).collect::<Vec<_>>())]
            });
            device.client.token(&mut [0; 1024]).await.expect("the eighth address answers");
        },
    );
}

/// The complete records of a truncated response are valid.
#[test]
fn truncated_response_is_used() {
    succeeds_with(|query| {
        let long = "a-label-that-fills-the-response.example";
        let response = query.addresses(&[ROUTER]).truncated();
        vec![(0..12).fold(response, |response, _| response.a(long, ROUTER))]
    });
    fails_with(NameLookupError::Truncated, |query| vec![query.response().truncated()]);
}

/// A server that limits its rate sends empty responses that are truncated. Another one may answer.
#[test]
fn second_server_is_asked_when_the_response_of_the_first_is_truncated() {
    with_servers(
        Setup::default(),
        &DNS_SERVERS,
        |_| {},
        async |device| {
            let _limiting = DnsServer::start(DNS_SERVERS[0], |query| vec![query.response().truncated()]);
            let _server = DnsServer::with_addresses(DNS_SERVERS[1], &[ROUTER]);
            device.client.token(&mut [0; 1024]).await.expect("a token");
        },
    );
}

/// Nothing of a malformed response is used, not even with the answer of another server.
#[test]
fn addresses_of_a_malformed_response_are_not_used() {
    with_servers(
        Setup::default(),
        &DNS_SERVERS,
        |_| {},
        async |device| {
            let _malformed =
                DnsServer::start(DNS_SERVERS[0], |query| vec![query.addresses(&[ROUTER]).malformed()]);
            let _server = DnsServer::start(DNS_SERVERS[1], |query| vec![query.response().code(3)]);
            let error = device.client.token(&mut [0; 1024]).await.expect_err("no address is found");
            assert_eq!(lookup_error(&error), NameLookupError::NotFound);
        },
    );
}

/// RFC 5452 section 9.1: anything else may be forged.
#[test]
fn responses_that_do_not_match_are_ignored() {
    succeeds_with(|query| {
        vec![
            query.addresses(&[DEAD]).with_other_id(),
            query.addresses(&[DEAD]).with_question_for("other.sandbox.test"),
            query.addresses(&[ROUTER]),
        ]
    });
}

/// RFC 5452 section 9.2: a forger has to guess both.
#[test]
fn ids_and_ports_differ_between_lookups() {
    with_servers(
        Setup::default(),
        &DNS_SERVERS[..1],
        |_| {},
        async |device| {
            let server = DnsServer::start(DNS_SERVERS[0], |query| vec![query.addresses(&[ROUTER])]);
            device.client.token(&mut [0; 1024]).await.expect("a token");
            device.client.verify(&mut [0; 2048]).await.expect("a response");
            let queries = server.queries();
            let first = queries.first().expect("a query");
            assert!(queries.iter().any(|query| (query.id(), query.port()) != (first.id(), first.port())));
        },
    );
}

/// RFC 1035 section 3.2.1: a record is valid for its TTL, and with zero for the transaction in progress.
#[test]
fn addresses_are_cached_for_their_ttl() {
    for (ttl, lookups) in [(60, 1), (0, 2)] {
        with_servers(
            Setup::default(),
            &DNS_SERVERS[..1],
            |_| {},
            async |device| {
                let server = DnsServer::start(DNS_SERVERS[0], move |query| {
                    vec![query.response().ttl(ttl).a(&query.name, ROUTER)]
                });
                let mut body = [0; 2048];
                device.client.verify(&mut body).await.expect("a response");
                device.sandbox.close_idle_connections();
                embassy_time::Timer::after_millis(200).await;
                device.client.verify(&mut body).await.expect("a response");
                assert_eq!(device.sandbox.connections().len(), 3, "two connections to the API host");
                let queries = server.queries();
                let api = queries.iter().filter(|query| query.name == "api.sandbox.test").count();
                assert_eq!(api, lookups, "TTL {ttl}");
            },
        );
    }
}

/// A host that has moved is found although its old address is cached.
#[test]
fn cached_addresses_are_discarded_when_the_connection_fails() {
    static LOOKUPS: AtomicUsize = AtomicUsize::new(0);
    let setup = Setup { timeout: Duration::from_secs(2), ..Setup::default() };
    with_servers(
        setup,
        &DNS_SERVERS[..1],
        |_| {},
        async |device| {
            let _server = DnsServer::start(DNS_SERVERS[0], |query| {
                let first = LOOKUPS.fetch_add(1, Ordering::Relaxed) == 0;
                vec![query.response().ttl(3600).a(&query.name, if first { DEAD } else { ROUTER })]
            });
            device.client.token(&mut [0; 1024]).await.expect_err("the old address does not answer");
            while device.client.token(&mut [0; 1024]).await.is_err() {
                embassy_time::Timer::after_millis(20).await;
            }
        },
    );
}

#[test]
fn network_without_dns_server_is_reported() {
    with_servers(
        Setup::default(),
        &[],
        |_| {},
        async |device| {
            let error = device.client.token(&mut [0; 1024]).await.expect_err("there is no server");
            assert_eq!(lookup_error(&error), NameLookupError::NoServer);
        },
    );
}

#[test]
fn time_servers_are_looked_up_in_the_same_way() {
    let adjust = |settings: &mut Settings<'_>| {
        settings.time_servers = &["time.sandbox.test"];
        settings.time_port = TIME_PORT;
    };
    with_servers(
        Setup { clock: false, ..Setup::default() },
        &[DEAD, DNS_SERVERS[0]],
        adjust,
        async |device| {
            let _server = DnsServer::start(DNS_SERVERS[0], |query| {
                let is_time = query.name == "time.sandbox.test";
                vec![query.addresses(&[if is_time { NEIGHBOURS[0] } else { ROUTER }])]
            });
            let _time = TimeServer::ahead(NEIGHBOURS[0], 0);
            device.client.token(&mut [0; 1024]).await.expect("a token");
        },
    );
}

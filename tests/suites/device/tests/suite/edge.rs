//! The client over factories of edge-nal's traits: those of edge-nal-std, which are this host's own sockets.

use std::cell::Cell;
use std::io;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use edge_nal::TcpConnect;
use edge_nal_std::{Stack, TcpSocket};
use embassy_time::{Duration, Timer};
use embedded_io_async::ErrorKind;
use futures_lite::future::{block_on, or, pending};
use genesys_token_device::{DNS_SERVERS, NEIGHBOURS, ROUTER, Setup, Site, TIME_PORT, TimeServer, unix_time};
use genesys_token_embassy::core::settings::Endpoint;
use genesys_token_embassy::network::{ConstantInterface, EdgeNetwork};
use genesys_token_embassy::tls::{Tls13, TrustAnchor};
use genesys_token_embassy::{
    ApiRequest, Method, Settings, SmallMemory, StaticCredentials, TokenClient, TokenErrorKind,
    TransportErrorKind,
};
use genesys_token_sandbox::{DEMO_CLIENT_ID, DEMO_CLIENT_SECRET, Sandbox};
use rand_core::{OsRng, RngCore as _};

/// Runs a client in a network of its own, over sockets of the host with these DNS servers.
fn on_host(
    dns_servers: &[IpAddr],
    adjust: impl FnOnce(&mut Settings<'_>) + Send,
    work: impl AsyncFnOnce(TokenClient<'_>, &Sandbox) + Send,
) {
    on_host_over(Stack::new(), &[], dns_servers, adjust, work);
}

/// As [`on_host`], with another factory of TCP sockets and arguments for dnsmasq.
fn on_host_over(
    tcp: impl TcpConnect + Send,
    dnsmasq: &[&str],
    dns_servers: &[IpAddr],
    adjust: impl FnOnce(&mut Settings<'_>) + Send,
    work: impl AsyncFnOnce(TokenClient<'_>, &Sandbox) + Send,
) {
    Site::run_with(dnsmasq, |_| {
        let sandbox = Sandbox::builder().address(Ipv6Addr::UNSPECIFIED).start_blocking().expect("a sandbox");
        let root = sandbox.root_der();
        let root = root.as_slice().into();
        let anchors: [TrustAnchor<'_>; 1] = [webpki::anchor_from_trusted_cert(&root).expect("a root")];
        let setup = Setup::default();
        let mut settings = Settings::new(setup.endpoint(&sandbox), OsRng.next_u32());
        settings.anchors = &anchors;
        settings.total_timeout = setup.timeout;
        adjust(&mut settings);

        let interface = ConstantInterface { dns_servers, has_ipv4: true, has_ipv6: true };
        let network = EdgeNetwork::new(tcp, Stack::new(), interface);
        let credentials = StaticCredentials::new(DEMO_CLIENT_ID, DEMO_CLIENT_SECRET);
        let mut memory = Box::new(SmallMemory::new());
        let (client, mut runner) =
            genesys_token_embassy::new(network, settings, Tls13::new(OsRng), credentials, &mut memory);
        block_on(or(work(client, &sandbox), async {
            runner.run().await;
            pending::<()>().await;
        }));
    });
}

/// As [`on_host`], with a clock that is right and dnsmasq for names.
fn with_clock(work: impl AsyncFnOnce(TokenClient<'_>, &Sandbox) + Send) {
    on_host(
        &[ROUTER.into()],
        |_| {},
        async |client, sandbox| {
            client.set_unix_time(unix_time()).expect("this host's clock is right");
            work(client, sandbox).await;
        },
    );
}

#[test]
fn names_time_token_and_calls_need_no_embassy_net() {
    let adjust = |settings: &mut Settings<'_>| {
        settings.time_servers = &["10.97.0.2"];
        settings.time_port = TIME_PORT;
    };
    on_host(&[ROUTER.into()], adjust, async |client, sandbox| {
        let _server = TimeServer::ahead(NEIGHBOURS[0], 0);
        client.token(&mut [0; 1024]).await.expect("a token");
        let mut body = vec![0; 8192];
        let sent: Vec<u8> = (0..6000_u32).map(|index| b'a' + (index % 23) as u8).collect();
        let request = ApiRequest::new(Method::Post, "/api/v2/echo").body("text/plain", &sent);
        let response = client.api(&request, &mut body).await.expect("a response");
        assert!(response.body() == sent, "{} bytes came back", response.body().len());
        let response = client.verify(&mut body).await.expect("a response");
        assert_eq!(response.status(), 200);
        assert_eq!(sandbox.connections().len(), 2, "one to each host");
    });
}

/// A POST is not sent on a connection that the peer has closed: it could not be repeated.
#[test]
fn connection_that_the_peer_closed_is_not_used_again() {
    with_clock(async |client, sandbox| {
        let mut body = [0; 2048];
        for connections in 2..5 {
            let request = ApiRequest::new(Method::Post, "/api/v2/echo").body("text/plain", b"once");
            client.api(&request, &mut body).await.expect("a response");
            assert_eq!(sandbox.connections().len(), connections);
            sandbox.close_idle_connections();
            Timer::after_millis(200).await;
        }
    });
}

#[test]
fn dns_server_that_does_not_answer_is_passed_over() {
    let servers = [DNS_SERVERS[0].into(), ROUTER.into()];
    on_host(
        &servers,
        |_| {},
        async |client, _| {
            client.set_unix_time(unix_time()).expect("this host's clock is right");
            client.token(&mut [0; 1024]).await.expect("a token");
        },
    );
}

#[test]
fn refused_connection_is_reported_as_such() {
    let adjust = |settings: &mut Settings<'_>| {
        // Nothing listens there.
        settings.endpoint =
            Endpoint::explicit("login.sandbox.test", 1, Endpoint::TOKEN_PATH).expect("an endpoint");
        settings.total_timeout = Duration::from_secs(20);
    };
    on_host(&[ROUTER.into()], adjust, async |client, _| {
        client.set_unix_time(unix_time()).expect("this host's clock is right");
        let error = client.token(&mut [0; 1024]).await.expect_err("nothing listens there");
        let TokenErrorKind::Transport(error) = error.kind() else { panic!("{error:?}") };
        assert_eq!(*error.kind(), TransportErrorKind::Connect(ErrorKind::ConnectionRefused));
        assert!(error.to_string().contains("refused the connection"), "{error}");
    });
}

/// Factories of the host's sockets that have this many connections in establishment at most.
struct Bounded {
    most: usize,
    open: Cell<usize>,
    most_open: Cell<usize>,
}

impl Bounded {
    fn new(most: usize) -> Self {
        Self { most, open: Cell::new(0), most_open: Cell::new(0) }
    }
}

impl TcpConnect for &mut Bounded {
    type Error = io::Error;
    type Socket<'a>
        = TcpSocket
    where
        Self: 'a;

    async fn connect(&self, server: SocketAddr) -> io::Result<TcpSocket> {
        struct Open<'c>(&'c Cell<usize>);
        impl Drop for Open<'_> {
            fn drop(&mut self) {
                self.0.set(self.0.get() - 1);
            }
        }
        if self.open.get() == self.most {
            return Err(io::ErrorKind::OutOfMemory.into());
        }
        self.open.set(self.open.get() + 1);
        let open = Open(&self.open);
        self.most_open.set(self.most_open.get().max(self.open.get()));
        let socket = Stack::new().connect(server).await;
        drop(open);
        socket
    }
}

/// Obtains a token from a host whose first address, of IPv6, does not answer. Returns the most connections in establishment at a time.
fn most_at_a_time(most: usize) -> usize {
    let mut factory = Bounded::new(most);
    let names = ["--address=/login.sandbox.test/fd97::201", "--address=/login.sandbox.test/10.97.0.1"];
    on_host_over(
        &mut factory,
        &names,
        &[ROUTER.into()],
        |_| {},
        async |client, _| {
            client.set_unix_time(unix_time()).expect("this host's clock is right");
            client.token(&mut [0; 1024]).await.expect("a token");
        },
    );
    factory.most_open.get()
}

#[test]
fn attempts_to_connect_overlap() {
    assert_eq!(most_at_a_time(3), 2);
}

#[test]
fn factory_with_one_socket_takes_turns() {
    assert_eq!(most_at_a_time(1), 1);
}

//! What the images do.

use core::convert::identity;
use core::hint::black_box;

use edge_nal_embassy::{Tcp, TcpBuffers, Udp, UdpBuffers};
use embassy_net::Stack;
use embassy_net::tcp::client::{TcpClient, TcpClientState};
use embedded_io_async::{Read as _, Write as _};
use embedded_nal_async::{AddrType, Dns as _, TcpConnect as _};
use genesys_token_embassy::nal::{NameLookup, TlsConnector};
use genesys_token_embassy::network::{ConstantInterface, EdgeNetwork};
use genesys_token_embassy::tls::{Expected, Tls13, Workspace, anchors};
use genesys_token_embassy::{ApiResponse, TokenClient, TokenInfo};
use heapless::String;

use crate::device::{Counter, in_static_memory, run};

/// A token, and a call: the baseline.
async fn call(client: TokenClient<'static>) -> bool {
    let mut body = [0; 2048];
    let token = client.token(&mut [0; 1024]).await.is_ok_and(|token| !black_box(token.expose()).is_empty());
    token && client.verify(&mut body).await.is_ok_and(|response| !black_box(response.body()).is_empty())
}

/// A client that obtains a token and makes a call.
pub fn calls() {
    run(identity, async |client, _| call(client).await);
}

/// The same, with the token as a string.
pub fn strings() {
    run(identity, async |client, _| {
        let mut body = [0; 2048];
        let token = client.token(&mut [0; 1024]).await.is_ok_and(|token| {
            let string: Result<String<512>, _> = token.expose_string();
            string.is_ok_and(|string| !black_box(string.as_str()).is_empty())
        });
        token && client.verify(&mut body).await.is_ok_and(|response| !black_box(response.body()).is_empty())
    });
}

/// The same, with the response as a value.
pub fn json() {
    run(identity, async |client, _| {
        let mut body = [0; 2048];
        let token =
            client.token(&mut [0; 1024]).await.is_ok_and(|token| !black_box(token.expose()).is_empty());
        token && client.verify(&mut body).await.is_ok_and(is_described)
    });
}

/// In a stack frame of its own: the value has kilobytes.
#[inline(never)]
fn is_described(response: ApiResponse<'_>) -> bool {
    let info: Result<TokenInfo, _> = response.json();
    info.is_ok_and(|info| !black_box(&info).organization.id.is_empty())
}

/// The same, over edge-nal's factories.
pub fn edge() {
    let tcp = in_static_memory!(TcpBuffers<1, 1024, 2048>, TcpBuffers::new());
    let udp = in_static_memory!(UdpBuffers<1, 512, 512, 2>, UdpBuffers::new());
    let interface = ConstantInterface { dns_servers: &[], has_ipv4: true, has_ipv6: false };
    run(
        |stack| EdgeNetwork::new(Tcp::new(stack, tcp), Udp::new(stack, udp), interface),
        async |client, _| call(client).await,
    );
}

/// The same, and a verified connection to another server.
pub fn connections() {
    run(identity, async |client, stack| call(client).await && converse(stack).await);
}

async fn converse(stack: Stack<'static>) -> bool {
    let workspace = in_static_memory!(Workspace, Workspace::new());
    let tcp = in_static_memory!(TcpClientState<1, 1024, 2048>, TcpClientState::new());
    let Ok(expected) = Expected::new("broker.example", &anchors::SERVICE) else { return false };
    let names = NameLookup::new(stack, 1);
    let Ok(address) = names.get_host_by_name("broker.example", AddrType::Either).await else { return false };
    let unix_time = || black_box(Some(1_790_000_000));
    let connector =
        TlsConnector::new(TcpClient::new(stack, tcp), Tls13::new(Counter(2)), workspace, expected, unix_time);
    let Ok(mut connection) = connector.connect((address, 8883).into()).await else { return false };
    let mut bytes = [0; 64];
    connection.write_all(b"hello").await.is_ok()
        && connection.flush().await.is_ok()
        && connection.read(&mut bytes).await.is_ok_and(|count| black_box(count) > 0)
}

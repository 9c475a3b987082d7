//! Runs the peers by hand: prints their addresses and stops them at the first line, or the end, of standard input.
#![forbid(unsafe_code)]

use std::io::{self, Write};

use genesys_token_interop::{
    CHECK_PATH, CHUNKED_TOKEN_PATH, OauthOptions, OauthServer, Proxy, ProxyAuth, ProxyKind, REVOCATION_PATH,
    TOKEN_PATH,
};

fn main() -> Result<(), Box<dyn core::error::Error>> {
    let server = OauthServer::start(&OauthOptions::default())?;
    let mut out = io::stdout().lock();
    let origin = format!("https://localhost:{}", server.https_port());
    writeln!(out, "token {origin}{TOKEN_PATH}")?;
    writeln!(out, "token-chunked {origin}{CHUNKED_TOKEN_PATH}")?;
    writeln!(out, "revocation {origin}{REVOCATION_PATH}")?;
    writeln!(out, "protected {origin}{CHECK_PATH}")?;
    writeln!(out, "clear-text http://127.0.0.1:{}/token", server.http_port())?;
    writeln!(out, "root {}", server.root_pem_file().display())?;
    let mut proxies = Vec::new();
    for kind in ProxyKind::ALL {
        for auth in [ProxyAuth::None, ProxyAuth::Basic] {
            let proxy = Proxy::start(kind, auth)?;
            writeln!(out, "proxy {}", proxy.url())?;
            proxies.push(proxy);
        }
    }
    writeln!(out, "clients: tests/support/interop/server/clients.json; press Enter to stop")?;
    out.flush()?;
    io::stdin().read_line(&mut String::new())?;
    Ok(())
}

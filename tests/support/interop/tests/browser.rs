//! The sandbox's consent page in Chromium: the authorization code flow with PKCE as a person takes it.

use core::error::Error;
use core::time::Duration;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::sync::mpsc;
use std::thread;

use genesys_token_interop::Browser;
use genesys_token_sandbox::{Client, DEMO_CODE_CLIENT_ID, GrantType, Sandbox};

type Outcome = Result<(), Box<dyn Error>>;

/// The code challenge of RFC 7636, appendix B.
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// Returns an application that waits for the redirect: returns its URI and a channel with the target of the first callback.
fn application() -> Result<(String, mpsc::Receiver<String>), Box<dyn Error>> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let uri = format!("http://localhost:{}/callback", listener.local_addr()?.port());
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        for connection in listener.incoming().flatten() {
            let mut line = String::new();
            let mut reader = BufReader::new(&connection);
            if reader.read_line(&mut line).is_err() {
                continue;
            }
            let target = line.split(' ').nth(1).unwrap_or_default().to_owned();
            let page = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 4\r\nConnection: close\r\n\r\nDone";
            let _ = (&connection).write_all(page.as_bytes());
            if target.starts_with("/callback") && sender.send(target).is_err() {
                break;
            }
        }
    });
    Ok((uri, receiver))
}

#[test]
fn consent_is_given_and_denied_in_chromium() -> Outcome {
    let mut client = Client::new(DEMO_CODE_CLIENT_ID, "secret")
        .for_grants([GrantType::Code])
        .with_scope(&["users:readonly"]);
    client.name = "Demo & <Test>".into();
    let sandbox = Sandbox::builder().client(client).start_blocking()?;
    let (callback, redirects) = application()?;
    let mut browser = Browser::start(&sandbox.root_pem())?;
    let url = format!(
        "{}/oauth/authorize?response_type=code&client_id={DEMO_CODE_CLIENT_ID}&redirect_uri={}&state=a%26b%3Dc\
         &code_challenge={CHALLENGE}&code_challenge_method=S256",
        sandbox.login_url(),
        callback.replace(':', "%3A").replace('/', "%2F"),
    );
    for (decision, expected) in [("allow", "/callback?code="), ("deny", "/callback?error=access_denied")] {
        browser.open(&url)?;
        let text = browser.evaluate("document.querySelector('p').innerText")?;
        assert_eq!(text, "Demo & <Test> requests access to users:readonly.");
        browser.evaluate(&format!("document.querySelector('button[value={decision}]').click()"))?;
        let target = redirects.recv_timeout(Duration::from_secs(60))?;
        assert!(target.starts_with(expected), "{target}");
        assert!(target.ends_with("&state=a%26b%3Dc"), "{target}");
    }
    Ok(())
}

/// The page is reachable only over a trusted certificate: the test above does not pass because the browser verifies nothing.
#[test]
fn chromium_rejects_a_sandbox_that_it_does_not_trust() -> Outcome {
    let (sandbox, other) = (Sandbox::builder().start_blocking()?, Sandbox::builder().start_blocking()?);
    let mut browser = Browser::start(&other.root_pem())?;
    let error =
        browser.open(&format!("{}/oauth/authorize", sandbox.login_url())).err().ok_or("it was opened")?;
    assert!(error.to_string().contains("ERR_CERT_AUTHORITY_INVALID"), "{error}");
    Ok(())
}

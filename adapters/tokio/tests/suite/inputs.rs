//! What the caller gives is repeated in no error, whatever is wrong with it: texts of dependencies quote their input.
//!
//! Of a file its name is shown, of a variable its name, of JSON line and column.

use std::fmt::{Debug, Display};
use std::path::PathBuf;

use genesys_token_sandbox::{Host, Response, Sandbox};
use genesys_token_tokio::core::settings::{ClientId, ClientSecret, Scope};
use genesys_token_tokio::{
    ApiRequest, BrokerAddress, CredentialSource, Credentials, Dotenv, FileCredentials, Proxy, SecretString,
    TokenClient,
};

use crate::fixture::{builder, client, demo, endpoint, sandbox};

/// Begins every secret. In Base64 it is the content of a PEM section.
const SECRET: &str = "SENTINEL0123456789SENTINEL0123456789SENTINEL0123456789";

/// Panics if the error shows a part of the secret, as text or as bytes.
fn hidden<T, E: Display + Debug>(what: &str, outcome: Result<T, E>) {
    let Err(error) = outcome else { panic!("{what}: no error") };
    let shown = format!("{error}\n{error:?}");
    let bytes = format!("{:?}", &SECRET.as_bytes()[..8]);
    for part in ["SENTINEL", bytes.trim_matches(['[', ']'])] {
        assert!(!shown.contains(part), "{what}: {shown}");
    }
}

struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        let path = std::env::temp_dir().join(format!("genesys-token-inputs-{}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn file(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.0.join(name);
        std::fs::write(&path, content).unwrap();
        path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

#[test]
fn values() {
    hidden("client id", <ClientId>::new(&format!("{SECRET}\n")));
    hidden("client secret", <ClientSecret>::new(&format!("{SECRET}\u{7f}")));
    hidden("long client secret", <ClientSecret>::new(&SECRET.repeat(100)));
    hidden("credentials", Credentials::new(&format!("{SECRET}\0"), SECRET));
    hidden("scope", <Scope>::new(&format!("\"{SECRET}\"")));
    for url in [
        "ftp://user:@host",
        "http://user:@ho st",
        "http://user:@host:99999",
        "https://user:@host",
        "http://user:@",
    ] {
        hidden(url, Proxy::new(&url.replace("user:", &format!("user:{SECRET}"))));
    }
    for address in ["http://user:@host", "ftp://user:@host", "https://user:@host:99999"] {
        hidden(address, address.replace("user:", &format!("user:{SECRET}")).parse::<BrokerAddress>());
    }
}

/// Certificates and keys in one file are common: a CA file that is not PEM may hold a key.
#[tokio::test]
async fn trust_anchors() {
    let folder = Folder::new();
    let sandbox = sandbox().await;
    let begin = "-----BEGIN CERTIFICATE-----";
    let end = "-----END CERTIFICATE-----";
    let key = format!("-----BEGIN PRIVATE KEY-----\n{SECRET}\n-----END PRIVATE KEY-----\n");
    for (what, content) in [
        ("text", SECRET.to_owned()),
        ("one line", format!("{begin}{SECRET}{end}")),
        ("no certificate", format!("{begin}\n{SECRET}\n{end}\n")),
        ("no end", format!("{begin}\n{SECRET}\n")),
        ("another end", format!("{begin}\n{SECRET}\n-----END {SECRET}-----\n")),
        ("not Base64", format!("{begin}\n!{SECRET}!\n{end}\n")),
        ("a key", key.clone()),
        ("a key and half a certificate", format!("{key}{begin}\n{SECRET}\n")),
        ("an unknown section", format!("-----BEGIN {SECRET}-----\n{SECRET}\n-----END {SECRET}-----\n")),
    ] {
        let builder = || TokenClient::builder(endpoint(&sandbox, "localhost")).credentials(demo());
        hidden(what, builder().extra_roots_pem(content.clone()).build());
        hidden(what, builder().extra_roots_file(folder.file("ca.pem", &content)).build());
    }
}

#[tokio::test]
async fn files_of_credentials() {
    let folder = Folder::new();
    let id = || ClientId::new("2f0c6b7e-6c0d-4a7b-9a59-1c3d5e7f9021").unwrap();
    for (what, content) in [
        ("two lines", format!("{SECRET}\n{SECRET}\n").into_bytes()),
        ("a control character", format!("{SECRET}\u{1b}").into_bytes()),
        ("not UTF-8", [SECRET.as_bytes(), &[0xff]].concat()),
        ("UTF-16", SECRET.encode_utf16().flat_map(u16::to_le_bytes).collect()),
        ("too long", SECRET.repeat(10_000).into_bytes()),
    ] {
        let file = folder.file("secret", content);
        hidden(what, FileCredentials::with_id(id(), &file).credentials().await);
        hidden(what, FileCredentials::new(&file, &file).credentials().await);
    }
    for line in ["A=\"{}", "A='{}", "{}", "A B={}", "A=\"{}\"x", "export {}"] {
        let file = folder.file("env", line.replace("{}", &format!("{SECRET} {SECRET}")));
        hidden(
            line,
            Dotenv::read(&file).and_then(|_| {
                Err(genesys_token_tokio::CredentialError::NoCredentialsDirectory) as Result<(), _>
            }),
        );
    }
}

#[cfg(all(feature = "command", unix))]
#[tokio::test]
async fn output_of_a_command() {
    let command = |script: &str| {
        let script = script.replace("{}", SECRET);
        genesys_token_tokio::CommandCredentials::new("/bin/sh").args(["-c", script.as_str()])
    };
    for script in [
        "echo '{'; echo {}",
        "echo '{\"client_id\":\"{}\",\"client_secret\":{}}'",
        "echo '{\"client_secret\":\"{}\"'",
        "echo '[\"{}\"]'",
        "echo '{\"client_id\":1,\"client_secret\":\"{}\"}'",
        "printf '{}\\377\\n{}'",
        "echo {}; echo {} >&2; exit 1",
    ] {
        hidden(script, command(script).credentials().await);
    }
}

/// What is wrong with a request is found before it is sent.
#[tokio::test]
async fn requests_and_responses() {
    let sandbox = sandbox().await;
    let client = client(&sandbox);
    for request in [
        ApiRequest::get(SECRET),
        ApiRequest::get(&format!("/{SECRET} {SECRET}")),
        ApiRequest::get("/x").header(format!("{SECRET} x").as_str(), "x"),
        ApiRequest::get("/x").header("x", format!("{SECRET}\n")),
    ] {
        hidden("request", client.api(request).await);
    }
    let token = SecretString::new(&format!("Bearer {SECRET}\n"));
    hidden("access token", client.api_with(&token, ApiRequest::get("/x")).await);
    responses(&sandbox, &client).await;
}

async fn responses(sandbox: &Sandbox, client: &TokenClient) {
    let token = format!(r#"{{"access_token":"{SECRET}\u0001","token_type":"bearer"}}"#);
    let texts = [SECRET.to_owned(), format!("{{\"{SECRET}\":"), format!("[\"{SECRET}\"]"), token];
    for text in texts {
        sandbox.script(Host::Login, Response::new(200).json(text.clone()));
        hidden("response", builder(sandbox).build().unwrap().token().await);
        #[cfg(feature = "api-types")]
        {
            sandbox.script(Host::Api, Response::new(200).json(text));
            let response = client.api(ApiRequest::get("/x")).await.unwrap();
            hidden("JSON of a response", response.json::<Vec<u8>>());
        }
    }
    let body = [SECRET.as_bytes(), &[0xff]].concat();
    sandbox.script(Host::Api, Response::new(200).body("text/plain", body));
    hidden("text of a response", client.api(ApiRequest::get("/x")).await.unwrap().text());
    #[cfg(feature = "stream")]
    for link in [format!("https://evil.test/{SECRET}"), format!("/{SECRET} x"), SECRET.to_owned()] {
        sandbox.script(Host::Api, Response::new(200).json(format!(r#"{{"nextUri":"{link}"}}"#)));
        let mut pages = client.pages(ApiRequest::get("/x"));
        pages.next_page().await.unwrap().unwrap();
        hidden("link of a page", pages.next_page().await.unwrap());
    }
}

//! The programs of the sandbox's README, each with the real package.

use core::error::Error;

use genesys_token_interop::{Language, examples};
use genesys_token_sandbox::{BasicDecoding, Client, DEMO_CLIENT_ID, DEMO_CLIENT_SECRET, Host, Sandbox};

type Outcome = Result<(), Box<dyn Error>>;

const README: &str = include_str!("../../sandbox/README.md");
const SECTION: &str = "Offline with the official SDKs and other clients";
const CLIENTS: [&str; 8] = [
    "PureCloudPlatformClientV2 (Python)",
    "purecloud-platform-client-v2 (JavaScript)",
    "requests-oauthlib",
    "Authlib",
    "simple-oauth2",
    "openid-client",
    "golang.org/x/oauth2 (Go)",
    "curl",
];

/// A sandbox on one port and the variables that its program prints.
struct OnePort {
    sandbox: Sandbox,
    ca_file: tempfile::NamedTempFile,
}

impl OnePort {
    fn start(decoding: BasicDecoding) -> Result<Self, Box<dyn Error>> {
        let client = Client::demo().with_permissions(&["directory:user:view"]);
        let sandbox =
            Sandbox::builder().one_port(0).basic_decoding(decoding).client(client).start_blocking()?;
        let ca_file = tempfile::NamedTempFile::new()?;
        sandbox.write_root_pem(ca_file.path())?;
        Ok(Self { sandbox, ca_file })
    }

    /// Runs a README example: `sh` blocks before the last block are its setup.
    fn run(&self, blocks: &[(String, String)]) -> Result<String, Box<dyn Error>> {
        let (last, setup) = blocks.split_last().ok_or("an example without a program")?;
        let language = match last.0.as_str() {
            "python" => Language::Python,
            "javascript" => Language::JavaScript,
            "go" => Language::Go,
            "sh" => Language::Shell,
            other => return Err(format!("no interpreter for {other}").into()),
        };
        let setup: String = setup.iter().map(|(_, lines)| lines.as_str()).collect();
        let environment = [
            ("GENESYS_LOGIN_URL", self.sandbox.login_url()),
            ("GENESYS_API_URL", self.sandbox.api_url()),
            ("GENESYS_CA_FILE", self.ca_file.path().to_string_lossy().into_owned()),
            ("GENESYS_CLIENT_ID", DEMO_CLIENT_ID.into()),
            ("GENESYS_CLIENT_SECRET", DEMO_CLIENT_SECRET.into()),
        ];
        let environment: Vec<_> = environment.iter().map(|(name, value)| (*name, value.as_str())).collect();
        Ok(language.run(&setup, &last.1, &environment)?)
    }
}

#[test]
fn every_example_obtains_a_token_and_calls_the_api() -> Outcome {
    let examples = examples(README, SECTION);
    let titles: Vec<_> = examples.iter().map(|(title, _)| title.as_str()).collect();
    assert_eq!(titles, CLIENTS);
    let service = OnePort::start(BasicDecoding::Literal)?;
    for (title, blocks) in &examples {
        service.sandbox.clear_record();
        let output = service.run(blocks).map_err(|error| format!("{title}: {error}"))?;
        assert_eq!(output, "60 users\n", "{title}");
        // The program's two requests and no other.
        let seen: Vec<_> =
            service.sandbox.record().iter().map(|request| (request.host, request.status)).collect();
        assert_eq!(seen, [(Host::Login, Some(200)), (Host::Api, Some(200))], "{title}");
    }
    Ok(())
}

/// openid-client percent-encodes the hyphens of a GUID in Basic credentials, which a literal reader does not know.
#[test]
fn form_encoded_basic_credentials_need_the_switch() -> Outcome {
    let examples = examples(README, SECTION);
    let (_, blocks) = examples.into_iter().find(|(title, _)| title == "openid-client").ok_or("no example")?;
    let with_basic: Vec<_> = blocks
        .into_iter()
        .map(|(language, program)| (language, program.replace("ClientSecretPost", "ClientSecretBasic")))
        .collect();
    let decoding = OnePort::start(BasicDecoding::FormEncoded)?;
    assert_eq!(decoding.run(&with_basic)?, "60 users\n");
    let literal = OnePort::start(BasicDecoding::Literal)?;
    assert!(literal.run(&with_basic).is_err());
    let record = literal.sandbox.record();
    let hint = record.first().and_then(|request| request.hint.as_deref()).unwrap_or_default();
    assert!(hint.contains("--basic-auth form-encoded"), "{hint}");
    Ok(())
}

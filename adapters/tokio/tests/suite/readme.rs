//! The example of the project's README: its code is the example's, and its output is what the example prints.

use std::process::Command;

use genesys_token_sandbox::{DEMO_CLIENT_ID, DEMO_CLIENT_SECRET, Sandbox};

const README: &str = include_str!("../../../../README.md");
const EXAMPLE: &str = include_str!("../../examples/organization.rs");

/// Returns the content of the first fenced block of this language.
fn block(language: &str) -> &'static str {
    let (_, rest) = README.split_once(&format!("```{language}\n")).expect("the README has such a block");
    rest.split_once("```").expect("the block ends").0
}

fn example(environment: &[(&str, &str)]) -> (String, String) {
    // Which form of an example a test run builds depends on its arguments; this one is the program.
    let build = ["build", "--quiet", "--package", "genesys-token-tokio", "--example", "organization"];
    let status = Command::new(env!("CARGO")).args(build).status().unwrap();
    assert!(status.success());
    // Cargo puts examples beside the folder of this test's program.
    let program = std::env::current_exe().unwrap();
    let program = program.ancestors().nth(2).unwrap().join("examples/organization");
    let output = Command::new(program).env_clear().envs(environment.iter().copied()).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (text(output.stdout), text(output.stderr))
}

#[test]
fn the_readme_shows_the_example_and_its_output() {
    let (_, code) = EXAMPLE.split_once("use genesys").unwrap();
    assert_eq!(block("rust,no_run"), format!("use genesys{code}"));

    let sandbox = Sandbox::builder().start_blocking().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let ca_file = folder.path().join("ca.pem");
    sandbox.write_root_pem(&ca_file).unwrap();
    let (login, api) = (sandbox.login_url(), sandbox.api_url());
    let environment = [
        ("GENESYS_LOGIN_URL", login.as_str()),
        ("GENESYS_API_URL", api.as_str()),
        ("GENESYS_CA_FILE", ca_file.to_str().unwrap()),
        ("GENESYS_CLIENT_ID", DEMO_CLIENT_ID),
        ("GENESYS_CLIENT_SECRET", DEMO_CLIENT_SECRET),
    ];
    assert_eq!(example(&environment), (block("json").to_owned(), String::new()));
}

#[test]
fn a_misspelt_region_is_answered_in_a_sentence() {
    let (output, error) = example(&[("GENESYS_REGION", "eu_centrl_1")]);
    assert_eq!(output, "");
    assert!(error.contains("unknown region") && error.contains("eu_central_1"), "{error}");
}

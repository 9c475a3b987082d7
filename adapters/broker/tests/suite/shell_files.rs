//! Manual pages and completion scripts, as an installation has them.

use std::process::Command;

use crate::broker::PROGRAM;

fn output(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).env_remove("BASH_ENV").output();
    let output = output.unwrap_or_else(|error| panic!("{program} cannot be run: {error}"));
    assert!(output.status.success(), "{program}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn the_manual_has_a_page_for_each_command() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path().join("new");
    output(PROGRAM, &["man", "--dir", folder.to_str().unwrap()]);
    let mut pages: Vec<_> =
        folder.read_dir().unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    pages.sort();
    let help = output(PROGRAM, &["--help"]);
    let (_, commands) = help.split_once("Commands:\n").unwrap();
    let commands = commands.lines().take_while(|line| !line.is_empty());
    let mut expected: Vec<_> = commands
        .filter_map(|line| line.split_whitespace().next())
        .filter(|name| *name != "help")
        .map(|name| format!("genesys-token-broker-{name}.8"))
        .chain(["genesys-token-broker.8".to_owned()])
        .collect();
    expected.sort();
    assert_eq!(pages, expected);
    let page = std::fs::read_to_string(folder.join("genesys-token-broker-run.8")).unwrap();
    assert!(page.contains(".TH genesys-token-broker-run 8") && page.contains("\\-\\-config"), "{page}");
}

#[test]
fn bash_completes_commands_and_options() {
    let folder = tempfile::tempdir().unwrap();
    let script = folder.path().join("script");
    std::fs::write(&script, output(PROGRAM, &["completions", "bash"])).unwrap();
    for (line, expected) in [
        ("genesys-token-broker check", "check-config"),
        ("genesys-token-broker run --con", "--config"),
        ("genesys-token-broker status --so", "--socket"),
    ] {
        // As readline calls the registered function: the command, the word, the word before it.
        let program = format!(
            "source '{}'
             COMP_WORDS=({line}); COMP_CWORD=$(( ${{#COMP_WORDS[@]}} - 1 ))
             registered=$(complete -p genesys-token-broker); registered=${{registered#*-F }}; registered=${{registered%% *}}
             $registered genesys-token-broker \"${{COMP_WORDS[COMP_CWORD]}}\" \"${{COMP_WORDS[COMP_CWORD - 1]}}\"
             printf '%s\\n' \"${{COMPREPLY[@]}}\"",
            script.display()
        );
        let offered = output("bash", &["--norc", "--noprofile", "-c", &program]);
        assert!(offered.lines().any(|word| word == expected), "{line:?}: {offered:?}");
    }
}

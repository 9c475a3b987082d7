//! `completions`: each script is sourced in its real shell, which is asked for completions of command lines.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::tool::{Tool, file};

/// A command line that ends where Tab is pressed, and a completion that must be among those offered.
const LINES: &[(&str, &str)] = &[
    ("genesys-token ge", "get"),
    ("genesys-token get --for", "--format"),
    ("genesys-token get --format c", "credential"),
    ("genesys-token get --region ca_", "ca_central_1"),
    ("genesys-token get --profile pro", "production-eu"),
    ("genesys-token profile use pro", "production-eu"),
    ("genesys-token get --ca-file READ", "README.md"),
    ("genesys-token verify --require-s", "--require-scope"),
    ("genesys-token -v get --client-sec", "--client-secret-file"),
];

fn script(shell: &str) -> PathBuf {
    file(&format!("genesys-token.{shell}"), &Tool::new(&["completions", shell]).run().output())
}

/// Returns the standard output of a program that must be installed and succeed. There is one profile, and the tool is in PATH.
fn output(program: &str, arguments: &[&str]) -> String {
    let config = file("config.toml", "[profiles.production-eu]\nregion = \"eu_central_1\"\n");
    let folder = config.with_file_name("genesys-token");
    fs::create_dir(&folder).unwrap();
    fs::rename(&config, folder.join("config.toml")).unwrap();
    let tool = Path::new(env!("CARGO_BIN_EXE_genesys-token")).parent().unwrap().to_owned();
    let others = env::var_os("PATH").unwrap_or_default();
    let path = env::join_paths([tool].into_iter().chain(env::split_paths(&others))).unwrap();

    let mut command = Command::new(program);
    command.args(arguments).env_remove("BASH_ENV").env("PATH", path);
    let output = command.env("XDG_CONFIG_HOME", folder.parent().unwrap()).output();
    let output = output.unwrap_or_else(|error| panic!("{program} cannot be run: {error}"));
    assert!(output.status.success(), "{program}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text")
}

#[test]
fn bash_completes_commands_options_and_values() {
    let script = script("bash");
    for (line, expected) in LINES {
        // As readline calls the registered function: the command, the word, the word before it.
        let program = format!(
            "source '{}'
             COMP_WORDS=({line}); COMP_CWORD=$(( ${{#COMP_WORDS[@]}} - 1 )); COMP_LINE='{line}'; COMP_POINT=${{#COMP_LINE}}
             registered=$(complete -p genesys-token); registered=${{registered#*-F }}; registered=${{registered%% *}}
             $registered genesys-token \"${{COMP_WORDS[COMP_CWORD]}}\" \"${{COMP_WORDS[COMP_CWORD - 1]}}\"
             printf '%s\\n' \"${{COMPREPLY[@]}}\"",
            script.display()
        );
        let offered = output("bash", &["--norc", "--noprofile", "-c", &program]);
        assert!(offered.lines().any(|word| word == *expected), "{line:?}: {offered:?}");
    }
}

#[test]
fn fish_completes_commands_options_and_values() {
    let script = script("fish");
    for (line, expected) in LINES {
        let program = format!("source '{}'; complete -C '{line}'", script.display());
        let offered = output("fish", &["--no-config", "-c", &program]);
        let words = offered.lines().filter_map(|line| line.split('\t').next());
        assert!(words.into_iter().any(|word| word == *expected), "{line:?}: {offered:?}");
    }
}

/// zsh computes completions in its line editor only, so an interactive shell is run in a pseudo-terminal. Keys are sent after the line editor
/// has announced that it reads them.
#[test]
fn zsh_completes_commands_options_and_values() {
    let startup = format!(
        "PS1='> '; autoload -U compinit; compinit -u -D; source '{}'
         zle-line-init() {{ print -n EDITING }}; zle -N zle-line-init",
        script("zsh").display()
    );
    let startup = file(".zshrc", &startup);
    let folder = startup.parent().expect("a folder").display();
    for (line, expected) in LINES {
        let program = format!(
            "zmodload zsh/zpty
             zpty shell 'ZDOTDIR={folder} TERM=dumb zsh -d -i'
             zpty -r -m shell text '*EDITING*'
             zpty -w -n shell $'{line}\\t'
             zpty -r -m shell text '*{expected}*'
             print -r -- \"$text\"
             zpty -d shell"
        );
        // Reading from the pseudo-terminal has no time limit of its own.
        let offered = output("timeout", &["300", "zsh", "-f", "-c", &program]);
        assert!(offered.contains(expected), "{line:?}: {offered:?}");
    }
}

/// Parsed with the grammar of tree-sitter, which editors use: there is no PowerShell in Debian.
#[test]
fn the_script_of_powershell_is_well_formed() {
    let script = Tool::new(&["completions", "powershell"]).run().output();
    // The grammar lacks calls without parentheses (about_Arrays, `.Where{ }`).
    let script =
        script.replace(".Where{", ".Where({").replace("\"$wordToComplete*\" }", "\"$wordToComplete*\" })");
    let mut parser = tree_sitter::Parser::new();
    parser.set_language(&tree_sitter_powershell::LANGUAGE.into()).expect("of this version of tree-sitter");
    let mut is_well_formed =
        |text: &str| !parser.parse(text, None).expect("no limit").root_node().has_error();
    assert!(is_well_formed(&script), "{script}");
    // A quote in a text of the help, for example.
    let damaged = script.replacen("'Obtain an", "'Obtain' an", 1);
    assert!(damaged != script && !is_well_formed(&damaged));
}

#[test]
fn every_shell_has_a_script_with_all_options() {
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let script = Tool::new(&["completions", shell]).run().output();
        for word in ["genesys-token", "verify", "client-secret-file", "require-scope"] {
            assert!(script.contains(word), "{shell}: no {word}");
        }
    }
}

//! The log in the project's README is that of a board.

use firmware::{Board, Network, Settings};
use genesys_token_sandbox::Sandbox;

const README: &str = include_str!("../../../../../README.md");

#[test]
fn the_readme_shows_the_log_of_a_first_token_and_call() {
    let (_, section) = README.split_once("## The same on a device").unwrap();
    let (_, shown) = section.split_once("```text\n").unwrap();
    let (shown, _) = shown.split_once("```").unwrap();
    let shown: Vec<_> = shown.lines().map(shape).collect();
    assert!(shown.len() > 3, "{shown:?}");

    let sandbox = Sandbox::builder().start_blocking().unwrap();
    let network = Network::to(&sandbox).unwrap();
    let exit = Board::start(&network, &Settings::of(&sandbox)).wait();
    exit.expect(0);
    let mut log = exit.lines.iter().map(|line| shape(&line.to_string()));
    for line in shown {
        assert!(log.any(|logged| logged == line), "{line}, in this order\n{}", exit.output());
    }
}

/// Returns a line with every number replaced by 0, since times and sizes differ from run to run, and with single spaces.
fn shape(line: &str) -> String {
    let mut shape = String::new();
    for letter in line.split_whitespace().collect::<Vec<_>>().join(" ").chars() {
        let letter = if letter.is_ascii_digit() { '0' } else { letter };
        if letter != '0' || !shape.ends_with('0') {
            shape.push(letter);
        }
    }
    shape
}

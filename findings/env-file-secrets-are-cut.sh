#!/usr/bin/env bash
# Three readers of one .env file cut secrets, each at another character and without an error.
#
# Software: dotenvy 0.15.7 (crates.io), python-dotenv 1.2.4 (PyPI), dotenv 18.0.10 (npm)
# Guess:    a secret without spaces and quotes is read as it is. "#" begins a comment after a space only, and a variable is written ${NAME}.
# Reality:  dotenvy takes $word without braces for a variable that is not set, and stops there; in double quotes the line is an error. dotenv
#           ends the value at "#", python-dotenv leaves both alone. The rest of a password is a password too: the server answers
#           invalid_client or 407, and the file looks right. In single quotes all three read the same.
# Source:   dotenvy, src/parse.rs; dotenv (npm), lib/main.js, LINE; python-dotenv, dotenv/parser.py
# Date:     2026-11-30
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m pip install --quiet --no-warn-conflicts --target python python-dotenv==1.2.4
npm install --silent --no-audit --no-fund --ignore-scripts dotenv@18.0.10 > npm.log || { cat npm.log; exit 1; }

cat > secrets <<'TEXT'
A=first$second
B=first#second
C='first$second#third'
TEXT
cat > try.py <<'PYTHON'
import dotenv

print("python-dotenv:", *dotenv.dotenv_values("secrets").values())
PYTHON
cat > try.cjs <<'JAVASCRIPT'
const values = require('dotenv').parse(require('node:fs').readFileSync('secrets'));
console.log('dotenv:       ', ...Object.values(values));
JAVASCRIPT
mkdir src
cat > Cargo.toml <<'TOML'
[package]
name = "finding"
edition = "2021"
[dependencies]
dotenvy = "=0.15.7"
TOML
cat > src/main.rs <<'RUST'
fn main() {
    let pairs = dotenvy::from_path_iter("secrets").expect("a file").map(|pair| pair.expect("a line").1);
    println!("dotenvy:       {}", pairs.collect::<Vec<_>>().join(" "));
    let quoted = dotenvy::from_read_iter(&b"D=\"first$second\""[..]).next().expect("a line");
    println!("dotenvy, in double quotes: {}", if quoted.is_ok() { "a value" } else { "an error" });
}
RUST
seen=$(PYTHONPATH=python python3 try.py; node try.cjs; CARGO_TARGET_DIR=$folder/target cargo run --quiet)
echo "$seen"
[ "$seen" = 'python-dotenv: first$second first#second first$second#third
dotenv:        first$second first first$second#third
dotenvy:       first first#second first$second#third
dotenvy, in double quotes: an error' ]

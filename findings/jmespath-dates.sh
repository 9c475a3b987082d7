#!/usr/bin/env bash
# A JMESPath filter "newer than this date" finds nothing in Rust and all of it in Python and JavaScript; "the newest" finds nothing in JavaScript.
#
# Software: jmespath 0.5.0 (crates.io), jmespath 1.1.0 (PyPI; the library of the AWS command line), jmespath 0.16.0 (npm)
# Guess:    the same everywhere. Ordering operators are defined for numbers only and are null for text, so the first filter is empty; max_by is
#           defined for numbers and text, so the second finds the last entry.
# Reality:  Python and JavaScript compare text, so that a filter written with the AWS command line works until it is used in a Rust tool, where it
#           is empty without an error: nothing has changed since, as it seems. JavaScript's max_by compares with -Infinity, so that for
#           text it is null. sort_by(entities, &date)[-1] is the same in all three.
# Source:   JMESPath specification, "Ordering Operators" and max_by; jmespath/visitor.py (PyPI), _is_comparable; jmespath.js (npm), maxBy
# Date:     2026-11-30
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m pip install --quiet --no-warn-conflicts --target python jmespath==1.1.0
npm install --silent --no-audit --no-fund --ignore-scripts jmespath@0.16.0 > npm.log || { cat npm.log; exit 1; }

cat > document.json <<'JSON'
{"entities": [{"name": "old", "date": "2026-03-01T08:00:00Z"}, {"name": "new", "date": "2026-11-01T08:00:00Z"}]}
JSON
cat > expressions <<'TEXT'
entities[?date > '2026-06-01'].name
max_by(entities, &date).name
sort_by(entities, &date)[-1].name
TEXT

cat > try.py <<'PYTHON'
import json, jmespath

document = json.load(open("document.json"))
for expression in open("expressions").read().splitlines():
    print("Python:    ", expression, "=", json.dumps(jmespath.search(expression, document)))
PYTHON
cat > try.cjs <<'JAVASCRIPT'
const fs = require('node:fs');
const jmespath = require('jmespath');

const document = JSON.parse(fs.readFileSync('document.json', 'utf8'));
for (const expression of fs.readFileSync('expressions', 'utf8').trim().split('\n')) {
  console.log('JavaScript:', expression, '=', JSON.stringify(jmespath.search(document, expression)));
}
JAVASCRIPT
mkdir src
cat > Cargo.toml <<'TOML'
[package]
name = "finding"
edition = "2021"
[dependencies]
jmespath = "=0.5.0"
TOML
cat > src/main.rs <<'RUST'
fn main() {
    let document = std::fs::read_to_string("document.json").expect("a file");
    for expression in std::fs::read_to_string("expressions").expect("a file").lines() {
        let document = jmespath::Variable::from_json(&document).expect("JSON");
        let result = jmespath::compile(expression).expect("an expression").search(document).expect("a result");
        println!("Rust:       {expression} = {result}");
    }
}
RUST
seen=$(PYTHONPATH=python python3 try.py; node try.cjs; CARGO_TARGET_DIR=$folder/target cargo run --quiet)
echo "$seen"
[ "$seen" = "Python:     entities[?date > '2026-06-01'].name = [\"new\"]
Python:     max_by(entities, &date).name = \"new\"
Python:     sort_by(entities, &date)[-1].name = \"new\"
JavaScript: entities[?date > '2026-06-01'].name = [\"new\"]
JavaScript: max_by(entities, &date).name = null
JavaScript: sort_by(entities, &date)[-1].name = \"new\"
Rust:       entities[?date > '2026-06-01'].name = []
Rust:       max_by(entities, &date).name = \"new\"
Rust:       sort_by(entities, &date)[-1].name = \"new\"" ]

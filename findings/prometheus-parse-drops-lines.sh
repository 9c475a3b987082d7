#!/usr/bin/env bash
# prometheus-parse silently drops metrics whose label has a brace or a name with colons, and loses labels with "=".
#
# Software: prometheus-parse 0.2.5 (crates.io); prometheus_client 0.26.0 (PyPI), whose parser reads all of them
# Guess:    a line in the text exposition format is parsed, or the parser returns an error.
# Reality:  lines with "}" in a label's value (the route template /users/{id} in an HTTP server's metrics), and those with the name of a
#           recording rule (job:requests:rate5m), are missing from an Ok result. A label whose value contains "=" (base64) is missing from its
#           sample, so that two series become one. Escapes are left as they are, and a quote at the end is lost. A test or an alert
#           that looks for such a series finds nothing, as if nothing had been counted.
# Source:   prometheus-parse, src/lib.rs, SAMPLE_RE and parse_labels; Prometheus, "Exposition formats", text format details
# Date:     2026-11-30
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m pip install --quiet --no-warn-conflicts --target python prometheus_client==0.26.0

cat > metrics <<'TEXT'
plain{route="/users"} 1
template{route="/users/{id}"} 2
job:requests:rate5m 3
padded{cursor="YWI="} 4
quoted{agent="the \"agent\""} 5
TEXT
cat > try.py <<'PYTHON'
from prometheus_client.parser import text_string_to_metric_families

for family in text_string_to_metric_families(open("metrics").read()):
    for sample in family.samples:
        labels = "".join(f" {name}={value}" for name, value in sample.labels.items())
        print(f"prometheus_client: {sample.name} {sample.value}{labels}")
PYTHON
mkdir src
cat > Cargo.toml <<'TOML'
[package]
name = "finding"
edition = "2021"
[dependencies]
prometheus-parse = "=0.2.5"
TOML
cat > src/main.rs <<'RUST'
use prometheus_parse::{Scrape, Value};

fn main() {
    let metrics = std::fs::read_to_string("metrics").expect("a file");
    let scrape = Scrape::parse(metrics.lines().map(|line| Ok(line.to_owned()))).expect("metrics");
    for sample in scrape.samples {
        let Value::Untyped(value) = sample.value else { panic!("another type") };
        let labels: String = sample.labels.iter().map(|(name, value)| format!(" {name}={value}")).collect();
        println!("prometheus-parse: {} {value}{labels}", sample.metric);
    }
}
RUST
seen=$(PYTHONPATH=python python3 try.py; CARGO_TARGET_DIR=$folder/target cargo run --quiet)
echo "$seen"
[ "$seen" = 'prometheus_client: plain 1 route=/users
prometheus_client: template 2 route=/users/{id}
prometheus_client: job:requests:rate5m 3
prometheus_client: padded 4 cursor=YWI=
prometheus_client: quoted 5 agent=the "agent"
prometheus-parse: plain 1 route=/users
prometheus-parse: padded 4
prometheus-parse: quoted 5 agent=the \"agent\' ]

//! `genesys-token regions`: the table of regions, from the same source as the hosts of requests.

use std::fmt::Write as _;

use clap::builder::PossibleValue;
use genesys_token_core::settings::Region;

/// How the table is printed.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) enum Format {
    #[default]
    Text,
    Json,
    Csv,
}

impl clap::ValueEnum for Format {
    fn value_variants<'a>() -> &'a [Self] {
        &[Self::Text, Self::Json, Self::Csv]
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(match self {
            Self::Text => PossibleValue::new("text").help("columns for people"),
            Self::Json => PossibleValue::new("json").help("an array of objects"),
            Self::Csv => PossibleValue::new("csv").help("with a header line"),
        })
    }
}

const COLUMNS: [&str; 6] = ["name", "aws_region", "domain", "login_host", "api_host", "place"];

/// Returns the values in the order of [`COLUMNS`]. None needs escaping in JSON or CSV: a test parses both.
fn row(region: Region) -> [&'static str; 6] {
    [
        region.name(),
        region.aws_region(),
        region.domain(),
        region.login_host(),
        region.api_host(),
        region.place(),
    ]
}

/// Returns the whole output.
pub(crate) fn table(format: Format) -> String {
    match format {
        Format::Text => text(),
        Format::Json => json(),
        Format::Csv => csv(),
    }
}

fn text() -> String {
    let mut out = String::new();
    // With the hosts in full it would not fit into a terminal of 80 columns.
    let mut line = |name: &str, aws: &str, domain: &str, place: &str| {
        let _ = writeln!(out, "{name:<16}{aws:<16}{domain:<24}{place}");
    };
    line("NAME", "AWS REGION", "DOMAIN", "PLACE");
    for region in Region::ALL {
        line(region.name(), region.aws_region(), region.domain(), region.place());
    }
    out
}

fn json() -> String {
    let object = |region: &Region| {
        let values = row(*region);
        let members = COLUMNS.iter().zip(values).map(|(name, value)| format!("\"{name}\":\"{value}\""));
        format!("  {{{}}}", members.collect::<Vec<_>>().join(","))
    };
    format!("[\n{}\n]\n", Region::ALL.iter().map(object).collect::<Vec<_>>().join(",\n"))
}

fn csv() -> String {
    let lines = Region::ALL.iter().map(|region| row(*region));
    std::iter::once(COLUMNS).chain(lines).fold(String::new(), |out, line| out + &line.join(",") + "\n")
}

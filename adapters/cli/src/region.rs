//! Regions as people write them: besides the names that the library knows also places and AWS short forms.

use genesys_token_core::settings::{ConfigError, Endpoint, Region, RegionError};

use crate::exit::{Exit, Problem};
use crate::settings::Source;

/// Longest text that is repeated in a message: longer ones may be a secret in the wrong place.
const REPEATED_MAX: usize = 24;

/// Parses a region, a domain or a login host.
pub(crate) fn endpoint(source: &Source, text: &str) -> Result<Endpoint, Problem> {
    match text.parse() {
        Ok(endpoint) => Ok(endpoint),
        Err(ConfigError::Region(error)) => match by_other_name(text) {
            Some(region) => Ok(region.into()),
            None => Err(unknown(source, text.trim(), &error)),
        },
        Err(error) => Err(Problem::config(source, &error)),
    }
}

/// Returns whether `text` is the short name of the United States, which stands for one of several regions there.
pub(crate) fn is_united_states(text: &str) -> bool {
    text.trim().eq_ignore_ascii_case("us")
}

/// Returns the region whose hosts these are.
pub(crate) fn of(endpoint: &Endpoint) -> Option<Region> {
    Region::ALL.iter().copied().find(|region| region.login_host() == endpoint.login_host())
}

fn by_other_name(text: &str) -> Option<Region> {
    let text = normalized(text);
    let named = |region: &&Region| other_names(**region).contains(&text);
    Region::ALL.iter().find(named).copied()
}

/// Place names, the short form of the AWS region (`euc1`), and the first label of the domain, all [`normalized`].
fn other_names(region: Region) -> Vec<String> {
    let place = region.place();
    let mut names = vec![normalized(place), short_form(region.aws_region())];
    // "Ohio (FedRAMP)" is also Ohio; "N. Virginia" is also Virginia.
    names.extend(place.split_once(" (").map(|(city, _)| normalized(city)));
    if let Some(state) = place.strip_prefix("N. ") {
        names.extend([normalized(state), normalized(&format!("northern {state}"))]);
    }
    names.extend(region.domain().split_once('.').map(|(label, _)| normalized(label)));
    names.retain(|name| name != "mypurecloud");
    names
}

/// Returns letters and digits only, in lower case and without accents.
fn normalized(text: &str) -> String {
    let letters = text.chars().filter(|letter| letter.is_alphanumeric()).flat_map(char::to_lowercase);
    letters.map(|letter| if letter == 'ã' { 'a' } else { letter }).collect()
}

/// `euc1` of `eu-central-1`.
fn short_form(aws_region: &str) -> String {
    let direction = |part: &str| match part {
        "north" => "n",
        "northeast" => "ne",
        "northwest" => "nw",
        "south" => "s",
        "southeast" => "se",
        "southwest" => "sw",
        "east" => "e",
        "west" => "w",
        "central" => "c",
        _ => "",
    };
    let parts = aws_region.split('-');
    parts.map(|part| if direction(part).is_empty() { part } else { direction(part) }).collect()
}

fn unknown(source: &Source, text: &str, error: &RegionError) -> Problem {
    let list = "`genesys-token regions` lists all of them";
    let quoted = if is_repeatable(text) { format!(" `{text}`") } else { String::new() };
    let message = if error.candidates.len() < Region::ALL.len() {
        let candidates = error.candidates.iter().map(|region| format!("{region} ({})", region.place()));
        let candidates = candidates.collect::<Vec<_>>().join(", ");
        format!("{source}: the region{quoted} is ambiguous; give one of {candidates}")
    } else if let Some(region) = suggestion(text) {
        format!(
            "{source}: unknown region{quoted}; did you mean {region} ({}, {})? {list}",
            region.place(),
            region.domain()
        )
    } else {
        format!("{source}: unknown region{quoted}; {list}. Reach a newer region with --domain DOMAIN")
    };
    Problem::new(Exit::Usage, message)
}

/// Region names consist of these characters and are short. A client secret is longer.
fn is_repeatable(text: &str) -> bool {
    let legal = |letter: char| letter.is_alphanumeric() || matches!(letter, '-' | '_' | '.' | ' ');
    !text.is_empty() && text.chars().count() <= REPEATED_MAX && text.chars().all(legal)
}

/// Returns the region with the most similar name, if one is similar enough for a typing error.
fn suggestion(text: &str) -> Option<Region> {
    let text = normalized(text);
    let distance = |region: &Region| {
        let mut names = other_names(*region);
        names.extend([normalized(region.name()), normalized(region.domain())]);
        names.iter().map(|name| strsim::osa_distance(name, &text)).min().unwrap_or(usize::MAX)
    };
    let (distance, region) =
        Region::ALL.iter().map(|region| (distance(region), *region)).min_by_key(|(distance, _)| *distance)?;
    (distance <= text.chars().count() / 3).then_some(region)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_and_aws_short_forms_name_their_region() {
        for (text, region) in [
            ("frankfurt", Region::EuCentral1),
            ("Mumbai", Region::ApSouth1),
            ("Sao Paulo", Region::SaEast1),
            ("são-paulo", Region::SaEast1),
            ("ohio", Region::UsEast2),
            ("virginia", Region::UsEast1),
            ("Northern Virginia", Region::UsEast1),
            ("euc1", Region::EuCentral1),
            ("use1", Region::UsEast1),
            ("USW2", Region::UsWest2),
            ("apne3", Region::ApNortheast3),
            ("apse2", Region::ApSoutheast2),
            ("edee1", Region::EuscDeEast1),
        ] {
            assert_eq!(by_other_name(text), Some(region), "{text}");
        }
        for text in ["", "mypurecloud", "earth", "e"] {
            assert_eq!(by_other_name(text), None, "{text}");
        }
    }

    /// No two regions share a name, or one of them could never be reached by it.
    #[test]
    fn other_names_are_unambiguous() {
        let mut names: Vec<_> = Region::ALL
            .iter()
            .flat_map(|region| {
                let mut names = other_names(*region);
                names.sort();
                names.dedup();
                names
            })
            .collect();
        names.sort();
        let count = names.len();
        names.dedup();
        assert_eq!(names.len(), count, "{names:?}");
    }

    #[test]
    fn a_typing_error_suggests_the_region_and_other_text_none() {
        assert_eq!(suggestion("frankfrut"), Some(Region::EuCentral1));
        assert_eq!(suggestion("eu_central1"), Some(Region::EuCentral1));
        assert_eq!(suggestion("eu_wset_2"), Some(Region::EuWest2));
        assert_eq!(suggestion("za"), None);
        assert_eq!(suggestion("johannesburg"), None);
    }
}

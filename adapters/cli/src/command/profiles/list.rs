//! `genesys-token profile list`: a table of the profiles.

use std::fmt::Write as _;

use crate::exit::Problem;
use crate::profile::{Profile, Reference, store};

const HEADINGS: [&str; 5] = ["NAME", "SERVICE", "CLIENT ID", "LOGIN", "CLIENT SECRET"];

/// Returns a row for each profile, or only their names.
pub(super) fn run(is_names_only: bool) -> Result<String, Problem> {
    let mut out = String::new();
    let config = store::read()?;
    let names = config.as_ref().map(store::Config::names).unwrap_or_default();
    if is_names_only {
        for name in &names {
            out.extend([name, "\n"]);
        }
        return Ok(out);
    }
    let Some(config) = config.filter(|_| !names.is_empty()) else {
        return Ok("no profiles; `genesys-token profile add` makes one\n".to_owned());
    };
    let mut rows = vec![(" ", HEADINGS.map(str::to_owned))];
    let default = config.default_name();
    for name in names {
        let Some(profile) = config.profile(&name)? else { continue };
        let mark = if default.as_ref() == Some(&name) { "*" } else { " " };
        rows.push((mark, cells(&profile)));
    }
    // The last column is not padded.
    let widths: [usize; HEADINGS.len() - 1] = core::array::from_fn(|column| {
        rows.iter().map(|(_, cells)| cells[column].chars().count()).max().unwrap_or(0)
    });
    for (mark, cells) in &rows {
        out.push_str(mark);
        for (cell, width) in cells.iter().zip(widths) {
            // Writing into a `String` does not fail.
            let _ = write!(out, " {cell:<width$} ");
        }
        let _ = writeln!(out, " {}", cells[HEADINGS.len() - 1]);
    }
    Ok(out)
}

fn cells(profile: &Profile) -> [String; HEADINGS.len()] {
    let service = ["region", "login_url", "broker"].iter().find_map(|key| profile.value(key));
    let secret = match profile.reference() {
        Some(Reference::File(file)) => format!("file {}", file.display()),
        // Its arguments may contain secrets.
        Some(Reference::Command(command)) => {
            format!("command {}", command.split_whitespace().next().unwrap_or_default())
        }
        Some(Reference::Systemd(name)) => format!("systemd credential {name}"),
        Some(Reference::Keyring(name)) => format!("keyring entry {name}"),
        None => "-".to_owned(),
    };
    let login = if profile.refresh_token().is_some() { "yes" } else { "-" };
    [
        profile.name.clone(),
        service.unwrap_or("-").to_owned(),
        profile.value("client_id").unwrap_or("-").to_owned(),
        login.to_owned(),
        secret,
    ]
}

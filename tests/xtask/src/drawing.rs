//! Pictures in ARCHITECTURE.md that a command draws: `<!-- name -->`, the picture, `<!-- end -->`.

use std::fs;

use lexopt::{Arg, Parser};

use crate::{failure::Failure, workspace::Workspace};

const DOCUMENT: &str = "ARCHITECTURE.md";
const END: &str = "<!-- end -->";

pub(crate) struct Drawing {
    /// The mark that begins it in the document.
    pub(crate) name: &'static str,
    /// The command that draws it.
    pub(crate) command: &'static str,
}

/// Returns false with `--check`, the only option of a command that draws.
pub(crate) fn asked_to_write(arguments: &mut Parser) -> Result<bool, Failure> {
    let mut write = true;
    while let Some(argument) = arguments.next()? {
        match argument {
            Arg::Long("check") => write = false,
            other => return Err(other.unexpected().into()),
        }
    }
    Ok(write)
}

impl Drawing {
    /// Compares the picture with the document, or writes it there.
    pub(crate) fn settle(&self, picture: &str, write: bool, workspace: &Workspace) -> Result<(), Failure> {
        let Self { name, command } = self;
        let path = workspace.root.join(DOCUMENT);
        let text = fs::read_to_string(&path).map_err(|error| format!("{DOCUMENT}: {error}"))?;
        let drawn = self.put(&text, picture)?;
        if drawn == text {
            println!("{DOCUMENT}: the picture `{name}` is as drawn from the code");
        } else if write {
            fs::write(&path, drawn)?;
            println!("{DOCUMENT}: picture `{name}` written");
        } else {
            return Err(
                format!("{DOCUMENT}: the picture `{name}` is out of date; `{command}` draws it").into()
            );
        }
        Ok(())
    }

    /// Returns `text` with the picture between its marks.
    fn put(&self, text: &str, picture: &str) -> Result<String, Failure> {
        let begin = format!("<!-- {} -->", self.name);
        let places = text.split_once(&begin).and_then(|(before, rest)| {
            let (_, after) = rest.split_once(END)?;
            Some((before, after))
        });
        let (before, after) = places
            .ok_or_else(|| format!("{DOCUMENT}: put `{begin}` and `{END}` where the picture belongs"))?;
        Ok(format!("{before}{begin}\n{picture}{END}{after}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_around_a_picture_is_unchanged() {
        let drawing = Drawing { name: "states", command: "" };
        let text = "before\n<!-- states -->\nold\n<!-- end -->\nafter\n";
        let drawn = drawing.put(text, "new\n").unwrap();
        assert_eq!(drawn, "before\n<!-- states -->\nnew\n<!-- end -->\nafter\n");
        assert_eq!(drawing.put(&drawn, "new\n").unwrap(), drawn);
        assert!(drawing.put("no place", "new\n").is_err());
    }
}

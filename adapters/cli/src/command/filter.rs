//! Filters of responses: `JMESPath` expressions (<https://jmespath.org>), as in other tools for services of this kind.

use jmespath::{Expression, Variable};

use crate::exit::{Exit, Problem};

/// A filter that was parsed.
pub(crate) struct Filter {
    expression: Expression<'static>,
    is_raw: bool,
}

impl Filter {
    /// Parses an expression. With `is_raw`, texts are printed without quotes, and the elements of an array each on its line.
    pub(crate) fn parse(expression: &str, is_raw: bool) -> Result<Self, Problem> {
        let expression = jmespath::compile(expression).map_err(|error| {
            let reason = error.reason.to_string();
            let reason = reason.trim_start_matches("Parse error: ");
            Problem::setting(
                "--filter",
                format!("{reason} (character {}); see jmespath.org", error.offset + 1),
            )
        })?;
        Ok(Self { expression, is_raw })
    }

    /// Returns the result for a response, with a line end.
    pub(crate) fn apply(&self, response: &[u8]) -> Result<String, Problem> {
        let wrong = |why: String| Problem::new(Exit::Protocol, format!("--filter: {why}"));
        // RFC 8259 section 8.1: a byte order mark may be ignored.
        let text =
            std::str::from_utf8(response).ok().map(|text| text.strip_prefix('\u{feff}').unwrap_or(text));
        let json = text.and_then(|text| Variable::from_json(text).ok());
        let json = json.ok_or_else(|| wrong("the response is not JSON; leave the option out".to_owned()))?;
        let found = self.expression.search(json).map_err(|error| wrong(error.reason.to_string()))?;
        let mut out = String::new();
        match found.as_array().filter(|_| self.is_raw) {
            Some(elements) => elements.iter().for_each(|element| self.line(element, &mut out)),
            None => self.line(&found, &mut out),
        }
        Ok(out)
    }

    fn line(&self, value: &Variable, out: &mut String) {
        match value.as_string().filter(|_| self.is_raw) {
            Some(text) => out.push_str(text),
            None => out.push_str(&value.to_string()),
        }
        out.push('\n');
    }
}

//! A response as text, so that seeds can be read and written by hand.
//!
//! ```text
//! 400
//! Retry-After: 5
//!
//! {"error":"invalid_request"}
//! ```
//! Status code, headers, an empty line, the body. Without an empty line the whole input is the body of a 200.

use genesys_token_core::wire::ResponseHead;

pub struct Response {
    pub status: u16,
    pub headers: Vec<(Vec<u8>, Vec<u8>)>,
    pub body: Vec<u8>,
}

impl Response {
    pub fn read(input: &[u8]) -> Self {
        let Some(end) = input.windows(2).position(|pair| pair == b"\n\n") else {
            return Self { status: 200, headers: Vec::new(), body: input.to_vec() };
        };
        let mut lines = input[..end].split(|&byte| byte == b'\n');
        let status =
            lines.next().and_then(|line| std::str::from_utf8(line).ok()?.parse().ok()).unwrap_or(200);
        let headers = lines.map(|line| match line.iter().position(|&byte| byte == b':') {
            Some(colon) => (line[..colon].to_vec(), line[colon + 1..].trim_ascii().to_vec()),
            None => (line.to_vec(), Vec::new()),
        });
        Self { status, headers: headers.collect(), body: input[end + 2..].to_vec() }
    }

    /// Returns the head in the form that core takes.
    pub fn head(&self) -> ResponseHead {
        let mut head = ResponseHead::new(self.status);
        for (name, value) in &self.headers {
            head.header(name, value);
        }
        head
    }

    /// Returns the target of a redirect: the first `Location` up to its query or fragment, unless that is empty.
    pub fn redirect_target(&self) -> Option<&[u8]> {
        let is_redirect = (300..400).contains(&self.status);
        let location = self.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case(b"location"));
        let (_, value) = location.filter(|_| is_redirect)?;
        let target = value.split(|byte| matches!(byte, b'?' | b'#')).next()?;
        (!target.is_empty()).then_some(target)
    }

    /// Returns the value of a header that occurs exactly once.
    pub fn only(&self, name: &str) -> Option<&[u8]> {
        let mut values =
            self.headers.iter().filter(|(header, _)| header.eq_ignore_ascii_case(name.as_bytes()));
        let (_, value) = values.next()?;
        values.next().is_none().then_some(value)
    }
}

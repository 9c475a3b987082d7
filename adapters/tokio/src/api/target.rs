//! Where a request goes: path and query, and the host if the caller has named it.

use std::fmt::Write as _;

use http::Uri;

use super::error::ApiError;

/// The target of a request.
#[derive(Clone)]
pub(super) struct Target {
    /// Path and query. `None` if the caller's are not legal.
    path_and_query: Option<Uri>,
    /// The caller's URI, if it is absolute. Boxed: few are, and thousands of calls may wait.
    absolute: Option<Box<Uri>>,
}

impl Target {
    pub(super) fn of_path(path: &str) -> Self {
        let path_and_query = path.starts_with('/').then(|| Uri::builder().path_and_query(path).build().ok());
        Self { path_and_query: path_and_query.flatten(), absolute: None }
    }

    pub(super) fn of_uri(uri: Uri) -> Self {
        let target = Self::of_path(uri.path_and_query().map_or("", |path| path.as_str()));
        Self { absolute: uri.authority().is_some().then(|| Box::new(uri)), ..target }
    }

    /// Appends a parameter to the query.
    pub(super) fn append(&mut self, name: &str, value: &str) {
        let Some(uri) = &self.path_and_query else { return };
        let mut text = uri.to_string();
        text.push(if uri.query().is_some() { '&' } else { '?' });
        push_encoded(name, &mut text);
        text.push('=');
        push_encoded(value, &mut text);
        self.path_and_query = Uri::builder().path_and_query(text).build().ok();
    }

    /// Sets a parameter of the query in place of all others of its name.
    #[cfg(feature = "stream")]
    pub(super) fn replace(&mut self, name: &str, value: &str) {
        let Some(uri) = &self.path_and_query else { return };
        let mut text = uri.path().to_owned();
        let others = uri
            .query()
            .unwrap_or_default()
            .split('&')
            .filter(|pair| !pair.is_empty() && pair.split('=').next() != Some(name));
        for (index, pair) in others.enumerate() {
            text.push(if index == 0 { '?' } else { '&' });
            text.push_str(pair);
        }
        self.path_and_query = Uri::builder().path_and_query(text).build().ok();
        self.append(name, value);
    }

    /// Checks that the token may be sent there.
    pub(super) fn check(&self, is_api_host: impl FnOnce(&Uri) -> bool) -> Result<(), ApiError> {
        self.origin_form()?;
        match &self.absolute {
            Some(uri) if !is_api_host(uri) => Err(ApiError::Host),
            _ => Ok(()),
        }
    }

    /// Returns path and query.
    pub(super) fn origin_form(&self) -> Result<&Uri, ApiError> {
        self.path_and_query.as_ref().ok_or(ApiError::Path)
    }

    pub(super) fn path(&self) -> Option<&str> {
        self.path_and_query.as_ref().map(Uri::path)
    }

    /// Returns the URI with the host, if the caller has named one.
    pub(super) fn into_uri(self) -> Result<Uri, ApiError> {
        let path_and_query = self.path_and_query.ok_or(ApiError::Path)?;
        let Some(absolute) = self.absolute else { return Ok(path_and_query) };
        let mut parts = absolute.into_parts();
        parts.path_and_query = path_and_query.into_parts().path_and_query;
        Uri::from_parts(parts).map_err(|_| ApiError::Path)
    }
}

/// Appends the text with everything but unreserved characters escaped (RFC 3986 sections 2.1 and 2.3).
fn push_encoded(text: &str, to: &mut String) {
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            to.push(char::from(byte));
        } else {
            // Writing to a string does not fail.
            let _ = write!(to, "%{byte:02X}");
        }
    }
}

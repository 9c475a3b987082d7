//! The service's response bodies, byte for byte.
//!
//! Bodies without a mark were captured from the service or published by its vendor. Bodies marked *composed* combine a published
//! message and code with the usual structure; no capture of them has been published.

use crate::response::{Response, RetryAfter};

/// The correlation id of scripted answers, for tests to search for. Regular answers have a random one.
pub const CORRELATION_ID: &str = "5b0c1a52-7d1e-4c0f-9a35-0d2c6a1f8e44";

/// Answers of the token endpoint.
impl Response {
    /// 200 with an access token, as issued for client credentials.
    #[must_use]
    pub fn token(access_token: &str, expires_in: u64) -> Self {
        Self::new(200).token_headers().json(format!(
            r#"{{"access_token":{},"token_type":"bearer","expires_in":{expires_in}}}"#,
            quoted(access_token)
        ))
    }

    /// 200 with an access token and a refresh token, as issued for authorization codes.
    #[must_use]
    pub fn token_with_refresh(access_token: &str, refresh_token: &str, expires_in: u64) -> Self {
        Self::new(200).token_headers().json(format!(
            r#"{{"access_token":{},"refresh_token":{},"token_type":"bearer","expires_in":{expires_in}}}"#,
            quoted(access_token),
            quoted(refresh_token)
        ))
    }

    /// 400 with `error` and the same text as `description` and `error_description`: the structure of every captured refusal.
    #[must_use]
    pub fn token_refusal(error: &str, description: &str) -> Self {
        let (error, description) = (quoted(error), quoted(description));
        Self::new(400).token_headers().json(format!(
            r#"{{"error":{error},"description":{description},"error_description":{description}}}"#
        ))
    }

    /// 400 for an unknown client id.
    #[must_use]
    pub fn client_not_found() -> Self {
        Self::token_refusal("invalid_client", "client not found")
    }

    /// 400 for a wrong secret, and for a client of another region.
    #[must_use]
    pub fn authentication_failed() -> Self {
        Self::token_refusal("invalid_client", "authentication failed")
    }

    /// 400 for a client registered for another grant type.
    #[must_use]
    pub fn unauthorized_client() -> Self {
        Self::token_refusal(
            "unauthorized_client",
            "client is not authorized to use the client_credential grant type",
        )
    }

    /// 400 for too many token requests. *Composed*: the text after the semicolon is unknown, an ellipsis stands for it.
    #[must_use]
    pub fn token_rate_limited() -> Self {
        Self::new(400)
            .token_headers()
            .json(r#"{"error":"invalid_request","error_description":"rate limit exceeded; …"}"#)
    }

    // RFC 6749 section 5.1: answers with tokens forbid caching.
    fn token_headers(self) -> Self {
        self.header("Cache-Control", "no-store").header("Pragma", "no-cache")
    }
}

/// Answers of the Platform API.
impl Response {
    /// Returns an `ErrorBody` with the correlation id in header and body.
    #[must_use]
    pub fn api_error(status: u16, code: &str, message: &str, correlation_id: &str) -> Self {
        Self::new(status).api_headers(correlation_id).json(format!(
            r#"{{"message":{},"code":{},"status":{status},"contextId":{},"details":[],"errors":[]}}"#,
            quoted(message),
            quoted(code),
            quoted(correlation_id)
        ))
    }

    /// 429 with `Retry-After` in seconds, as announced in 2021.
    #[must_use]
    pub fn too_many_requests(seconds: u64, correlation_id: &str) -> Self {
        let message = format!("Rate limit exceeded the maximum. Retry the request in [{seconds}] seconds");
        Self::api_error(429, "too.many.requests.retry.after", &message, correlation_id)
            .retry_after(RetryAfter::Seconds(seconds))
    }

    /// 401 for an unknown or expired access token.
    #[must_use]
    pub fn bad_credentials(correlation_id: &str) -> Self {
        Self::new(401)
            .api_headers(correlation_id)
            .json(r#"{"message":"Invalid login credentials.","code":"bad.credentials","status":401}"#)
    }

    /// 401 for a request without an access token. *Composed.*
    #[must_use]
    pub fn authentication_required(correlation_id: &str) -> Self {
        let message = "No authentication bearer token specified in authorization header.";
        Self::api_error(401, "authentication.required", message, correlation_id)
    }

    /// 400 for a resource that needs a user, requested with client credentials. *Composed.*
    #[must_use]
    pub fn not_a_user(correlation_id: &str) -> Self {
        let message = "This request requires a user context. \
                       Client credentials cannot be used for requests to this resource.";
        Self::api_error(400, "not.a.user", message, correlation_id)
    }

    /// 403 for a missing permission. *Composed.*
    #[must_use]
    pub fn missing_permission(permission: &str, correlation_id: &str) -> Self {
        let message = format!("You are missing the following permission(s): {permission}");
        Self::api_error(403, "missing.permissions", &message, correlation_id)
    }

    pub(crate) fn api_headers(self, correlation_id: &str) -> Self {
        self.header("ININ-Correlation-Id", correlation_id)
            .header("Strict-Transport-Security", "max-age=600; includeSubDomains")
            .header("Cache-Control", "no-cache, no-store, must-revalidate")
    }
}

/// Answers of load balancers and proxies in front of the service.
impl Response {
    /// 502 with an HTML page.
    #[must_use]
    pub fn html_bad_gateway() -> Self {
        Self::new(502).body(
            "text/html",
            "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n\
             <body>\r\n<center><h1>502 Bad Gateway</h1></center>\r\n</body>\r\n</html>\r\n",
        )
    }

    /// 503 without a body.
    #[must_use]
    pub fn empty_unavailable() -> Self {
        Self::new(503)
    }
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

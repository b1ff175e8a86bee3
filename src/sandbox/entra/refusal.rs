//! Entra's errors: codes, words and statuses. The words are cut to what is documented; clients go by `error` and the
//! AADSTS code.

use serde_json::json;

use crate::sandbox::http::Response;

/// Why there is no token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// The name or id in the path.
    Tenant(String),
    /// A parameter that the body lacks.
    Lacks(&'static str),
    GrantType(String),
    /// The application is not in this directory: its id and the directory's.
    Application(String, String),
    Disabled(String),
    /// Neither a secret nor an assertion.
    NoSecret,
    /// The application whose secret it is not.
    Secret(String),
    SecretExpired(String),
    Scope(String),
    /// A client credential's scope ends with `/.default`.
    NotDefault(String),
    /// `resource` is a parameter of the old endpoint only.
    ResourceAtV2,
    /// A resource that has no principal here, and the directory.
    Resource(String, String),
}

impl Refusal {
    pub fn response(&self, now: jiff::Timestamp) -> Response {
        let (status, error, code, words) = self.parts();
        let [trace, correlation] = [(); 2].map(|()| uuid::Uuid::new_v4().to_string());
        let time = now.strftime("%Y-%m-%d %H:%M:%SZ").to_string();
        let description = format!(
            "AADSTS{code}: {words} Trace ID: {trace} Correlation ID: {correlation} Timestamp: {time}"
        );
        let body = json!({
            "error": error, "error_description": description, "error_codes": [code],
            "timestamp": time, "trace_id": trace, "correlation_id": correlation,
            "error_uri": format!("https://login.microsoftonline.com/error?code={code}"),
        });
        Response::json(status, &body)
            .with_header("cache-control", "no-store, no-cache")
            .with_header("x-ms-request-id", trace)
    }

    /// Status, `error`, AADSTS code, words.
    fn parts(&self) -> (u16, &'static str, u32, String) {
        match self {
            Self::Tenant(tenant) => (
                400,
                "invalid_request",
                90002,
                format!(
                    "Tenant '{tenant}' not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud."
                ),
            ),
            Self::Lacks(parameter) => (
                400,
                "invalid_request",
                900144,
                format!("The request body must contain the following parameter: '{parameter}'."),
            ),
            Self::GrantType(grant) => (
                400,
                "unsupported_grant_type",
                70003,
                format!("The app requested an unsupported grant type '{grant}'."),
            ),
            Self::Application(client, tenant) => (
                400,
                "unauthorized_client",
                700016,
                format!(
                    "Application with identifier '{client}' was not found in the directory '{tenant}'. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant."
                ),
            ),
            Self::Disabled(client) => (
                401,
                "unauthorized_client",
                7000112,
                format!("Application '{client}' is disabled."),
            ),
            Self::NoSecret => (
                401,
                "invalid_client",
                7000218,
                "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.".to_owned(),
            ),
            Self::Secret(client) => (
                401,
                "invalid_client",
                7000215,
                format!(
                    "Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID, for a secret added to app '{client}'."
                ),
            ),
            Self::SecretExpired(client) => (
                401,
                "invalid_client",
                7000222,
                format!("The provided client secret keys for app '{client}' are expired."),
            ),
            Self::Scope(scope) => (
                400,
                "invalid_scope",
                70011,
                format!(
                    "The provided request must include a 'scope' input parameter. The provided value for the input parameter 'scope' is not valid. The scope {scope} is not valid."
                ),
            ),
            Self::NotDefault(scope) => (
                400,
                "invalid_scope",
                1002012,
                format!(
                    "The provided value for scope {scope} is not valid. Client credential flows must have a scope value with /.default suffixed to the resource identifier (application ID URI)."
                ),
            ),
            Self::ResourceAtV2 => (
                400,
                "invalid_request",
                901002,
                "The 'resource' request parameter is not supported.".to_owned(),
            ),
            Self::Resource(resource, tenant) => (
                400,
                "invalid_resource",
                500011,
                format!(
                    "The resource principal named {resource} was not found in the tenant named {tenant}."
                ),
            ),
        }
    }
}

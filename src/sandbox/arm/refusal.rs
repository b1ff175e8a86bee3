//! Azure Resource Manager's errors: `{"error":{"code","message"}}` with the statuses and words it has for them.

use jiff::Timestamp;
use serde_json::json;

use crate::sandbox::entra::TokenFault;
use crate::sandbox::http::Response;

/// Why a request is not answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// What is wrong with the token, and the directory to go to.
    Token(TokenFault, String),
    NoApiVersion,
    /// What was asked for, of which type, and what there is.
    ApiVersion {
        asked: String,
        kind: &'static str,
        known: &'static [&'static str],
    },
    Subscription(String),
    Group(String),
    /// `Microsoft.Devices/IotHubs/NAME`, and the group if one was named.
    Resource(String, String),
    /// Who may not do what, and where.
    Denied {
        object: String,
        action: &'static str,
        scope: String,
    },
    /// A key's name that the hub does not have.
    Policy(String),
    /// Seconds to wait.
    Throttled(u32),
    NotImitated,
}

impl Refusal {
    pub fn response(&self) -> Response {
        let (status, code, message) = self.parts();
        let body = json!({"error": {"code": code, "message": message}});
        let response = Response::json(status, &body).with_header("x-ms-failure-cause", "gateway");
        match self {
            Self::Token(fault, tenant) => {
                let more = match fault {
                    TokenFault::Missing => String::new(),
                    _ => format!(", error=\"invalid_token\", error_description=\"{message}\""),
                };
                let challenge = format!(
                    "Bearer authorization_uri=\"https://login.windows.net/{tenant}\"{more}"
                );
                response.with_header("www-authenticate", challenge)
            }
            Self::Throttled(seconds) => response.with_header("retry-after", seconds.to_string()),
            _ => response,
        }
    }

    /// Status, code, message.
    fn parts(&self) -> (u16, &'static str, String) {
        match self {
            Self::Token(fault, _) => token(fault),
            Self::NoApiVersion => (
                400,
                "MissingApiVersionParameter",
                "The api-version query parameter (?api-version=) is required for all requests."
                    .to_owned(),
            ),
            Self::ApiVersion { asked, kind, known } => (
                400,
                "NoRegisteredProviderFound",
                format!(
                    "No registered resource provider found for API version '{asked}' for type '{kind}'. The supported api-versions are '{}'.",
                    known.join(", ")
                ),
            ),
            Self::Subscription(id) => (
                404,
                "SubscriptionNotFound",
                format!("The subscription '{id}' could not be found."),
            ),
            Self::Group(name) => (
                404,
                "ResourceGroupNotFound",
                format!("Resource group '{name}' could not be found."),
            ),
            Self::Resource(resource, group) => (
                404,
                "ResourceNotFound",
                format!(
                    "The Resource '{resource}' under resource group '{group}' was not found. For more details please go to https://aka.ms/ARMResourceNotFoundFix"
                ),
            ),
            Self::Denied {
                object,
                action,
                scope,
            } => (
                403,
                "AuthorizationFailed",
                format!(
                    "The client '{object}' with object id '{object}' does not have authorization to perform action '{action}' over scope '{scope}' or the scope is invalid. If access was recently granted, please refresh your credentials."
                ),
            ),
            Self::Policy(name) => (
                404,
                "ResourceNotFound",
                format!("The shared access policy '{name}' was not found."),
            ),
            Self::Throttled(_) => (
                429,
                "SubscriptionRequestsThrottled",
                "Number of requests for subscription exceeded the limit. Please try again after the time in the header Retry-After.".to_owned(),
            ),
            Self::NotImitated => (
                404,
                "NotImitated",
                "the sandbox's Azure Resource Manager does not imitate this path or method"
                    .to_owned(),
            ),
        }
    }
}

fn token(fault: &TokenFault) -> (u16, &'static str, String) {
    let (code, message) = match fault {
        TokenFault::Missing => (
            "AuthenticationFailed",
            "Authentication failed. The 'Authorization' header is missing.".to_owned(),
        ),
        TokenFault::Invalid => (
            "InvalidAuthenticationToken",
            "The access token is invalid.".to_owned(),
        ),
        TokenFault::Expired(when) => (
            "ExpiredAuthenticationToken",
            format!(
                "The access token expiry UTC time '{}' is earlier than current UTC time '{}'.",
                time(Timestamp::from_second(*when).unwrap_or_default()),
                time(Timestamp::now())
            ),
        ),
        TokenFault::Audience(audience) => (
            "InvalidAuthenticationTokenAudience",
            format!(
                "The access token has been obtained for wrong audience or resource '{audience}'. It should exactly match with one of the allowed audiences 'https://management.core.windows.net/','https://management.core.windows.net','https://management.azure.com/','https://management.azure.com'."
            ),
        ),
        TokenFault::Issuer(issuer) => (
            "InvalidAuthenticationTokenTenant",
            format!("The access token is from the wrong issuer '{issuer}'."),
        ),
    };
    (401, code, message)
}

/// `11/21/2026 6:53:11 AM`
fn time(time: Timestamp) -> String {
    time.strftime("%-m/%-d/%Y %-I:%M:%S %p").to_string()
}

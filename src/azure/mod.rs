//! Azure: what the hub is and which keys it has, from the `az` CLI or from the JSON that `az` printed.

mod az;
mod error;
mod parse;

pub use az::Az;
pub use error::AzError;
pub use parse::{Hub, Policy, parse_hub, parse_policy};

//! Azure: what the hub is and which keys it has, from the `az` CLI or from the JSON that it printed.

mod az;
mod choose;
mod error;
mod list;
mod model;
mod pieces;
mod recognise;

pub use az::{Account, Az, Scope};
pub use choose::Meant;
pub use error::AzError;
pub use list::{ListedCluster, ListedHub};
pub use model::reduce_endpoint;
pub use pieces::Pieces;
pub use recognise::recognise;

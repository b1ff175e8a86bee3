//! The settings of one bridge: where they come from, what they may be, and their resolved form.
//!
//! [`keys`] is the one table of all settings; flags, environment variables, the file's schema, the help and the example
//! file are made from it. [`load`] puts the layers together: flag, then environment, then file, then default.
//! Nothing here contacts anything or prints; the only effects are reading files and, when a secret is asked for,
//! running the program that the person's own configuration names.

mod agree;
mod client_properties;
mod converter;
mod error;
mod example;
mod file;
pub mod flags;
pub mod keyring;
pub mod keys;
mod layers;
mod locate;
pub mod named;
mod origin;
mod resolve;
mod rules;
mod secrets;
mod settings;
pub mod trust;
mod value;
mod wizard;

pub use client_properties::Property;
pub use converter::Converter;
pub use error::{ErrorKind, Problem, ProfileError};
pub use example::render_example;
pub use flags::SettingsArgs;
pub use locate::{FILE_NAME, Found, Located, directory, locate};
pub use origin::{Selection, Source};
pub use resolve::{Missing, Profile, Shown, load};
pub use secrets::SecretSource;
pub use settings::{
    Access, Acknowledgement, Cluster, Connector, Edge, Hub, Kafka, Placement, Proof, Rest, Route,
    SecretsAs, SinkSettings, SourceFormat, SourceSettings, Topics, Worker,
};
pub use wizard::{Kept, names, place, written};

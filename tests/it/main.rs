//! The integration tests: one binary.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod layers;
mod profile;
mod properties;

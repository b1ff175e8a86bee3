//! The integration tests: one binary, one module for each subject.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod layers;
mod profile;

//! The integration tests: one binary, the parts of the program against the outside that each of them has.
//!
//! What may fail in them ends a test, so unwrapping is the right thing to do here.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod properties;

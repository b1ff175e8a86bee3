//! The real binary against the whole rehearsal: what an operator meets on an ordinary day and on a bad one. What only
//! real parts can show is in tests/system.

mod files;
mod interruptions;
mod node;
mod refusals;
mod setup;
mod stage;

//! The answers, one function for each kind of request: from the decoded question and the state to the answer's
//! structure. Nothing here knows of sockets.

pub(super) mod configs;
pub(super) mod fetch;
pub(super) mod groups;
pub(super) mod membership;
pub(super) mod metadata;
pub(super) mod offsets;
pub(super) mod positions;
pub(super) mod produce;
pub(super) mod topics;

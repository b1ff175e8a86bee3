//! The cases, a file a subject. Each file has `cases()`; a new file is added here and nowhere else.

mod bridge;
mod bridge_parts;
mod labs;
mod machines;
mod servers;

use crate::runner::Case;

pub fn all() -> Vec<Case> {
    [
        labs::cases(),
        machines::cases(),
        bridge_parts::cases(),
        servers::cases(),
        bridge::cases(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

//! The cases, a file a subject. Each file has `cases()`; a new file is added here and nowhere else.
//!
//! A case is a function that gets a lab with the parts it named, fresh: a new edge, no topics, an empty home. It does what
//! an operator does (`lab.hdikafka`), troubles the machines (`lab.block`, `lab.fill_edge_disk`, `lab.broker`), and looks at
//! what came of it on the machines themselves (`lab.edge_tree`, `lab.hub_state`). It waits for conditions (`lab.wait`) and
//! fails by `ensure!`, `?` or a panic; what its commands printed is then shown.

mod bad_day;
pub mod bridge;
mod bridge_parts;
mod broken_day;
mod edge_itself;
mod interruptions;
mod kafka_2_4;
mod kafka_security;
mod labs;
mod machines;
mod node_state;
mod platforms;
mod refusals;
pub mod rest_proxy;
mod saved_plan;
mod secrets;
mod servers;
mod take_over;
mod tunnel;
mod workers;

use crate::runner::Case;

pub fn all() -> Vec<Case> {
    [
        labs::cases(),
        machines::cases(),
        bridge_parts::cases(),
        kafka_2_4::cases(),
        platforms::cases(),
        servers::cases(),
        bridge::cases(),
        edge_itself::cases(),
        refusals::cases(),
        saved_plan::cases(),
        secrets::cases(),
        interruptions::cases(),
        node_state::cases(),
        take_over::cases(),
        workers::cases(),
        tunnel::cases(),
        kafka_security::cases(),
        rest_proxy::cases(),
        broken_day::cases(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

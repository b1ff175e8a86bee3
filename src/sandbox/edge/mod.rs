//! The rehearsal's edge node: an SSH server, a scratch root with the layout of an HDInsight node, and the tools that an
//! operator and our own steps use there. Unprivileged, on loopback, gone when it is dropped.
//!
//! `scratch` maps paths and persons, `layout` is what lies on the disk, `ssh` lets clients in, `tools` are the programs that
//! are replaced (sudo, systemctl, …), `systemd` runs the services. What is here is an imitation: a program that needs more
//! of a machine than this is told so in words.

mod accounts;
mod faults;
mod layout;
mod node;
mod rootfs;
pub mod scratch;
mod ssh;
pub mod systemd;
pub mod tools;

pub use faults::{ChannelCut, Faults, Sudo};
pub use node::{GuestFile, Node, Options, kafka_home};
pub use ssh::{Host, KeyKind};

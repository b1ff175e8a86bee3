//! A rehearsal: all imitated parts put together on loopback addresses of their own, with a ready profile.

pub mod addresses;
pub mod files;
pub mod jar;

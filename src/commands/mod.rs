//! One file per command: an `Args` struct and `run`, read from top to bottom.

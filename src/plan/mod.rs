//! The planner: facts + what is wanted → plan. Pure: no I/O, no clock, no environment.

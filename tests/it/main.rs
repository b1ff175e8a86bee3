//! The integration tests: one binary, the parts of the program against the outside that each of them has.

mod properties;

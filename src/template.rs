//! The files that are written on the edge, from the templates embedded in the binary.

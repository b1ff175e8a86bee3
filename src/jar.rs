//! A connector jar, read from its zip directory: which classes it has and what they need. No JVM.

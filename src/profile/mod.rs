//! The settings of one bridge: where they come from, what they may be, and their resolved form.

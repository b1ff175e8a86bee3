//! Carrying out an approved plan: consent as a type, execution as a seam, progress as a stream of events.

//! What every command gets: streams, resolved settings, the way to the systems. Never passed below `commands/`.

//! A Connect worker's REST API, reached through a dialer: it knows nothing of SSH.

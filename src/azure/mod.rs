//! Azure: what the hub is and which keys it has, from the `az` CLI or from the JSON that it printed.

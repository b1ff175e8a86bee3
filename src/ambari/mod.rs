//! Ambari's REST API: hosts, their components and states, through the gateway or plainly on the head node.

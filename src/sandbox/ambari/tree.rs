//! The resources of one cluster, in the shapes that Ambari's API has. Here: what there is, and the way to it by path;
//! how much of it is shown is `view`'s.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::settings::{TAG, configuration, configurations, service_config_version};
use super::spec::{Cluster, Host, service_of};
use super::view::Resource;

/// What a path below `/api/v1/clusters/NAME` leads to.
pub(super) enum Found {
    One(Resource),
    Many(Vec<Resource>),
    /// The rest of Ambari's `The requested resource doesn't exist: …`.
    Nothing(String),
}

/// `/clusters/NAME` itself.
pub(super) fn cluster(cluster: &Cluster) -> Resource {
    let hosts: Vec<Resource> = shuffled(
        cluster
            .hosts
            .iter()
            .map(|h| (h.name.clone(), host(cluster, h))),
    );
    let services = shuffled(
        services_of(cluster)
            .into_iter()
            .map(|s| (s.to_owned(), service(cluster, s))),
    );
    let count = |state: &str| {
        cluster
            .hosts
            .iter()
            .filter(|host| host.state == state)
            .count()
    };
    let desired: BTreeMap<String, Value> = configurations(cluster)
        .into_keys()
        .map(|kind| (kind, json!({"tag": TAG, "user": "admin", "version": 1})))
        .collect();
    Resource {
        kind: "Cluster",
        path: format!("/clusters/{}", cluster.name),
        properties: vec![
            ("Clusters/cluster_name", json!(cluster.name)),
            ("Clusters/version", json!(cluster.version)),
            ("Clusters/cluster_id", json!(2)),
            ("Clusters/security_type", json!(cluster.security_type)),
            ("Clusters/provisioning_state", json!("INSTALLED")),
            ("Clusters/total_hosts", json!(cluster.hosts.len())),
            ("Clusters/desired_configs", json!(desired)),
            (
                "Clusters/health_report",
                json!({
                    "Host/host_state/HEALTHY": count("HEALTHY"), "Host/host_state/UNHEALTHY": count("UNHEALTHY"),
                    "Host/host_state/HEARTBEAT_LOST": count("HEARTBEAT_LOST"), "Host/host_state/INIT": count("INIT"),
                    "Host/maintenance_state": 0, "Host/stale_config": 0,
                }),
            ),
        ],
        keys: &["Clusters/cluster_name", "Clusters/version"],
        children: vec![("hosts", hosts), ("services", services)],
    }
}

/// Follows the segments after the cluster's name.
pub(super) fn find(of: &Cluster, segments: &[&str]) -> Found {
    let name = &of.name;
    match segments {
        [] => Found::One(cluster(of)),
        ["hosts"] => Found::Many(shuffled(
            of.hosts.iter().map(|h| (h.name.clone(), host(of, h))),
        )),
        ["hosts", h, rest @ ..] => match of.hosts.iter().find(|host| host.name == *h) {
            None => Found::Nothing(format!("Host not found, clusterName={name}, hostName={h}")),
            Some(found) => below_host(of, found, rest),
        },
        ["services"] => Found::Many(shuffled(
            services_of(of)
                .into_iter()
                .map(|s| (s.to_owned(), service(of, s))),
        )),
        ["services", s, rest @ ..] => {
            match services_of(of).into_iter().find(|service| service == s) {
                None => Found::Nothing(format!(
                    "Service not found, clusterName={name}, serviceName={s}"
                )),
                Some(found) => below_service(of, found, rest),
            }
        }
        ["host_components"] => Found::Many(shuffled(of.hosts.iter().flat_map(|host| {
            let roles = host.components.keys();
            roles.map(|c| (format!("{} {c}", host.name), role(of, host, c)))
        }))),
        ["configurations"] => Found::Many(
            configurations(of)
                .into_iter()
                .map(|(kind, properties)| configuration(of, kind, properties))
                .collect(),
        ),
        ["configurations", "service_config_versions"] => {
            Found::Many(vec![service_config_version(of)])
        }
        other => Found::Nothing(format!("{} is not imitated", other.join("/"))),
    }
}

fn below_host(of: &Cluster, found: &Host, rest: &[&str]) -> Found {
    match rest {
        [] => Found::One(host(of, found)),
        ["host_components"] => Found::Many(roles(of, found)),
        ["host_components", c] if found.components.contains_key(*c) => {
            Found::One(role(of, found, c))
        }
        ["host_components", c] => Found::Nothing(format!(
            "ServiceComponentHost not found, clusterName={}, serviceName={}, serviceComponentName={c}, hostName={}",
            of.name,
            service_of(c).map_or("null", |(service, ..)| service),
            found.name
        )),
        other => Found::Nothing(format!("{} is not imitated", other.join("/"))),
    }
}

fn below_service(of: &Cluster, found: &'static str, rest: &[&str]) -> Found {
    match rest {
        [] => Found::One(service(of, found)),
        ["components"] => Found::Many(components_of(of, found)),
        ["components", c] => {
            let known = of.hosts.iter().any(|host| host.components.contains_key(*c));
            match service_of(c) {
                Some((service, ..)) if service == found && known => Found::One(component(of, c)),
                _ => Found::Nothing(format!(
                    "ServiceComponent not found, clusterName={}, serviceName={found}, serviceComponentName={c}",
                    of.name
                )),
            }
        }
        other => Found::Nothing(format!("{} is not imitated", other.join("/"))),
    }
}

fn host(of: &Cluster, host: &Host) -> Resource {
    let lost = host.state == "HEARTBEAT_LOST";
    Resource {
        kind: "Host",
        path: format!("/clusters/{}/hosts/{}", of.name, host.name),
        properties: vec![
            ("Hosts/cluster_name", json!(of.name)),
            ("Hosts/host_name", json!(host.name)),
            ("Hosts/public_host_name", json!(host.name)),
            ("Hosts/ip", json!(host.ip.to_string())),
            ("Hosts/host_state", json!(host.state)),
            (
                "Hosts/host_status",
                json!(if lost { "UNKNOWN" } else { host.state.as_str() }),
            ),
            ("Hosts/maintenance_state", json!("OFF")),
            ("Hosts/rack_info", json!("/default-rack")),
            ("Hosts/os_type", json!("ubuntu18")),
            ("Hosts/os_arch", json!("x86_64")),
            ("Hosts/cpu_count", json!(4)),
            ("Hosts/total_mem", json!(28_812_244)),
            ("Hosts/disk_info", json!([])),
        ],
        keys: &["Hosts/cluster_name", "Hosts/host_name"],
        children: vec![("host_components", roles(of, host))],
    }
}

fn roles(of: &Cluster, host: &Host) -> Vec<Resource> {
    shuffled(
        host.components
            .keys()
            .map(|c| (c.clone(), role(of, host, c))),
    )
}

/// A component on a host.
fn role(of: &Cluster, host: &Host, component: &str) -> Resource {
    let state = host
        .components
        .get(component)
        .map_or("UNKNOWN", String::as_str);
    let (service, _, display) = service_of(component).unwrap_or(("", "", ""));
    Resource {
        kind: "HostComponent",
        path: format!(
            "/clusters/{}/hosts/{}/host_components/{component}",
            of.name, host.name
        ),
        properties: vec![
            ("HostRoles/cluster_name", json!(of.name)),
            ("HostRoles/component_name", json!(component)),
            ("HostRoles/host_name", json!(host.name)),
            ("HostRoles/public_host_name", json!(host.name)),
            ("HostRoles/service_name", json!(service)),
            ("HostRoles/display_name", json!(display)),
            ("HostRoles/state", json!(state)),
            ("HostRoles/desired_state", json!("STARTED")),
            ("HostRoles/maintenance_state", json!("OFF")),
            ("HostRoles/stale_configs", json!(false)),
        ],
        keys: &[
            "HostRoles/cluster_name",
            "HostRoles/component_name",
            "HostRoles/host_name",
        ],
        children: vec![],
    }
}

/// The services that some host has a component of.
pub(super) fn services_of(of: &Cluster) -> BTreeSet<&'static str> {
    let components = of.hosts.iter().flat_map(|host| host.components.keys());
    components
        .filter_map(|c| service_of(c))
        .map(|(service, ..)| service)
        .collect()
}

fn service(of: &Cluster, service: &'static str) -> Resource {
    let started = of.hosts.iter().any(|host| {
        let mut components = host.components.iter();
        components.any(|(c, state)| {
            state == "STARTED" && service_of(c).is_some_and(|(s, ..)| s == service)
        })
    });
    Resource {
        kind: "Service",
        path: format!("/clusters/{}/services/{service}", of.name),
        properties: vec![
            ("ServiceInfo/cluster_name", json!(of.name)),
            ("ServiceInfo/service_name", json!(service)),
            (
                "ServiceInfo/state",
                json!(if started { "STARTED" } else { "INSTALLED" }),
            ),
            ("ServiceInfo/maintenance_state", json!("OFF")),
        ],
        keys: &["ServiceInfo/cluster_name", "ServiceInfo/service_name"],
        children: vec![("components", components_of(of, service))],
    }
}

fn components_of(of: &Cluster, service: &str) -> Vec<Resource> {
    let all: BTreeSet<&String> = of
        .hosts
        .iter()
        .flat_map(|host| host.components.keys())
        .collect();
    let of_service = all
        .into_iter()
        .filter(|c| service_of(c).is_some_and(|(s, ..)| s == service));
    shuffled(of_service.map(|c| (c.clone(), component(of, c))))
}

/// A component of a service with the hosts that it is on.
fn component(of: &Cluster, component: &str) -> Resource {
    let (service, category, display) = service_of(component).unwrap_or(("", "", ""));
    let on: Vec<&Host> = of
        .hosts
        .iter()
        .filter(|host| host.components.contains_key(component))
        .collect();
    let count = |state: &str| {
        on.iter()
            .filter(|host| host.components[component] == state)
            .count()
    };
    let state = if count("STARTED") > 0 {
        "STARTED"
    } else {
        "INSTALLED"
    };
    Resource {
        kind: "Component",
        path: format!(
            "/clusters/{}/services/{service}/components/{component}",
            of.name
        ),
        properties: vec![
            ("ServiceComponentInfo/cluster_name", json!(of.name)),
            ("ServiceComponentInfo/service_name", json!(service)),
            ("ServiceComponentInfo/component_name", json!(component)),
            ("ServiceComponentInfo/category", json!(category)),
            ("ServiceComponentInfo/display_name", json!(display)),
            ("ServiceComponentInfo/state", json!(state)),
            ("ServiceComponentInfo/total_count", json!(on.len())),
            (
                "ServiceComponentInfo/started_count",
                json!(count("STARTED")),
            ),
            (
                "ServiceComponentInfo/installed_count",
                json!(count("INSTALLED")),
            ),
            (
                "ServiceComponentInfo/unknown_count",
                json!(count("UNKNOWN")),
            ),
            ("ServiceComponentInfo/init_count", json!(count("INIT"))),
            (
                "ServiceComponentInfo/install_failed_count",
                json!(count("INSTALL_FAILED")),
            ),
            ("ServiceComponentInfo/recovery_enabled", json!("false")),
            ("ServiceComponentInfo/desired_stack", json!(of.version)),
            ("ServiceComponentInfo/repository_state", json!("CURRENT")),
        ],
        keys: &[
            "ServiceComponentInfo/cluster_name",
            "ServiceComponentInfo/component_name",
            "ServiceComponentInfo/service_name",
        ],
        children: vec![(
            "host_components",
            shuffled(
                on.iter()
                    .map(|host| (host.name.clone(), role(of, host, component))),
            ),
        )],
    }
}

/// An order that nobody asked for, the same at every run: Ambari promises none, so a client that needs one must sort.
fn shuffled(named: impl Iterator<Item = (String, Resource)>) -> Vec<Resource> {
    let mut named: Vec<(String, Resource)> = named.collect();
    named.sort_by(|a, b| b.0.cmp(&a.0));
    let middle = named.len() / 2;
    if named.len() > 2 {
        named.rotate_left(middle);
    }
    named.into_iter().map(|(_, resource)| resource).collect()
}

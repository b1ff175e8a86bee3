//! Ambari, the hub and the connector's jar: that what stands in for Azure answers in its place and under its names.

use std::net::TcpStream;
use std::time::Duration;

use anyhow::ensure;

use crate::lab::net::{self, Block, Host};
use crate::lab::{Lab, Parts, host, parts, servers};
use crate::runner::{Case, Outcome};

pub fn cases() -> Vec<Case> {
    let edge = Parts::EDGE;
    vec![
        Case::own("the_connector_builds", Parts::KAFKA, the_connector_builds),
        Case::shared("the_binary_runs", Parts::NONE, the_binary_runs),
        Case::shared("ambari_answers", Parts::AMBARI.and(edge), ambari_answers),
        Case::shared(
            "ambari_goes_and_comes",
            Parts::AMBARI,
            ambari_goes_and_comes,
        ),
        Case::shared("the_hub_answers", Parts::HUB.and(edge), the_hub_answers),
        Case::shared("az_answers", Parts::HUB, az_answers),
    ]
}

fn the_connector_builds() -> Outcome {
    for version in ["0.6", "0.7.0"] {
        let mut list = std::process::Command::new("jar");
        list.arg("tf").arg(parts::jar(version)?);
        let classes = host::run("jar tf", list, b"")?.ok()?.stdout;
        ensure!(
            classes.contains("IotHubSinkConnector.class"),
            "{version}: {classes}"
        );
    }
    Ok(())
}

fn the_binary_runs(lab: &Lab) -> Outcome {
    let version = lab.hdikafka(&["--version"])?.ok()?.stdout;
    ensure!(
        version.trim() == concat!("hdikafka ", env!("CARGO_PKG_VERSION")),
        "{version}"
    );
    Ok(())
}

fn ambari_answers(lab: &Lab) -> Outcome {
    let login = format!("{}:{}", servers::AMBARI_USER, servers::AMBARI_PASSWORD);
    let ca = lab.servers()?.ca_file().display().to_string();
    let gateway = format!("https://{}/api/v1/clusters", net::GATEWAY);
    let clusters = lab
        .op(&[
            "curl", "-sS", "--fail", "--cacert", &ca, "-u", &login, &gateway,
        ])?
        .ok()?;
    ensure!(clusters.stdout.contains(net::CLUSTER), "{clusters:?}");
    // By the lab's own CA and no other.
    let untrusted = lab
        .op(&["curl", "-sS", "-u", &login, &gateway])?
        .code_is(60)?;
    ensure!(untrusted.stdout.is_empty(), "{untrusted:?}");
    let inside = format!(
        "http://{}:8080/api/v1/clusters/{}/hosts",
        net::HEAD_ALIAS,
        net::CLUSTER
    );
    let hosts = lab
        .edge_exec(&["curl", "-sS", "--fail", "-u", &login, &inside])?
        .ok()?;
    for broker in (0..3).map(|number| net::internal_name(Host::Broker(number))) {
        ensure!(
            hosts.stdout.contains(&broker),
            "{broker} is not in {hosts:?}"
        );
    }
    let status = [
        "curl",
        "-s",
        "-o",
        "/dev/null",
        "-w",
        "%{http_code}",
        "--cacert",
        &ca,
        "-u",
        "admin:wrong",
        &gateway,
    ];
    let status = lab.op(&status)?.ok()?.stdout;
    ensure!(status == "401", "a wrong password: {status}");
    Ok(())
}

fn ambari_goes_and_comes(lab: &Lab) -> Outcome {
    let connects = || {
        lab.net().inside(Host::Operator, || {
            TcpStream::connect((net::GATEWAY, 443)).is_ok()
        })
    };
    ensure!(connects()?, "Ambari is not there");
    lab.servers()?.stop_ambari()?;
    ensure!(!connects()?, "Ambari is still there");
    lab.servers()?.start_ambari(lab.net())?;
    ensure!(connects()?, "Ambari is not there again");
    Ok(())
}

fn the_hub_answers(lab: &Lab) -> Outcome {
    let state = lab.hub_state()?;
    ensure!(state.is_object(), "{state}");
    let limit = Duration::from_millis(500);
    let reaches = |name: &str, port: u16| {
        let name = name.to_owned();
        lab.net().inside(Host::Edge, move || {
            use std::net::ToSocketAddrs;
            let mut addresses = (name.as_str(), port).to_socket_addrs()?;
            let address = addresses.next().ok_or(std::io::ErrorKind::NotFound)?;
            TcpStream::connect_timeout(&address, limit).map(drop)
        })
    };
    for (name, port) in [(net::HUB, 443), (net::HUB, 5671), (net::EVENTS, 5671)] {
        reaches(name, port)??;
    }
    // The two names can be closed apart from each other: they have an address each.
    let barrier = lab.block(Host::Edge, net::EVENTS, 5671, Block::Silence)?;
    ensure!(
        reaches(net::EVENTS, 5671)?.is_err(),
        "a way through the barrier"
    );
    reaches(net::HUB, 5671)??;
    drop(barrier);
    reaches(net::EVENTS, 5671)??;

    // The device is known by its key, and the hub by the lab's CA.
    ensure!(
        lab.servers()?.device_key()?.len() == 44,
        "a key of 32 bytes"
    );
    let ca = lab.servers()?.ca_file().display().to_string();
    let url = format!(
        "https://{}/devices/{}/messages/devicebound?api-version=2020-03-13",
        net::HUB,
        servers::DEVICE
    );
    let unsigned = lab
        .op(&[
            "curl",
            "-s",
            "-o",
            "/dev/null",
            "-w",
            "%{http_code}",
            "--cacert",
            &ca,
            &url,
        ])?
        .ok()?;
    ensure!(
        unsigned.stdout == "401",
        "without a signature: {unsigned:?}"
    );
    Ok(())
}

fn az_answers(lab: &Lab) -> Outcome {
    let events = ["az", "iot", "hub", "show", "--name", "myhub"];
    let hub: serde_json::Value = serde_json::from_str(&lab.op(&events)?.ok()?.stdout)?;
    let endpoint = &hub["properties"]["eventHubEndpoints"]["events"]["endpoint"];
    ensure!(*endpoint == format!("sb://{}/", net::EVENTS), "{hub:#}");
    let policy = [
        "az",
        "iot",
        "hub",
        "policy",
        "show",
        "--hub-name",
        "myhub",
        "--name",
        "service",
    ];
    let policy: serde_json::Value = serde_json::from_str(&lab.op(&policy)?.ok()?.stdout)?;
    ensure!(
        policy["primaryKey"] == lab.servers()?.service_key()?,
        "az and the hub have different keys"
    );
    std::fs::write(lab.az_dir().join("mode"), "not-logged-in\n")?;
    let refused = lab.op(&events)?.code_is(1)?;
    ensure!(
        refused.stderr.contains("az login") && refused.stdout.is_empty(),
        "{refused:?}"
    );
    Ok(())
}

//! The main job on real parts: nothing but Kafka on the edge, one command, a bridge that is proven; again, nothing to do.

use std::time::Duration;

use anyhow::{Context, ensure};
use serde_json::Value;

use crate::lab::net::{self, Host};
use crate::lab::{Lab, Parts, parts, servers};
use crate::runner::{Case, Outcome};
use crate::transcript;
use hdikafka::iothub::{self, device};
use hdikafka::secret::Secret;

pub fn cases() -> Vec<Case> {
    vec![Case::shared(
        "the_whole_bridge",
        Parts::ALL,
        the_whole_bridge,
    )]
}

/// A profile that needs no Azure: hub facts from files, the password in a file.
pub fn write_profile(lab: &Lab, more: &str) -> Outcome {
    let home = lab.home();
    let password = home.join("ambari-password");
    std::fs::write(&password, servers::AMBARI_PASSWORD)?;
    std::fs::set_permissions(
        &password,
        std::os::unix::fs::PermissionsExt::from_mode(0o600),
    )?;
    lab.servers()?.write_az(&lab.az_dir())?;
    let jar = parts::connector()?.join("kafka-connect-iothub-assembly_2.11-0.7.0.jar");
    let az = lab.az_dir();
    let toml = format!(
        "[cluster]\nname = \"{}\"\npassword = {{ file = {password:?} }}\nca_file = {:?}\n\n\
         [hub]\nname = \"myhub\"\njson = {:?}\npolicy_json = {:?}\n\n\
         [connector]\njar = {jar:?}\n\n{more}",
        net::CLUSTER,
        lab.servers()?.ca_file(),
        az.join("hub.json"),
        az.join("policy.json"),
    );
    lab.write_profile("lab", &toml)?;
    Ok(())
}

/// The program with the lab's profile.
pub fn hdikafka(lab: &Lab, args: &[&str]) -> anyhow::Result<crate::lab::host::Output> {
    let args: Vec<&str> = ["--profile", "lab"]
        .into_iter()
        .chain(args.iter().copied())
        .collect();
    lab.hdikafka(&args)
}

/// Something that the device `fakepi` does, from the operator's machine. The client is made there too: its threads keep
/// the network in which they are born.
pub fn as_device<T: Send>(
    lab: &Lab,
    act: impl FnOnce(&device::Client) -> Result<T, iothub::IotHubError> + Send,
) -> anyhow::Result<T> {
    let servers = lab.servers()?;
    let settings = device::Settings {
        host_name: net::HUB.to_owned(),
        device_id: servers::DEVICE.to_owned(),
        key: Secret::new(servers.device_key()?.trim()),
        address: Some((Host::Hub.address(), 443).into()),
        ca_pem: Some(std::fs::read(servers.ca_file())?),
        timeout: Duration::from_secs(10),
    };
    Ok(lab
        .net()
        .inside(Host::Operator, || act(&device::Client::new(settings)?))??)
}

fn the_whole_bridge(lab: &Lab) -> Outcome {
    write_profile(lab, "")?;
    let before = lab.edge_tree()?;
    let dry = hdikafka(lab, &["setup", "--dry-run"])?.code_is(10)?;
    for part in [
        "connect-standalone.properties",
        "+bootstrap.servers=",
        "create topic iotin (8 partitions, replication 3)",
        "start the source",
    ] {
        ensure!(
            dry.stdout.contains(part),
            "{part:?} is not in the plan:\n{}",
            dry.stdout
        );
    }
    let changes = before.changes(&lab.edge_tree()?);
    ensure!(changes.is_empty(), "a dry run changed {changes:?}");

    let made = hdikafka(lab, &["setup", "--yes", "-o", "json"])?.ok()?;
    let report: Value =
        serde_json::from_str(&made.stdout).context("setup -o json prints one document")?;
    ensure!(report["result"] == "done", "{report:#}");
    let proofs = report["proofs"].as_array().context("proofs")?;
    ensure!(proofs.len() == 2, "{report:#}");
    for proof in proofs {
        ensure!(proof["health"]["verdict"] == "healthy", "{proof:#}");
        transcript::say(format!(
            "{}: RUNNING after {} ms",
            proof["health"]["connector"], proof["running_after_ms"]
        ));
    }

    let again = hdikafka(lab, &["setup", "--yes"])?.ok()?;
    ensure!(
        again.stdout.starts_with("Nothing to do"),
        "{}",
        again.stdout
    );
    let status = hdikafka(lab, &["connector", "status"])?.ok()?;
    ensure!(
        status.stdout.matches("healthy").count() == 2,
        "{}",
        status.stdout
    );

    command_reaches_the_device(lab)?;
    telemetry_reaches_the_topic(lab)
}

pub fn command_reaches_the_device(lab: &Lab) -> Outcome {
    let sent = hdikafka(lab, &["send", "--device", "fakepi", "Turn On"])?.ok()?;
    ensure!(
        sent.stdout.starts_with("iotout-") && sent.stdout.contains('@'),
        "{}",
        sent.stdout
    );
    turn_on_is_received(lab)
}

pub fn turn_on_is_received(lab: &Lab) -> Outcome {
    let mut got = None;
    lab.wait("the command at the device", Duration::from_secs(30), || {
        got = as_device(lab, |device| device.receive())?;
        Ok(got.is_some())
    })?;
    let got = got.context("nothing received")?;
    ensure!(got.body == b"Turn On", "{got:?}");
    as_device(lab, |device| device.complete(&got))
}

fn telemetry_reaches_the_topic(lab: &Lab) -> Outcome {
    let properties = [("temperatureAlert", "false")];
    as_device(lab, |device| {
        device.send(br#"{"temperature": 21.5}"#, &properties)
    })?;
    lab.wait("the telemetry in iotin", Duration::from_secs(30), || {
        let tail = hdikafka(lab, &["tail", "iotin", "--last", "5"])?.ok()?;
        Ok(tail.stdout.contains("fakepi {\"temperature\": 21.5}"))
    })?;
    let chosen = ["tail", "--since", "5m", "--device", "fakepi", "--format"];
    let chosen = hdikafka(lab, &[&chosen[..], &["%t %d %b"]].concat())?.ok()?;
    let wanted = "iotin fakepi {\"temperature\": 21.5}\n";
    ensure!(chosen.stdout == wanted, "{}", chosen.stdout);
    let status = hdikafka(lab, &["status", "-o", "json"])?.ok()?;
    let status: Value = serde_json::from_str(&status.stdout)?;
    let seen = [&status["sink"]["lag"], &status["telemetry"]["records"]];
    ensure!(seen == [0, 1], "{status:#}");
    Ok(())
}

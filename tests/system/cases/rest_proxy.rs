//! The REST proxy with real brokers behind it, from a laptop that reaches nothing but 443: everything that it can do, by
//! the commands of the other routes; and a proxy that goes and comes back meanwhile.

use std::fs;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use super::bad_day::says;
use super::bridge::hdikafka;
use crate::lab::host::Output;
use crate::lab::net;
use crate::lab::rest_proxy::RestProxy;
use crate::lab::{Lab, Parts};
use crate::runner::{Case, Outcome};

pub fn cases() -> Vec<Case> {
    let needs = Parts::KAFKA.and(Parts::AMBARI);
    vec![Case::shared("the_rest_proxy_as_a_route", needs, all_of_it)]
}

/// A profile that knows the proxy, its application, and nothing of brokers, Ambari or the edge node.
pub fn write_profile(lab: &Lab, proxy: &RestProxy) -> Outcome {
    let toml = format!(
        "[cluster]\nname = \"{}\"\nca_file = {:?}\n\n{}",
        net::CLUSTER,
        lab.servers()?.ca_file(),
        proxy.profile()?
    );
    lab.write_profile("lab", &toml)?;
    Ok(())
}

fn all_of_it(lab: &Lab) -> Outcome {
    let proxy = RestProxy::start(lab)?;
    write_profile(lab, &proxy)?;
    let outside = lab.net().outside()?;
    let secret = fs::read_to_string(lab.home().join("client-secret"))?;
    let run = |args: &[&str]| -> Result<Output> {
        let output = hdikafka(lab, args)?;
        let printed =
            output.stdout.contains(secret.trim()) || output.stderr.contains(secret.trim());
        ensure!(!printed, "the client's secret was printed");
        Ok(output)
    };
    ensure!(run(&["rest", "status"])?.ok()?.stdout.contains("OK"));
    let brokers = run(&["rest", "brokers"])?.ok()?.stdout;
    for id in ["1001", "1002", "1003"] {
        ensure!(brokers.contains(id), "{brokers}");
    }
    ensure!(!run(&["rest", "token"])?.ok()?.stdout.contains("eyJ"));

    run(&["topics", "create", "audit", "--partitions", "3"])?.ok()?;
    ensure!(run(&["topics", "list"])?.ok()?.stdout.contains("audit"));
    let described = run(&["topics", "describe", "audit", "-o", "json"])?.ok()?;
    let described: Value = serde_json::from_str(&described.stdout)?;
    let partitions = described["partitions"].as_array().context("partitions")?;
    ensure!(partitions.len() == 3, "{described:#}");
    ensure!(
        partitions[0]["replicas"].as_array().map(Vec::len) == Some(3),
        "{described:#}"
    );

    run(&[
        "produce",
        "audit",
        "{\"n\": 1}",
        "--key",
        "a",
        "--partition",
        "2",
    ])?
    .ok()?;
    let read = run(&[
        "tail",
        "audit",
        "--partition",
        "2",
        "--offset",
        "0",
        "-o",
        "json",
    ])?
    .ok()?;
    let read: Value = serde_json::from_str(read.stdout.trim())?;
    ensure!(
        read["value"] == json!({"n": 1}) && read["key"] == "a",
        "{read:#}"
    );

    proxy.kill()?;
    says(run(&["rest", "status"])?, 8, &[net::REST])?;
    says(run(&["produce", "audit", "lost"])?, 8, &[net::REST])?;
    proxy.start_again()?;
    // The token that was kept serves the new one as well; what was refused was not written.
    run(&["produce", "audit", "after", "--partition", "2"])?.ok()?;
    let read = run(&["tail", "audit", "--last", "10"])?.ok()?.stdout;
    ensure!(read.contains("after") && !read.contains("lost"), "{read}");
    drop(outside);
    lab.create_topic("iotout", 8)?;
    let _outside = lab.net().outside()?;
    lab.wait(
        "a topic that was made elsewhere",
        std::time::Duration::from_secs(20),
        || Ok(run(&["topics", "list"])?.ok()?.stdout.contains("iotout")),
    )?;
    run(&["send", "--device", "fakepi", "Turn On"])?.ok()?;
    ensure!(
        run(&["tail", "iotout", "--last", "1"])?
            .ok()?
            .stdout
            .contains("Turn On")
    );
    Ok(())
}

//! Brokers that speak TLS and want a login: directly and through the tunnel, with what is right and with what is wrong.
//! The names in their certificates are those that they have inside of the network, whatever the way to them.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Result, ensure};

use super::bad_day::says;
use crate::lab::certificates::make_authority;
use crate::lab::host::Output;
use crate::lab::kafka::{SASL_SSL_PORT, SSL_PORT, addresses_at};
use crate::lab::net::{self, Host};
use crate::lab::{Lab, Parts};
use crate::runner::{Case, Outcome};

const USER: &str = "ann";
const PASSWORD: &str = "Scr4m-of-the-lab!";

pub fn cases() -> Vec<Case> {
    let needs = Parts::KAFKA.and(Parts::EDGE);
    vec![Case::shared("kafka_with_tls_and_a_login", needs, secured)]
}

fn secured(lab: &Lab) -> Outcome {
    lab.kafka()?.add_user(lab.net(), USER, PASSWORD)?;
    lab.create_topic("iotout", 8)?;
    let directory = lab.home().join("kafka");
    fs::create_dir(&directory)?;
    secret(lab, "right", PASSWORD)?;
    secret(lab, "wrong", "not-it-canary")?;
    make_authority(&directory)?;
    write_profile(lab)?;
    walk(lab, "direct")?;
    by_address(lab)?;
    let outside = lab.net().outside()?;
    walk(lab, "tunnel")?;
    drop(outside);
    Ok(())
}

/// All of it in the profile: no command line says a word of it.
fn write_profile(lab: &Lab) -> Outcome {
    let brokers = addresses_at(SASL_SSL_PORT);
    let toml = format!(
        "[cluster]\nname = \"{}\"\nbrokers = {brokers:?}\n\n[kafka.properties]\nsecurity.protocol = \"SASL_SSL\"\n\
         sasl.mechanism = \"SCRAM-SHA-512\"\nsasl.username = \"{USER}\"\nsasl.password = {{ file = {:?} }}\n\
         ssl.ca.location = {:?}\n",
        net::CLUSTER,
        place(lab, "right"),
        lab.kafka()?.ca_file(),
    );
    lab.write_profile("lab", &toml)?;
    Ok(())
}

fn place(lab: &Lab, name: &str) -> PathBuf {
    lab.home().join("kafka").join(name)
}

fn secret(lab: &Lab, name: &str, text: &str) -> Outcome {
    let file = place(lab, name);
    fs::write(&file, format!("{text}\n"))?;
    fs::set_permissions(&file, fs::Permissions::from_mode(0o600))?;
    Ok(())
}

/// What every route has to do with them.
const COMMANDS: [&[&str]; 3] = [
    &["topics", "list"],
    &["send", "--device", "fakepi", "Turn On"],
    &["tail", "iotout", "--last", "1"],
];

fn walk(lab: &Lab, via: &str) -> Outcome {
    let plain_tls = addresses_at(SSL_PORT).join(",");
    let tls = ["--brokers", &plain_tls, "-X", "security.protocol=SSL"];
    for more in [&[][..], &tls] {
        let [topics, sent, read] = COMMANDS.map(|command| run(lab, via, command, more));
        ensure!(topics?.ok()?.stdout.contains("iotout"));
        ensure!(sent?.ok()?.stdout.starts_with("iotout-"));
        ensure!(read?.ok()?.stdout.contains("Turn On"));
    }

    let wrong = format!("sasl.password=@{}", place(lab, "wrong").display());
    let nobody = ["-X", "sasl.username=nobody"];
    for login in [&["-X", &wrong][..], &nobody] {
        for command in COMMANDS {
            let refused = run(lab, via, command, login)?;
            let words = ["did not accept the credentials", "sasl.password"];
            in_good_time(says(refused, 5, &words)?)?;
        }
    }
    let ca = format!("ssl.ca.location={}", place(lab, "ca.pem").display());
    let foreign_ca = ["-X", &ca];
    // Without one: the authorities of this system.
    let none = ["-X", "ssl.ca.location=probe"];
    for authority in [&foreign_ca[..], &none, &[&tls[..], &foreign_ca].concat()] {
        for command in COMMANDS {
            let refused = run(lab, via, command, authority)?;
            let words = ["cannot be trusted", "certificate", "ssl.ca.location"];
            in_good_time(says(refused, 7, &words)?)?;
        }
    }
    let unencrypted = run(
        lab,
        via,
        COMMANDS[0],
        &["-X", "security.protocol=PLAINTEXT", "--timeout", "5"],
    )?;
    says(unencrypted, 8, &["security.protocol"])?;
    Ok(())
}

/// A certificate is of a name. An address leads to the same broker, and is not what the certificate says.
fn by_address(lab: &Lab) -> Outcome {
    let address = format!("{}:{SASL_SSL_PORT}", Host::Broker(0).address());
    let refused = run(lab, "direct", COMMANDS[0], &["--brokers", &address])?;
    says(refused, 7, &["cannot be trusted", &address])?;
    Ok(())
}

/// Nobody waits for brokers that have answered.
fn in_good_time(output: Output) -> Outcome {
    ensure!(output.took < Duration::from_secs(8), "{:?}", output.took);
    Ok(())
}

/// As talkative as it gets, and never with a password.
fn run(lab: &Lab, via: &str, command: &[&str], more: &[&str]) -> Result<Output> {
    let talkative = ["--profile", "lab", "-vv"];
    let output = lab.hdikafka(&[&talkative, command, &["--via", via], more].concat())?;
    for canary in [PASSWORD, "not-it-canary"] {
        let printed = output.stdout.contains(canary) || output.stderr.contains(canary);
        ensure!(!printed, "a password was printed");
    }
    Ok(output)
}

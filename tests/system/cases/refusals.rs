//! Ambari, Azure, the edge or Kafka say no, or nothing: the right exit code, words that help, and nothing changed.

use anyhow::{Result, ensure};
use serde_json::{Value, json};

use super::bad_day::{refused, says, unchanged, write_profile};
use super::bridge::hdikafka;
use crate::lab::net::{self, Block, Host};
use crate::lab::{Lab, Parts, parts};
use crate::runner::{Case, Outcome};

const SETUP: [&str; 2] = ["setup", "--yes"];

pub fn cases() -> Vec<Case> {
    let all = Parts::ALL;
    vec![
        Case::shared("ambari_refuses", all, ambari_refuses),
        Case::shared("ambari_is_not_itself", all, ambari_is_not_itself),
        Case::shared("azure_refuses", all, azure_refuses),
        Case::shared("the_host_key_is_wrong", all, the_host_key_is_wrong),
        Case::shared("the_edge_refuses", all, the_edge_refuses),
        Case::shared("all_brokers_are_down", all, all_brokers_are_down),
    ]
}

fn ambari_refuses(lab: &Lab) -> Outcome {
    write_profile(lab)?;
    std::fs::write(lab.home().join("ambari-password"), "wr0ng-canary")?;
    let output = refused(lab, &SETUP, 5, &["user", "password", "asked once only"])?;
    ensure!(!output.stderr.contains("wr0ng-canary"), "{}", output.stderr);
    lab.servers()?.stop_ambari()?;
    let requests = lab.servers()?.requests_to_ambari()?;
    ensure!(
        requests.len() == 1 && requests[0]["status"] == 401,
        "one try and no other: {requests:?}"
    );
    refused(lab, &SETUP, 8, &[net::GATEWAY, "--cluster NAME"])?;
    Ok(())
}

/// What is wrong, how Ambari's specification says it, the exit code and the words.
type Wrong<'a> = (&'a str, fn(&mut Value, &str), i32, &'a [&'a str]);

fn ambari_is_not_itself(lab: &Lab) -> Outcome {
    write_profile(lab)?;
    let page = "<html><title>\u{1b}[31mSign in</title></html>";
    let wrong: [Wrong; 5] = [
        (
            "a page of somebody's portal",
            |spec, page| spec["faults"] = json!({"/": {"body": page, "content_type": "text/html"}}),
            8,
            &["Ambari", "try again"],
        ),
        (
            "an error of its own",
            |spec, page| spec["faults"] = json!({"/": {"status": 500, "body": page}}),
            8,
            &["500", "try again"],
        ),
        (
            "half an answer",
            |spec, _| spec["faults"] = json!({"/": {"cut_at": 20}}),
            8,
            &["Ambari"],
        ),
        (
            "no Kafka",
            |spec, _| {
                for host in spec["clusters"][0]["hosts"]
                    .as_array_mut()
                    .into_iter()
                    .flatten()
                {
                    host["components"] = json!({"ZOOKEEPER_CLIENT": "STARTED"});
                }
            },
            4,
            &["no KAFKA service"],
        ),
        (
            "Kerberos",
            |spec, _| spec["clusters"][0]["security_type"] = json!("KERBEROS"),
            3,
            &["Enterprise Security Package", "hdikafka hosts"],
        ),
    ];
    for (what, change, code, words) in wrong {
        lab.servers()?.stop_ambari()?;
        lab.servers()?
            .start_ambari_with(lab.net(), |spec| change(spec, page))?;
        refused(lab, &SETUP, code, words).map_err(|error| error.context(what))?;
    }
    Ok(())
}

fn azure_refuses(lab: &Lab) -> Outcome {
    write_profile(lab)?;
    ask_az(lab)?;
    let ok = hdikafka(lab, &["hub", "show"])?.ok()?;
    ensure!(ok.stdout.contains(net::HUB), "{}", ok.stdout);

    let binary = parts::binary().display().to_string();
    let nowhere = ["env", "PATH=/nowhere", &binary, "--profile", "lab"];
    unchanged(lab, || {
        let output = lab.op(&[&nowhere[..], &SETUP].concat())?;
        says(output, 1, &["az", "--hub-json FILE"])
    })?;

    std::fs::write(lab.az_dir().join("mode"), "not-logged-in\n")?;
    refused(lab, &SETUP, 5, &["az login"])?;
    std::fs::write(lab.az_dir().join("mode"), "ok\n")?;
    let other = [&SETUP[..], &["--hub", "nosuchhub"]].concat();
    refused(lab, &other, 4, &["nosuchhub", "--hub NAME"])?;
    Ok(())
}

/// Takes the files with the hub's facts out of the profile.
fn ask_az(lab: &Lab) -> Outcome {
    let file = lab.home().join(".config/hdikafka/profiles/lab.toml");
    let text = std::fs::read_to_string(&file)?;
    let kept: Vec<&str> = text
        .lines()
        .filter(|line| !line.starts_with("json") && !line.starts_with("policy_json"))
        .collect();
    ensure!(kept.len() + 2 == text.lines().count(), "{text}");
    std::fs::write(file, kept.join("\n"))?;
    Ok(())
}

fn the_host_key_is_wrong(lab: &Lab) -> Outcome {
    write_profile(lab)?;
    let known_hosts = lab.home().join(".ssh/known_hosts");
    std::fs::write(&known_hosts, "")?;
    refused(lab, &SETUP, 7, &["unknown", "SHA256:", "--edge-host-key"])?;
    ensure!(
        std::fs::read(&known_hosts)?.is_empty(),
        "the key was remembered without a word"
    );
    // A good key, but not this host's.
    let key = std::fs::read_to_string(lab.home().join(".ssh/id_ed25519.pub"))?;
    std::fs::write(&known_hosts, format!("{} {key}", net::EDGE))?;
    let words = ["has changed", "SHA256:", "ssh-keygen -R"];
    refused(lab, &SETUP, 7, &words)?;
    ensure!(
        std::fs::read_to_string(&known_hosts)?.lines().count() == 1,
        "known_hosts was changed"
    );
    Ok(())
}

fn the_edge_refuses(lab: &Lab) -> Outcome {
    write_profile(lab)?;
    for how in [Block::Reset, Block::Silence] {
        let barrier = lab.block(Host::Operator, net::EDGE, 22, how)?;
        let args = [&SETUP[..], &["--timeout", "3"]].concat();
        refused(lab, &args, 8, &["cannot reach", net::EDGE, "--edge HOST"])?;
        drop(barrier);
    }
    let keys = "/home/sshuser/.ssh/authorized_keys";
    lab.edge_exec(&["mv", keys, "/root/keys"])?.ok()?;
    let words = ["did not accept sshuser", "--identity-file FILE"];
    refused(lab, &SETUP, 5, &words)?;
    lab.edge_exec(&["mv", "/root/keys", keys])?.ok()?;
    lab.edge_exec(&["rm", "/etc/sudoers.d/90-sshuser"])?.ok()?;
    refused(lab, &SETUP, 6, &["does not let sshuser become root"])?;
    Ok(())
}

fn all_brokers_are_down(lab: &Lab) -> Outcome {
    write_profile(lab)?;
    let stopped: Result<Vec<()>> = (0..3).map(|number| lab.broker(number)?.stop()).collect();
    stopped?;
    let args = [&SETUP[..], &["--timeout", "5"]].concat();
    refused(lab, &args, 8, &["Kafka", "hdikafka hosts"])?;
    Ok(())
}

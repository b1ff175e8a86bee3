//! Clusters and nodes that are none for a bridge: named in words, and refused before anything is changed.

use crate::rehearsal::{Stage, eventually};
use hdikafka::sandbox::ambari::Host;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::thread;

const SETUP: [&str; 2] = ["setup", "--yes"];

#[test]
fn a_cluster_with_the_enterprise_security_package() {
    let stage = Stage::new();
    stage.rehearsal.ambari.change(|clusters| {
        clusters[0].security_type = "KERBEROS".to_owned();
        for host in &mut clusters[0].hosts {
            let client = ("KERBEROS_CLIENT".to_owned(), "INSTALLED".to_owned());
            host.components.extend([client]);
        }
    });
    // No broker of such a cluster answers a client without Kerberos: it must not come to that.
    for id in [1001, 1002, 1003] {
        stage.rehearsal.kafka.stop_node(id).unwrap();
    }
    let words = [
        "Enterprise Security Package (Kerberos)",
        "hint: hdikafka hosts",
    ];
    for command in [
        &SETUP[..],
        &["setup", "--dry-run"],
        &["connector", "install"],
        &["topics", "create", "iotin"],
        &["send", "-d", "fakepi", "Turn On"],
        &["tail", "iotin"],
    ] {
        stage.refused(command, 3, &words);
    }
    // What only tells of the cluster does so, and says what it is.
    let hosts = stage.run(&["hosts", "-o", "json"]).succeeded();
    assert!(hosts.err.contains(words[0]), "{}", hosts.err);
    assert_eq!(hosts.json()["cluster"]["security"], "KERBEROS");
    // Remembered brokers are refused like those that were asked for.
    stage.refused(&["topics", "list"], 3, &words);
}

/// The two ways in which a gateway without basic logins shows it; the broken twin is one that offers both, whose 401 is a
/// wrong password.
#[test]
fn a_gateway_that_takes_logins_of_entra_only() {
    let stage = Stage::new();
    let bearer = "401 Unauthorized\r\nWWW-Authenticate: Bearer realm=\"\", authorization_uri=\"https://login\"";
    let page = "302 Found\r\nLocation: https://login.microsoftonline.com/t/oauth2/authorize?state=canary-5be1";
    let both = "401 Unauthorized\r\nWWW-Authenticate: Bearer realm=\"x\"\r\nWWW-Authenticate: Basic realm=\"x\"";
    let portal = "302 Found\r\nLocation: https://login.microsoftonline.com.example/";
    let only = [
        "logins of Microsoft Entra ID only",
        "basic login",
        "cluster.brokers",
    ];
    for (head, code, words) in [
        (bearer, 6, &only[..]),
        (page, 6, &only),
        (both, 5, &["did not accept the user and password"]),
        (portal, 8, &["a redirect to"]),
    ] {
        let gateway = gateway(head);
        let outcome = stage.refused(
            &[&SETUP[..], &["--gateway", &gateway]].concat(),
            code,
            words,
        );
        assert!(!outcome.err.contains("canary-5be1"), "{}", outcome.err);
    }
}

#[test]
fn a_node_that_has_another_part_in_the_cluster() {
    let stage = Stage::new();
    for (class, words) in [
        (
            "org.apache.ambari.server.controller.AmbariServer",
            "Ambari runs on it, so it is a head node",
        ),
        ("kafka.Kafka", "a Kafka broker runs on it"),
        (
            "org.apache.zookeeper.server.quorum.QuorumPeerMain",
            "a ZooKeeper server runs on it",
        ),
    ] {
        let program = ["/usr/bin/tail", "-f", "/dev/null", class, "some.properties"];
        let child = stage.spawn("root", (0, 0), &program);
        eventually("the server's process", || {
            let line = std::fs::read(format!("/proc/{}/cmdline", child.pid())).unwrap_or_default();
            String::from_utf8_lossy(&line).contains(class)
        });
        stage.refused(
            &SETUP,
            3,
            &["ed10-kafka is not an edge node", words, "--edge"],
        );
        child.signal(9).unwrap();
        child.wait();
    }
    // Nothing runs: stopped for now, and a broker all the same.
    stage.rehearsal.ambari.change(|clusters| {
        clusters[0].hosts.push(Host {
            name: "ED10-kafka.q1.bx.internal.cloudapp.net".to_owned(),
            ip: [10, 0, 0, 9].into(),
            state: "HEALTHY".to_owned(),
            components: [("KAFKA_BROKER".to_owned(), "INSTALLED".to_owned())].into(),
        });
    });
    let words = [
        "ed10-kafka is not an edge node",
        "Ambari has it as a broker of",
        "--edge",
    ];
    stage.refused(&SETUP, 3, &words);
    // A node of Ambari's that carries nothing is what an edge node is.
    stage.rehearsal.ambari.change(|clusters| {
        let host = clusters[0].hosts.last_mut().unwrap();
        host.components = [("ZOOKEEPER_CLIENT".to_owned(), "INSTALLED".to_owned())].into();
    });
    let pending = stage.run(&["setup", "--dry-run"]);
    assert_eq!(pending.code, 10, "{}", pending.err);
}

/// A gateway that answers every request with this head. It stays as long as the process.
fn gateway(head: &str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let answer = format!("HTTP/1.1 {head}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let lines = BufReader::new(stream.try_clone().unwrap()).lines();
            lines
                .map_while(Result::ok)
                .take_while(|line| !line.is_empty())
                .for_each(drop);
            let _ = stream.write_all(answer.as_bytes());
        }
    });
    url
}

//! `hosts`: what Ambari says in three forms, and every way in which it does not answer.

use super::servers::{ambari, closed, cluster, host};
use super::{PASSWORD, World};
use hdikafka::sandbox::http::Fault;
use hdikafka::sandbox::tls::Authority;
use serde_json::json;
use std::time::Duration;

const BOOTSTRAP: &str =
    "wn0-kafka.abcdef.ax.internal.cloudapp.net:9092,wn1-kafka.abcdef.ax.internal.cloudapp.net:9092";

#[test]
fn a_cluster_is_shown_as_a_table() {
    let running = ambari(&[cluster("myKafka")]);
    let shown = running.world().run(&["hosts"]).done();
    let rows: Vec<Vec<&str>> = shown
        .out
        .lines()
        .map(|line| line.split_whitespace().collect())
        .collect();
    let row = |role, name: &str, ip, state| {
        let name: &str = format!("{name}-kafka.abcdef.ax.internal.cloudapp.net").leak();
        vec![role, name, ip, state]
    };
    let expected = [
        vec!["ROLE", "HOST", "IP", "STATE"],
        row("broker", "wn0", "10.0.0.20", "STARTED"),
        row("broker", "wn1", "10.0.0.21", "STARTED"),
        row("broker", "wn2", "10.0.0.22", "INSTALLED"),
        row("zookeeper", "zk0", "10.0.0.30", "STARTED"),
        row("head", "hn0", "10.0.0.16", "HEALTHY"),
        row("head", "hn1", "10.0.0.17", "HEALTHY"),
    ];
    assert_eq!(rows, expected);
}

#[test]
fn json_and_yaml_say_the_same_over_tls_and_in_the_clear() {
    let running = ambari(&[cluster("myKafka")]);
    let world = running.world();
    let ca = world.file("work/ca.pem", &running.ca_pem);
    let json = world
        .run(&[
            "hosts",
            "-o",
            "json",
            "--gateway",
            &running.gateway(),
            "--ca-file",
            &ca,
        ])
        .done()
        .json();
    // started ones only, sorted
    assert_eq!(json["bootstrap_servers"], BOOTSTRAP);
    assert_eq!(
        json["zookeeper"],
        "zk0-kafka.abcdef.ax.internal.cloudapp.net:2181"
    );
    assert_eq!(json["cluster"]["name"], "myKafka");
    assert_eq!(json["cluster"]["brokers"][2]["state"], "INSTALLED");
    let yaml = world.run(&["hosts", "-o", "yaml"]).done().yaml();
    assert_eq!(yaml, json);
}

#[test]
fn a_wrong_password_is_tried_exactly_once() {
    let running = ambari(&[cluster("myKafka")]);
    let world = running.world();
    let ca = world.file("ca.pem", &running.ca_pem);
    for (gateway, times) in [(running.head_node(), 1), (running.gateway(), 2)] {
        let world = World::new().set("HDIKAFKA_AMBARI_PASSWORD", "not it");
        let arguments = ["hosts", "--gateway", &gateway, "--ca-file", &ca];
        let outcome = world
            .run(&arguments)
            .failed(5, &["hint: ", "--ambari-user"]);
        assert!(!outcome.err.contains("not it"), "{}", outcome.err);
        assert_eq!(running.requests(), times);
    }
}

#[test]
fn without_a_password_nobody_is_asked_and_nothing_contacted() {
    let running = ambari(&[cluster("myKafka")]);
    let world = World::new().set("HDIKAFKA_GATEWAY", running.head_node());
    let words = [
        "cluster.password",
        "--ambari-password-file",
        "HDIKAFKA_AMBARI_PASSWORD",
    ];
    world.run(&["hosts"]).failed(2, &words);
    assert_eq!(running.requests(), 0);
    World::new()
        .run(&["hosts"])
        .failed(2, &["cluster.name", "--cluster"]);
    let file = world.file("secret", format!("{PASSWORD}\r\n"));
    world
        .run(&["hosts", "--ambari-password-file", &file])
        .done();
    world
        .run_with(
            &["hosts", "--ambari-password-file", "-"],
            PASSWORD.as_bytes(),
        )
        .done();
}

#[test]
fn what_is_not_ambari_is_named() {
    let running = ambari(&[cluster("myKafka")]);
    let world = running.world();
    let server = running.ambari.server();
    let cases = [
        (
            Fault::answer(
                200,
                "text/html",
                "<html><title>Sign \x1b[31min</title></html>",
            ),
            "an HTML page, \"Sign [31min\"",
        ),
        (
            Fault::answer(200, "text/plain", "{\"items\": 7}"),
            "JSON of another shape",
        ),
        (Fault::answer(200, "text/plain", ""), "with nothing"),
        (
            Fault::answer(
                500,
                "text/plain",
                "{\"status\":500,\"message\":\"Server Error\"}",
            ),
            "500: Server Error",
        ),
        (
            Fault::answer(502, "text/html", "<html>bad gateway</html>"),
            "502: an HTML page",
        ),
        (Fault::answer(302, "text/plain", ""), "302"),
        (Fault::cut_at(20), "broke off"),
        (Fault::hang_up(), "cannot reach"),
    ];
    for (fault, words) in cases {
        server.set_fault("/", fault);
        let before = running.requests();
        world
            .run(&["hosts"])
            .failed(8, &["asking Ambari for the hosts", words]);
        let asked = running.requests() - before;
        assert!((1..=3).contains(&asked), "{words}: {asked} requests");
    }
    // the second question fails as well as the first
    server.clear_faults();
    server.set_fault("/api/v1/clusters/myKafka/hosts", Fault::cut_at(100));
    world.run(&["hosts"]).failed(8, &["broke off"]);
    // what passes is not reported at all
    server.set_fault("/", Fault::answer(503, "text/plain", "starting").times(1));
    server.set_fault("/api/v1/clusters/myKafka/hosts", Fault::hang_up().times(1));
    world.run(&["hosts"]).done();
}

#[test]
fn a_slow_ambari_is_left_after_the_time_out() {
    let running = ambari(&[cluster("myKafka")]);
    running
        .ambari
        .server()
        .set_fault("/", Fault::delay(Duration::from_secs(40)));
    let outcome = running
        .world()
        .run(&["hosts", "--timeout", "1"])
        .failed(8, &["no answer in time"]);
    assert!(outcome.took < Duration::from_secs(10), "{:?}", outcome.took);
    let world = World::new().set("HDIKAFKA_AMBARI_PASSWORD", PASSWORD);
    let nobody = format!("http://{}", closed());
    world
        .run(&["hosts", "--gateway", &nobody])
        .failed(8, &["refused", "hint: "]);
}

#[test]
fn a_certificate_that_is_not_trusted_is_told_before_the_password_is() {
    let running = ambari(&[cluster("myKafka")]);
    let world = running.world();
    let stranger = Authority::new("a stranger").unwrap();
    let strange = world.file("strange.pem", stranger.ca_pem());
    let gateway = running.gateway();
    let arguments = ["hosts", "--gateway", &gateway];
    world
        .run(&arguments)
        .failed(7, &["cannot be trusted", "--ca-file"]);
    let with = |file: &str| world.run(&[&arguments[..], &["--ca-file", file]].concat());
    with(&strange).failed(7, &["cannot be trusted"]);
    // the right authority, the wrong name
    let port = running.ambari.addr().port();
    let ca = world.file("ca.pem", &running.ca_pem);
    let localhost = format!("https://localhost:{port}");
    world
        .run(&["hosts", "--gateway", &localhost, "--ca-file", &ca])
        .failed(7, &["cannot be trusted"]);
    assert_eq!(running.requests(), 0);
    let empty = world.file("empty.pem", "no certificate");
    with(&empty).failed(2, &["no certificate"]);
    with("no-such.pem").failed(2, &["no-such.pem"]);
}

#[test]
fn the_cluster_is_found_by_being_the_only_one_or_by_its_name_in_any_case() {
    let running = ambari(&[cluster("myKafka")]);
    let world = running.world();
    for arguments in [&["hosts"][..], &["hosts", "--cluster", "MYKAFKA"]] {
        world.run(arguments).done();
    }
    world
        .run(&["hosts", "--cluster", "other"])
        .failed(4, &["\"other\"", "it knows myKafka"]);

    let several = ambari(&[cluster("one"), cluster("two")]);
    several
        .world()
        .run(&["hosts"])
        .failed(2, &["one, two", "--cluster"]);
    several.world().run(&["hosts", "--cluster", "two"]).done();
    ambari(&[])
        .world()
        .run(&["hosts"])
        .failed(4, &["knows no cluster"]);
}

#[test]
fn what_is_no_kafka_cluster_is_named() {
    let spark = json!({"name": "spark", "version": "HDP-5.1", "hosts": [
        host("zk0", "10.0.0.30", "ZOOKEEPER_SERVER", "STARTED"),
        host("hn0", "10.0.0.16", "NAMENODE", "STARTED"),
    ]});
    ambari(&[spark])
        .world()
        .run(&["hosts"])
        .failed(4, &["spark has no KAFKA service"]);
}

#[test]
fn a_kerberos_cluster_is_shown_with_a_warning() {
    let mut esp = cluster("esp");
    esp["security_type"] = json!("KERBEROS");
    let outcome = ambari(&[esp]).world().run(&["hosts", "-o", "json"]);
    assert_eq!(outcome.code, 0, "{}", outcome.err);
    assert_eq!(outcome.json()["cluster"]["security"], "KERBEROS");
    assert!(
        outcome.err.contains("Enterprise Security Package"),
        "{}",
        outcome.err
    );
}

#[test]
fn scripts_get_the_text_alone() {
    let running = ambari(&[cluster("myKafka")]);
    let world = running.world();
    let zookeeper = "zk0-kafka.abcdef.ax.internal.cloudapp.net:2181";
    let env = format!("KAFKABROKERS='{BOOTSTRAP}'\nKAFKAZKHOSTS='{zookeeper}'\n");
    for (form, text) in [
        ("bootstrap", format!("{BOOTSTRAP}\n")),
        ("zookeeper", format!("{zookeeper}\n")),
        ("env", env.clone()),
    ] {
        assert_eq!(world.run(&["hosts", "-o", form]).done().out, text);
    }
    // as a shell takes it
    let script = format!("set -eu\n{env}printf %s \"$KAFKABROKERS $KAFKAZKHOSTS\"");
    let shell = std::process::Command::new("sh")
        .args(["-c", &script])
        .output()
        .unwrap();
    assert_eq!(
        String::from_utf8(shell.stdout).unwrap(),
        format!("{BOOTSTRAP} {zookeeper}")
    );
}

#[test]
fn a_script_never_gets_an_empty_value_or_shell_code() {
    let mut stopped = cluster("down");
    for at in 0..5 {
        let components = &mut stopped["hosts"][at]["components"];
        for (_, state) in components.as_object_mut().unwrap() {
            *state = json!("INSTALLED");
        }
    }
    let running = ambari(&[stopped]);
    for (form, words) in [
        ("bootstrap", "no broker of down is started"),
        ("env", "no broker of down is started"),
    ] {
        running
            .world()
            .run(&["hosts", "-o", form])
            .failed(8, &[words]);
    }
    let world = World::new();
    let brokers = ["hosts", "--brokers", "a:9092"];
    assert_eq!(
        world
            .run(&[&brokers[..], &["-o", "bootstrap"]].concat())
            .done()
            .out,
        "a:9092\n"
    );
    for form in ["zookeeper", "env"] {
        let outcome = world.run(&[&brokers[..], &["-o", form]].concat());
        outcome.failed(8, &["no ZooKeeper server"]);
    }
    let mut strange = cluster("strange");
    strange["hosts"][0]["name"] = json!("wn1';reboot;'");
    let running = ambari(&[strange]);
    running
        .world()
        .run(&["hosts", "-o", "env"])
        .failed(1, &["whose name is none"]);
}

#[test]
fn other_commands_do_not_know_the_forms_of_scripts() {
    let world = World::new();
    for command in [
        &["topics", "list", "--brokers", "127.0.0.1:1"][..],
        &["profile", "show"],
    ] {
        for form in ["bootstrap", "zookeeper", "env"] {
            let outcome = world.run(&[command, &["-o", form]].concat());
            outcome.failed(2, &["those of hosts only", "--output table"]);
        }
    }
    world
        .run(&["hosts", "-o", "csv"])
        .failed(2, &["invalid value 'csv'"]);
}

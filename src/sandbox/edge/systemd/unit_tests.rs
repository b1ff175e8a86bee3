use super::*;

fn parse(text: &str) -> Unit {
    Unit::parse(
        text,
        &Specifiers {
            unit: "hdikafka-source.service",
            host: "node",
        },
    )
}

#[test]
fn the_worker_template_is_read_whole() {
    let text = include_str!("../../../../templates/worker.service")
        .replace("{{rest_login}}", crate::template::REST_LOGIN)
        .replace("{{jaas}}", "/etc/hdikafka/source-rest-jaas.conf")
        .replace("{{login}}", "/run/hdikafka-source/rest-login.properties")
        .replace("{{connector}}", "source")
        .replace("{{user}}", "kafka")
        .replace("{{group}}", "hadoop")
        .replace("{{log4j}}", "/etc/hdikafka/source-log4j.properties")
        .replace("{{heap}}", "256m")
        .replace("{{jvm_options}}", "-server -XX:+UseSerialGC")
        .replace("{{log}}", "/var/log/hdikafka/source.log")
        .replace("{{kafka_home}}", "/usr/hdp/current/kafka-broker")
        .replace("{{worker}}", "/etc/hdikafka/source-worker.properties")
        .replace("{{properties}}", "/x/source.properties")
        .replace("{{stop_seconds}}", "75")
        .replace("{{restart}}", "on-failure");
    let unit = parse(&text);
    assert_eq!(unit.problem, None);
    assert!(unit.complaints.is_empty(), "{:?}", unit.complaints);
    assert_eq!(
        unit.ignored,
        ["Service.LimitCORE", "Service.NoNewPrivileges"]
    );
    assert_eq!(
        (unit.user.as_deref(), unit.group.as_deref()),
        (Some("kafka"), Some("hadoop"))
    );
    let directory = unit.runtime_directory.as_deref();
    assert_eq!(
        (directory, unit.runtime_directory_mode),
        (Some("hdikafka-source"), 0o750)
    );
    assert_eq!(
        unit.start_pre[0].argv[2],
        "printf \"hdikafka=%s\\n\" \"$$(od -An -N24 -tx1 /dev/urandom | tr -d \" \\n\")\" > /run/hdikafka-source/rest-login.properties"
    );
    assert_eq!(
        unit.start_pre[1].argv,
        [
            "/bin/sh",
            "-c",
            "printf \"=== hdikafka start %s\n\" \"$INVOCATION_ID\" >> /var/log/hdikafka/source.log"
        ]
    );
    assert_eq!(
        unit.start.unwrap().argv[1..],
        [
            "/etc/hdikafka/source-worker.properties",
            "/x/source.properties"
        ]
    );
    assert!(unit.environment.contains(&(
        "KAFKA_JVM_PERFORMANCE_OPTS".into(),
        "-server -XX:+UseSerialGC".into()
    )));
    assert!(unit.success_codes.contains(&143));
    assert_eq!(unit.stop_timeout, Some(Duration::from_secs(75)));
    assert_eq!(
        (unit.restart, unit.restart_after),
        (Restart::OnFailure, Duration::from_secs(30))
    );
    assert_eq!(
        (unit.start_limit_interval, unit.start_limit_burst),
        (Duration::from_secs(600), 3)
    );
    assert_eq!(
        (unit.umask, unit.wanted_by.as_slice()),
        (0o027, &["multi-user.target".to_owned()][..])
    );
}

#[test]
fn what_cannot_be_read_is_said() {
    let unit = parse("[Service]\nExecStart=relative/path\nRestart=maybe\nnonsense\nUMask=999\n");
    assert_eq!(unit.complaints.len(), 4, "{:?}", unit.complaints);
    assert!(unit.problem.unwrap().contains("lacks ExecStart="));
    let forking = parse("[Service]\nType=forking\nExecStart=/bin/true\n");
    assert!(forking.problem.unwrap().contains("Type=forking"));
    let twice = parse("[Service]\nExecStart=/bin/true\nExecStart=/bin/false\n");
    assert!(twice.problem.unwrap().contains("more than one ExecStart="));
    let replaced =
        parse("[Service]\nExecStart=/bin/true\nExecStart=\nExecStart=/bin/false a\\\n  b\n");
    assert_eq!(replaced.problem, None);
    assert_eq!(replaced.start.unwrap().argv, ["/bin/false", "a", "b"]);
}

#[test]
fn times_as_systemd_writes_them() {
    let seconds = |text| time(text).unwrap().unwrap().as_secs_f64();
    assert_eq!(seconds("90"), 90.0);
    assert_eq!(seconds("5min 20s"), 320.0);
    assert_eq!(seconds("1.5s"), 1.5);
    assert_eq!(seconds("250ms"), 0.25);
    assert_eq!(time("infinity"), Some(None));
    assert_eq!(time("soon"), None);
    assert_eq!(time(""), None);
}

#[test]
fn signals_by_both_names() {
    let unit = parse("[Service]\nExecStart=/bin/true\nSuccessExitStatus=SIGKILL 3 USR1\n");
    assert_eq!(
        unit.success_signals,
        BTreeSet::from([libc::SIGKILL, libc::SIGUSR1])
    );
    assert_eq!(unit.success_codes, BTreeSet::from([3]));
}

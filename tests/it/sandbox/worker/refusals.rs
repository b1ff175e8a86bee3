//! What a worker refuses, with Connect's words and exit statuses: 1 for its arguments, 2 for what keeps the worker from
//! starting, 3 for a connector.

use super::*;

/// Starts it, waits for its end: the status and the log.
fn refused(place: &Place, files: &[&str]) -> (Option<i32>, String) {
    let mut worker = place.start(files);
    let code = worker.ended().code();
    (code, worker.log())
}

#[track_caller]
fn has(log: &str, words: &str) {
    assert!(log.contains(words), "`{words}` is not in:\n{log}");
}

#[test]
fn connectors_that_cannot_be_made() {
    let place = place(1);
    let cases: &[(&[(&str, &str)], &str)] = &[
        (
            &[(
                "connector.class",
                "com.microsoft.azure.iot.kafka.connect.IotHubSourceConnector",
            )],
            "Failed to find any class that implements Connector and which name matches com.microsoft.azure.iot.kafka.connect.IotHubSourceConnector, available connectors are: PluginDesc{klass=class com.microsoft.azure.iot.kafka.connect.source.IotHubSourceConnector",
        ),
        (
            &[("IotHub.Partitions", "PLACEHOLDER"), ("Kafka.Topic", "")],
            "contains the following 2 error(s):\nInvalid value PLACEHOLDER for configuration IotHub.Partitions: Not a number of type INT\nMissing required configuration \"Kafka.Topic\" which has no default value.\nYou can also find",
        ),
        (
            &[("IotHub.AccessKeyValue", "${file:/no/such/file:key}")],
            "Could not read properties from file /no/such/file",
        ),
        (
            &[(
                "IotHub.EventHubCompatibleEndpoint",
                "Endpoint=sb://x/;SharedAccessKeyName=a;SharedAccessKey=b",
            )],
            "java.net.URISyntaxException: Illegal character in scheme name at index 8: Endpoint=sb://x/",
        ),
        (&[("connector.class", "")], "contains no connector type"),
        (
            &[("tasks.max", "0")],
            "Invalid value 0 for configuration tasks.max: Value must be at least 1",
        ),
    ];
    for (changes, words) in cases {
        let (code, log) = refused(
            &place,
            &[&place.worker_file(&[]), &place.source_file(changes)],
        );
        assert_eq!(code, Some(3), "{log}");
        has(&log, "] ERROR Failed to create job for ");
        has(
            &log,
            "] ERROR Stopping after connector error (org.apache.kafka.connect.cli.ConnectStandalone:",
        );
        has(&log, words);
        has(&log, "Kafka Connect stopped");
    }
    let sink = place.sink_file(&[
        ("IotHub.MessageDeliveryAcknowledgement", "full"),
        ("topics", ""),
    ]);
    let (code, log) = refused(&place, &[&place.worker_file(&[]), &sink]);
    assert_eq!(code, Some(3));
    has(
        &log,
        "String must be one of: None, Full, PositiveOnly, NegativeOnly",
    );
    has(&log, "Must configure one of topics or topics.regex");
}

#[test]
fn two_connectors_of_one_name() {
    let place = place(1);
    place.cluster.create_topic("iotin", 1, 1, &[]).unwrap();
    let source = place.source_file(&[("IotHub.Partitions", "1")]);
    let (code, log) = refused(&place, &[&place.worker_file(&[]), &source, &source]);
    assert_eq!(code, Some(3));
    has(&log, "Created connector AzureIotHubConnector");
    has(
        &log,
        "AlreadyExistsException: Connector AzureIotHubConnector already exists",
    );
}

#[test]
fn a_jar_of_the_release_has_the_other_class() {
    let place = place(1);
    place.cluster.create_topic("iotin", 1, 1, &[]).unwrap();
    fs::remove_file(place.path("plugins/connector-0.7.0.jar")).unwrap();
    let release = "com.microsoft.azure.iot.kafka.connect.IotHubSourceConnector";
    jar(
        &place.path("plugins/connector-0.6.jar"),
        &[release, SINK_CLASS],
    );
    let (code, log) = refused(&place, &[&place.worker_file(&[]), &place.source_file(&[])]);
    assert_eq!(code, Some(3));
    has(
        &log,
        "klass=class com.microsoft.azure.iot.kafka.connect.IotHubSourceConnector, name=",
    );
    // The release takes the first label of the host only, and looks for it in the public cloud.
    let source = place.source_file(&[("connector.class", release), ("IotHub.Partitions", "1")]);
    let worker = place.start(&[&place.worker_file(&[]), &source]);
    let status = worker.tasks_are(SOURCE, &["FAILED"]);
    let trace = status["tasks"][0]["trace"].as_str().unwrap();
    assert!(
        trace.starts_with("com.microsoft.azure.servicebus.CommunicationException"),
        "{trace}"
    );
}

#[test]
fn workers_that_cannot_start() {
    let place = place(1);
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let listener = format!("http://{}", taken.local_addr().unwrap());
    fs::write(place.path("garbage"), "garbage").unwrap();
    let (garbage, directory) = (place.path("garbage"), place.path("plugins"));
    let (garbage, directory) = (garbage.to_str().unwrap(), directory.to_str().unwrap());
    let nobody = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .to_string();
    let cases: &[(&[(&str, &str)], &str)] = &[
        (
            &[("key.converter", "")],
            "ConfigException: Missing required configuration \"key.converter\" which has no default value.",
        ),
        (
            &[("value.converter", "x.Avro")],
            "Invalid value x.Avro for configuration value.converter: Class x.Avro could not be found.",
        ),
        (
            &[("offset.storage.file.filename", "")],
            "Missing required configuration \"offset.storage.file.filename\"",
        ),
        (
            &[("offset.storage.file.filename", garbage)],
            "StreamCorruptedException: invalid stream header: 67617262",
        ),
        (
            &[("offset.storage.file.filename", directory)],
            "java.io.IOException: Is a directory",
        ),
        (
            &[("listeners", &listener)],
            "Unable to initialize REST server",
        ),
        (
            &[("listeners", &listener)],
            "java.net.BindException: Address already in use",
        ),
        (
            &[
                ("bootstrap.servers", &nobody),
                ("default.api.timeout.ms", "500"),
            ],
            "Failed to connect to and describe Kafka cluster. Check worker's broker connection and security properties.",
        ),
    ];
    for (changes, words) in cases {
        let (code, log) = refused(
            &place,
            &[&place.worker_file(changes), &place.source_file(&[])],
        );
        assert_eq!(code, Some(2), "{log}");
        has(
            &log,
            "] ERROR Stopping due to error (org.apache.kafka.connect.cli.ConnectStandalone:",
        );
        has(&log, words);
    }
    let (code, log) = refused(
        &place,
        &["/no/such/worker.properties", &place.source_file(&[])],
    );
    assert_eq!(code, Some(2));
    has(&log, "NoSuchFileException: /no/such/worker.properties");
}

#[test]
fn a_truncated_offset_file_is_taken_for_none_in_silence() {
    let place = place(1);
    place.cluster.create_topic("iotin", 1, 1, &[]).unwrap();
    fs::write(
        place.path("offsets"),
        b"\xac\xed\x00\x05sr\x00\x11java.util.Hash",
    )
    .unwrap();
    let mut worker = place.start(&[
        &place.worker_file(&[]),
        &place.source_file(&[("IotHub.Partitions", "1")]),
    ]);
    worker.tasks_are(SOURCE, &["RUNNING"]);
    assert!(!worker.log().contains("] ERROR "), "{}", worker.log());
    worker.stops();
}

#[test]
fn arguments() {
    let place = place(1);
    let mut worker = place.start(&[]);
    assert_eq!(worker.ended().code(), Some(1));
    let mut words = String::new();
    std::io::Read::read_to_string(&mut worker.child.stderr.take().unwrap(), &mut words).unwrap();
    has(&words, "Usage: ConnectStandalone worker.properties");
}

//! The files of somebody who followed the manual half-way: samples with their placeholders, and the names that its text
//! uses by mistake.

use super::node::CONFIG;
use super::stage::Stage;

/// As the manual has it fetched, with its own comments; the last key is the one that a page of it invented.
const SOURCE: &str = "connector.class=com.microsoft.azure.iot.kafka.connect.source.IotHubSourceConnector\n\
    name=AzureIotHubConnector\n\
    tasks.max=1\n\
    # Replace PLACEHOLDER by the topic that the telemetry goes to\n\
    Kafka.Topic=PLACEHOLDER\n\
    IotHub.EventHubCompatibleName=PLACEHOLDER\n\
    IotHub.EventHubCompatibleEndpoint=PLACEHOLDER\n\
    IotHub.AccessKeyName=PLACEHOLDER\n\
    IotHub.AccessKeyValue=PLACEHOLDER\n\
    #IotHub.ConsumerGroup=PLACEHOLDER\n\
    IotHub.Partitions=PLACEHOLDER\n\
    IotHub.StartTime=PLACEHOLDER\n\
    IotHub.Offsets=PLACEHOLDER\n\
    BatchSize=100\n\
    IotHub.StartType=2018-01-28T00:00:00Z\n";

#[test]
fn placeholders_are_filled_comments_stay_and_the_misprints_are_explained() {
    let stage = Stage::new();
    let path = format!("{CONFIG}/connect-iothub-source.properties");
    stage.write(&path, SOURCE);
    let prose = format!("{CONFIG}/connect-iot-source.properties");
    stage.write(
        &prose,
        "IotHub.AccessKeyValue=canary77\nIotHub.StartTime=2019-01-01T00:00:00Z\n",
    );
    stage.write(
        &format!("{CONFIG}/connect-iothub-sink.properties"),
        "topics=PLACEHOLDER\nIotHub.ConnectionString=HostName=PLACEHOLDER;SharedAccessKey=PLACEHOLDER\n",
    );
    let made = stage
        .run(&["setup", "--yes", "--only", "config,secrets"])
        .succeeded();
    for words in [
        "connect-iothub-source.properties says IotHub.StartType, a misprint",
        "The key is IotHub.StartTime, and is 2018-01-28T00:00:00Z",
        "connect-iot-source.properties is there: the manual's text calls the file so by mistake",
        "it holds a key in the clear",
    ] {
        assert!(made.err.contains(words), "{words:?} is not in {}", made.err);
    }
    assert!(!made.err.contains("canary77"), "{}", made.err);
    let text = stage.text(&path);
    for line in [
        "# Replace PLACEHOLDER by the topic that the telemetry goes to",
        "#IotHub.ConsumerGroup=PLACEHOLDER",
        "Kafka.Topic=iotin",
        "IotHub.StartTime=2018-01-28T00:00:00Z",
        "IotHub.StartType=2018-01-28T00:00:00Z",
        "IotHub.Offsets=",
        "BatchSize=5",
    ] {
        assert!(
            text.lines().any(|one| one == line),
            "{line:?} is not in {text}"
        );
    }
    let again = stage
        .run(&["setup", "--yes", "--only", "config,secrets"])
        .succeeded();
    assert!(again.out.contains("IotHub.StartType"), "{}", again.out);
    // The sample fetched once more is nobody's decision: what it has no value for is filled, also by who keeps all.
    stage.write(
        &path,
        text.replace("Kafka.Topic=iotin", "Kafka.Topic=PLACEHOLDER"),
    );
    stage
        .run(&["setup", "--yes", "--only", "config", "--keep"])
        .succeeded();
    assert_eq!(stage.text(&path), text);
    // What is not ours has no value that we could know.
    stage.write(
        &path,
        text.replace("BatchSize=5", "transforms=HostName PLACEHOLDER"),
    );
    stage.refused(
        &["setup", "--yes"],
        3,
        &[
            "still says transforms=HostName PLACEHOLDER",
            "take the line out",
        ],
    );
}

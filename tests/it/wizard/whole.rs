//! The whole way, to both connectors RUNNING and to a profile that needs no question any more.

use super::person::{Person, WIDE};
use super::{Known, files, stage, with_az};

#[test]
fn from_nothing_to_a_bridge_and_a_profile() {
    let stage = stage();
    with_az(&stage);
    let known = Known::of(&stage);
    let mut person = Person::start(&stage, &["setup"], &[], WIDE);
    person.sees("1/7 Cluster");
    person.sees("rehearsal  Running, West Europe");
    assert!(!person.screen().contains("sparkling"), "{}", person.screen());
    person.answers("Name or number [rehearsal]:", &known.gateway);
    person.answers("User [admin]:", "");
    person.answers("Password of admin:", &known.password);
    person.sees("rehearsal: 3 brokers");
    person.sees("3/7 Edge node");
    person.answers("Host", &known.edge);
    person.sees("The node did not let us in.");
    person.answers("Key file or number:", &known.key);
    person.sees("4/7 IoT Hub");
    person.answers("[rehearsal-hub]:", "");
    person.sees("rehearsal-hub: 4 partitions, policy service, its key from az");
    person.answers("Telemetry [iotin]:", "");
    person.sees("iotin will be made: 8 partitions");
    person.answers("Commands [iotout]:", "");
    person.answers("File or number", "");
    person.sees("7/7 Profile");
    person.answers("Keep them [1]:", "2");
    person.sees("password = { file = \"rehearsal.cluster.password\" }");
    person.answers("Name or number [hdikafka.toml]:", "");
    person.sees("wrote rehearsal.cluster.password, hdikafka.toml");
    person.answers("Go ahead?", "e");
    person.sees("A file is replaced by rename");
    person.answers("Go ahead?", "y");
    let end = person.ends();
    assert_eq!(end.code, 0, "{}", end.text);
    assert_eq!(end.text.matches("RUNNING").count() >= 2, true, "{}", end.text);
    end.never_showed(&stage.secrets);
}

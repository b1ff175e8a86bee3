//! `hdikafka setup` without a profile: a person, a terminal, and the rehearsal.

mod answers;
mod ends;
mod person;
mod whole;

use crate::rehearsal::stage::Stage;
use person::{Person, setting};

/// Without the profile of the rehearsal, with its jar in the working directory.
fn stage() -> Stage {
    let stage = Stage::new();
    let jar = stage.place().jar();
    let name = jar.file_name().unwrap();
    std::fs::copy(&jar, stage.world.path("work").join(name)).unwrap();
    stage
}

/// What a person of the rehearsal knows.
struct Known {
    gateway: String,
    password: String,
    edge: String,
    key: String,
    hub: String,
    policy: String,
}

impl Known {
    fn of(stage: &Stage) -> Self {
        let file =
            |name: &str| std::fs::read_to_string(stage.place().directory().join(name)).unwrap();
        Self {
            gateway: setting(stage, "cluster", "gateway"),
            password: file("ambari-password").trim().to_owned(),
            edge: setting(stage, "edge", "host"),
            key: setting(stage, "edge", "identity_file"),
            hub: file("hub.json"),
            policy: file("policy.json"),
        }
    }
}

impl Known {
    fn login(&self, person: &mut Person) {
        person.answers("User [admin]:", "");
        person.answers("Password of admin:", &self.password);
    }

    /// All that comes before the hub; the private key is known by [`QUIET`].
    fn to_the_hub(&self, person: &mut Person) {
        person.sees("1/7 Cluster");
        person.answers("Name", &self.gateway);
        self.login(person);
        person.answers("Host", &self.edge);
        person.sees("4/7 IoT Hub");
    }

    fn topics_and_jar(&self, person: &mut Person) {
        person.answers("Telemetry [iotin]:", "");
        person.answers("Commands [iotout]:", "");
        person.answers("File or number", "");
    }
}

/// The private key is in the working directory of a stage: no question is asked for it.
const QUIET: [(&str, &str); 1] = [("HDIKAFKA_IDENTITY_FILE", "../r/id_ed25519")];

/// An az that lists a hub and a cluster, and knows the rehearsal's own hub.
fn with_az(stage: &Stage) {
    let directory = stage.place().directory().display().to_string();
    let clusters = r#"[{"name":"rehearsal","location":"West Europe","properties":{"clusterState":"Running","clusterDefinition":{"kind":"kafka"}}},
        {"name":"sparkling","location":"West Europe","properties":{"clusterState":"Running","clusterDefinition":{"kind":"spark"}}}]"#;
    stage.world.program(
        "az",
        &format!(
            r#"case "$*" in
'hdinsight list '*) echo '{clusters}';;
'iot hub list '*) printf '['; cat '{directory}/hub.json'; echo ']';;
'iot hub show --name=rehearsal-hub '*) cat '{directory}/hub.json';;
'iot hub policy show --hub-name=rehearsal-hub '*) cat '{directory}/policy.json';;
'iot hub '*) echo 'ERROR: No IoT Hub found with name x in current subscription.' >&2; exit 1;;
*) echo "ERROR: unexpected: $*" >&2; exit 2;;
esac
"#
        ),
    );
}

/// Files of the person's own, below the working directory and the configuration directory.
fn files(stage: &Stage) -> Vec<String> {
    fn below(directory: &std::path::Path, found: &mut Vec<String>) {
        for entry in std::fs::read_dir(directory).into_iter().flatten().flatten() {
            match entry.path().is_dir() {
                true => below(&entry.path(), found),
                false => found.push(entry.path().display().to_string()),
            }
        }
    }
    let mut found = Vec::new();
    below(&stage.world.path("work"), &mut found);
    below(&stage.world.path("home"), &mut found);
    found.retain(|path| !path.ends_with(".jar") && !path.contains("/.cache/"));
    found.sort();
    found
}

//! `hub show`: from the JSON of az in files and on standard input, and from an az on PATH.

use super::{KEY, Outcome, World};
use serde_json::{Value, json};

fn hub() -> Value {
    json!({"name": "myhub", "sku": {"tier": "Standard"}, "properties": {
        "hostName": "myhub.azure-devices.net", "state": "Active",
        "eventHubEndpoints": {"events": {"path": "iothub-ehub-myhub-1-3", "partitionCount": 4,
            "endpoint": "sb://iothub-ns-myhub-1-2.servicebus.windows.net/"}}}})
}

fn policy() -> Value {
    json!({"keyName": "service", "primaryKey": KEY, "secondaryKey": KEY, "rights": "ServiceConnect"})
}

/// Files named `hub` and `policy` in the working directory.
fn world(hub: impl AsRef<[u8]>, policy: impl AsRef<[u8]>) -> World {
    let world = World::new();
    world.file("work/hub", hub);
    world.file("work/policy", policy);
    world
}

const FROM_FILES: [&str; 6] = [
    "hub",
    "show",
    "--hub-json",
    "hub",
    "--policy-json",
    "policy",
];

#[track_caller]
fn without_key(outcome: Outcome) -> Outcome {
    for text in [&outcome.out, &outcome.err] {
        // a part of it is already too much
        assert!(!text.contains(&KEY[..12]), "the key was printed: {text}");
    }
    outcome
}

#[test]
fn the_key_is_shown_only_when_it_is_asked_for() {
    let world = world(hub().to_string(), policy().to_string());
    let table = without_key(world.run(&FROM_FILES).done()).out;
    for words in [
        "myhub.azure-devices.net",
        "iothub-ehub-myhub-1-3",
        "sb://iothub-ns-myhub-1-2.servicebus.windows.net/",
        "ServiceConnect",
        "5671",
    ] {
        assert!(table.contains(words), "{words} is not in {table}");
    }
    for format in ["json", "yaml"] {
        let plain = [&FROM_FILES[..], &["-o", format]].concat();
        let shown = without_key(world.run(&plain).done()).yaml();
        assert_eq!(shown["partitions"], 4);
        assert_eq!(shown["connection_string"], Value::Null);
        let shown = world
            .run(&[&plain[..], &["--reveal"]].concat())
            .done()
            .yaml();
        assert_eq!(
            shown["connection_string"],
            format!(
                "HostName=myhub.azure-devices.net;SharedAccessKeyName=service;SharedAccessKey={KEY}"
            )
        );
    }
    let revealed = world
        .run(&[&FROM_FILES[..], &["--reveal"]].concat())
        .done()
        .out;
    assert!(revealed.contains(KEY));
}

#[test]
fn standard_input_serves_one_of_them() {
    let world = world(hub().to_string(), policy().to_string());
    let (mut for_hub, mut for_policy) = (FROM_FILES, FROM_FILES);
    (for_hub[3], for_policy[5]) = ("-", "-");
    world
        .run_with(&for_hub, hub().to_string().as_bytes())
        .done();
    without_key(
        world
            .run_with(&for_policy, policy().to_string().as_bytes())
            .done(),
    );
    // `az … --query primaryKey -o tsv`
    without_key(
        world
            .run_with(&for_policy, format!("{KEY}\n").as_bytes())
            .done(),
    );
    world.run_with(&for_hub, b"").failed(2, &["standard input"]);
    for_hub[5] = "-";
    world
        .run_with(&for_hub, hub().to_string().as_bytes())
        .failed(
            2,
            &[
                "standard input can be read once",
                "--hub-json, --policy-json",
            ],
        );
}

#[test]
fn what_a_windows_shell_writes_is_read() {
    let utf16 = |text: String| -> Vec<u8> {
        let words = std::iter::once(0xfeff).chain(text.encode_utf16().collect::<Vec<_>>());
        words.flat_map(u16::to_le_bytes).collect()
    };
    let bom = |text: String| format!("\u{feff}{text}\r\n").into_bytes();
    let expected = world(hub().to_string(), policy().to_string())
        .run(&FROM_FILES)
        .done()
        .out;
    for encode in [&utf16 as &dyn Fn(String) -> Vec<u8>, &bom] {
        let world = world(encode(hub().to_string()), encode(policy().to_string()));
        assert_eq!(without_key(world.run(&FROM_FILES).done()).out, expected);
    }
}

#[test]
fn a_file_that_is_cut_or_something_else_is_refused_without_its_contents() {
    let (hub, policy) = (hub().to_string(), policy().to_string());
    for length in [0, 1, hub.len() / 2, hub.len() - 1] {
        let world = world(&hub[..length], &policy);
        without_key(world.run(&FROM_FILES)).failed(2, &["work/hub", "about an IoT Hub"]);
    }
    let within_key = policy.find(KEY).unwrap() + KEY.len() - 2;
    for length in [0, 1, within_key, policy.len() - 1] {
        let world = world(&hub, &policy[..length]);
        without_key(world.run(&FROM_FILES)).failed(2, &["work/policy", "about an IoT Hub"]);
    }
    // the two exchanged: what they are is seen from what they hold
    without_key(world(&policy, &hub).run(&FROM_FILES)).done();
    let world = world(&hub, &policy);
    let mut missing = FROM_FILES;
    missing[3] = "nowhere.json";
    world.run(&missing).failed(4, &["nowhere.json"]);
}

#[test]
fn the_three_keys_of_the_manual_lack_the_host_name_and_that_is_said() {
    let projected = json!({
        "EventHubCompatibleName": "iothub-ehub-myhub-1-3", "Partitions": 4,
        "EventHubCompatibleEndpoint": "sb://iothub-ns-myhub-1-2.servicebus.windows.net/",
    });
    without_key(world(projected.to_string(), policy().to_string()).run(&FROM_FILES))
        .failed(2, &["host name is not known", "az iot hub show"]);
}

#[test]
fn a_hub_that_is_still_being_made_is_told_from_a_wrong_file() {
    let young = json!({"name": "myhub", "properties": {"state": "Activating"}});
    world(young.to_string(), policy().to_string())
        .run(&FROM_FILES)
        .failed(3, &["myhub is still being activated"]);
}

/// An az that knows one hub; it writes down what it was called with.
fn with_az(world: World) -> World {
    let log = world.path("az.log");
    let az = format!(
        r#"printf '%s\n' "$*" >> '{log}'; env >> '{log}'
echo 'WARNING: this command is in preview' >&2
case "$*" in
*--name=nowhere*|*--hub-name=nowhere*)
    echo 'ERROR: No IoT Hub found with name nowhere in current subscription.' >&2; exit 1;;
'iot hub show --name=myhub '*) echo '{hub}';;
'iot hub policy show --hub-name=myhub --name=service '*) echo '{policy}';;
*) echo "ERROR: unexpected: $*" >&2; exit 2;;
esac
"#,
        log = log.display(),
        hub = hub(),
        policy = policy(),
    );
    world.program("az", &az);
    world
}

#[test]
fn az_is_asked_for_what_no_file_says() {
    let world = with_az(World::new()).set("HDIKAFKA_AMBARI_PASSWORD", super::PASSWORD);
    let shown = without_key(
        world
            .run(&["hub", "show", "--hub", "myhub", "-o", "json"])
            .done(),
    );
    assert_eq!(shown.json()["host_name"], "myhub.azure-devices.net");
    let log = std::fs::read_to_string(world.path("az.log")).unwrap();
    assert_eq!(log.matches("--output json").count(), 2, "{log}");
    assert!(
        !log.contains(super::PASSWORD),
        "az was told the password of Ambari"
    );

    without_key(world.run(&["hub", "show", "--hub", "nowhere"]))
        .failed(4, &["no IoT Hub named nowhere", "--subscription"]);
    world
        .run(&["hub", "show"])
        .failed(2, &["hub.name", "--hub"]);
    without_key(world.run(&["hub", "show", "--hub", "myhub", "--policy", "device"]))
        .failed(1, &["unexpected: iot hub policy show"]);
}

#[test]
fn without_az_or_without_a_login_the_next_step_is_named() {
    let world = World::new();
    let arguments = ["hub", "show", "--hub", "myhub"];
    world
        .run(&arguments)
        .failed(1, &["`az` is not installed", "--hub-json"]);
    world.program(
        "az",
        "echo \"ERROR: Please run 'az login' to setup account.\" >&2; exit 1\n",
    );
    world
        .run(&arguments)
        .failed(5, &["not logged in", "hint: az login"]);
    // a wrapper whose interpreter is gone, and one that says nothing
    world.program("az", "exit 127\n");
    world.run(&arguments).failed(1, &["without a word"]);
    world.program("az", "echo 'not json'\n");
    world
        .run(&arguments)
        .failed(1, &["did not print what was asked for"]);
}

#[test]
fn connection_strings_and_the_manuals_print_serve_as_well() {
    let endpoint = "Endpoint=sb://iothub-ns-myhub-1-2.servicebus.windows.net/";
    let strings = format!(
        "{endpoint};SharedAccessKeyName=service;SharedAccessKey={KEY};EntityPath=iothub-ehub-myhub-1-3 \
         HostName=myhub.azure-devices.net;SharedAccessKeyName=service;SharedAccessKey={KEY}"
    );
    let manual =
        "    \"EventHubCompatibleName\": \"iothub-ehub-myhub-1-3\",\n    \"Partitions\": 4\n";
    let expected = world(hub().to_string(), policy().to_string())
        .run(&FROM_FILES)
        .done()
        .json_free();
    let with_variable = World::new().set("HDIKAFKA_HUB_INFO", strings.as_str());
    let shown = with_variable.run(&["hub", "show", "--hub-partitions", "4"]);
    assert_eq!(without_key(shown.done()).json_free(), expected);
    let lacking = with_variable.run(&["hub", "show"]);
    without_key(lacking).failed(2, &["number of partitions", "--hub-partitions"]);
    let world = World::new();
    world.file("work/all", format!("{strings}\n{manual}"));
    let shown = world.run(&["hub", "show", "--hub-json", "all"]);
    assert_eq!(without_key(shown.done()).json_free(), expected);
    let mixed = format!(
        "{strings}\n{}",
        strings.replace("myhub.azure", "other.azure")
    );
    world.file("work/all", mixed);
    let mixed = world.run(&["hub", "show", "--hub-json", "all"]);
    without_key(mixed).failed(2, &["two of its host name"]);
}

impl Outcome {
    /// The lines that every shape of the same hub gives: what only JSON tells is left out.
    fn json_free(&self) -> Vec<String> {
        let only_json = |line: &&str| {
            !["tier", "state", "rights"]
                .iter()
                .any(|word| line.to_lowercase().contains(word))
        };
        self.out
            .lines()
            .filter(only_json)
            .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "))
            .collect()
    }
}

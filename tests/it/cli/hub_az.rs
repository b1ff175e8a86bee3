//! az as it is, as it was, and as it fails: a script on PATH that knows some of its commands.

use super::{KEY, Outcome, World};
use serde_json::json;

/// An az whose answers are the arms of a shell's `case`, by its whole command line; it writes down what it was called with.
fn with_az(arms: &str) -> World {
    let world = World::new();
    let hub = json!({"name": "myhub", "sku": {"tier": "Standard"}, "properties": {
        "hostName": "myhub.azure-devices.net", "state": "Active", "eventHubEndpoints": {"events": {
            "path": "iothub-ehub-myhub-1-3", "partitionCount": 4, "endpoint": "sb://ns.servicebus.windows.net/"}}}});
    let log = world.path("az.log");
    world.program(
        "az",
        &format!(
            r#"printf '%s\n' "$*" >> '{log}'
[ "$AZURE_EXTENSION_USE_DYNAMIC_INSTALL" = no ] || {{ echo 'Do you want to install it now?' >&2; exec sleep 100; }}
misspelt() {{ echo "ERROR: '$1' is misspelled or not recognized by the system." >&2; exit 2; }}
old() {{ echo "az iot hub: '$1' is not in the 'az iot hub' command group. See 'az iot hub --help'." >&2; exit 2; }}
string() {{ echo '{{"connectionString":"HostName=myhub.azure-devices.net;SharedAccessKeyName='"$1"';SharedAccessKey={KEY}"}}'; }}
case "$*" in
'iot hub show '*) echo '{hub}';;
{arms}
*) echo "ERROR: unexpected: $*" >&2; exit 1;;
esac
"#,
            log = log.display()
        ),
    );
    world
}

#[track_caller]
fn without_key(outcome: Outcome) -> Outcome {
    for text in [&outcome.out, &outcome.err] {
        assert!(!text.contains(&KEY[..12]), "the key was printed: {text}");
    }
    outcome
}

fn calls(world: &World) -> Vec<String> {
    let log = std::fs::read_to_string(world.path("az.log")).unwrap();
    let mut calls: Vec<String> = log.lines().map(str::to_owned).collect();
    calls.sort();
    calls
}

const SHOW: [&str; 4] = ["hub", "show", "--hub", "myhub"];

#[test]
fn an_az_that_lacks_a_command_is_asked_by_another() {
    let shown = |arms: &str, policy: &str| {
        let world = with_az(arms);
        let arguments = [&SHOW[..], &["--policy", policy, "--resource-group", "rg1"]].concat();
        without_key(world.run(&arguments).done());
        let revealed = world.run(&[&arguments[..], &["--reveal", "-o", "json"]].concat());
        let revealed = revealed.done();
        assert_eq!(revealed.json()["policy"], policy);
        assert!(
            revealed.json()["connection_string"]
                .as_str()
                .unwrap()
                .ends_with(KEY)
        );
        calls(&world)
    };
    // as it is today
    let today = format!(
        "'iot hub policy show --hub-name=myhub --name=iothubowner --resource-group=rg1 '*) echo '{}';;",
        json!({"keyName": "iothubowner", "primaryKey": KEY, "rights": "RegistryWrite, ServiceConnect, DeviceConnect"})
    );
    assert_eq!(shown(&today, "iothubowner").len(), 4);
    // without that command, with the extension
    let extension = "'iot hub policy '*) misspelt policy;;\n\
        'iot hub connection-string show -nmyhub --policy-name=service --resource-group=rg1 '*) string service;;";
    assert_eq!(shown(extension, "service").len(), 6);
    // older: both are not there, each in its own words
    let older = "'iot hub policy '*) old policy;;\n\
        'iot hub connection-string '*) echo \"az iot hub: error: argument _subcommand: invalid choice: 'connection-string'\" >&2; exit 2;;\n\
        'iot hub show-connection-string -nmyhub --policy-name=mine --resource-group=rg1 '*)\n\
        echo 'WARNING: This command has been deprecated' >&2; string mine;;";
    assert_eq!(shown(older, "mine").len(), 8);
}

#[test]
fn an_az_that_lacks_all_of_them_says_what_it_lacks() {
    let world = with_az(
        "*policy\\ show*) misspelt policy;;\n*connection-string*) misspelt connection-string;;",
    );
    world.run(&SHOW).failed(
        1,
        &["asking for the policy's key", "'policy' is misspelled"],
    );
}

#[test]
fn a_policy_that_is_not_there_is_told_with_those_that_are() {
    let policies = json!([
        {"keyName": "iothubowner", "primaryKey": KEY}, {"keyName": "service", "primaryKey": KEY}]);
    let missing = "*policy\\ show*) printf \"ERROR: (ResourceNotFound) The key was not found.\\nCode: ResourceNotFound\\n\" >&2; exit 3;;\n";
    let world = with_az(&format!("{missing}*policy\\ list*) echo '{policies}';;"));
    let outcome = world.run(&[&SHOW[..], &["--policy", "nope"]].concat());
    without_key(outcome).failed(
        4,
        &[
            "myhub has no policy nope",
            "it has iothubowner, service",
            "--policy NAME",
        ],
    );
    // a hub that is gone is no policy that is gone
    let gone = "*policy\\ show*) echo \"ERROR: (ResourceNotFound) The Resource 'Microsoft.Devices/IotHubs/myhub' under resource group 'rg1' was not found.\" >&2; exit 3;;";
    with_az(gone)
        .run(&SHOW)
        .failed(4, &["no IoT Hub named myhub"]);
}

#[test]
fn what_az_may_not_or_does_not_say_is_no_fault_of_the_command_line() {
    let denied = "*policy*) echo \"ERROR: (AuthorizationFailed) The client does not have authorization to perform action 'listkeys'\" >&2; exit 1;;";
    with_az(denied)
        .run(&SHOW)
        .failed(6, &["AuthorizationFailed", "--policy-json FILE"]);
    for (answer, why) in [
        ("true", "it is empty"),
        ("echo null", "neither JSON"),
        ("echo '- Finished ..'", "neither JSON"),
        (
            "echo '{\"keyName\":\"service\",\"primaryKey\":null}'",
            "no primary key",
        ),
        ("echo '<html>proxy</html>'", "web page"),
    ] {
        let world = with_az(&format!("*policy\\ show*) {answer};;"));
        world
            .run(&SHOW)
            .failed(1, &["iot hub policy show", "did not print", why]);
    }
}

#[test]
fn a_hub_that_a_file_tells_of_needs_no_name_to_ask_for_its_key() {
    let key = format!("*policy\\ show*) echo '\"{KEY}\"';;");
    let world = with_az(&key);
    let hub = json!({"name": "myhub", "properties": {"hostName": "myhub.azure-devices.net", "state": "Active",
        "eventHubEndpoints": {"events": {"path": "p", "partitionCount": 2, "endpoint": "sb://ns.x.net/"}}}});
    world.file("work/hub", hub.to_string());
    without_key(world.run(&["hub", "show", "--hub-json", "hub"]).done());
    assert_eq!(
        calls(&world),
        ["iot hub policy show --hub-name=myhub --name=service --output json"]
    );
}

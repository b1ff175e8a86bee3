//! The stand-in for the Azure CLI (`tests/system/bin/az`, Python): streams and exit codes.

use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

struct Answer {
    code: i32,
    stdout: String,
    stderr: String,
}

/// A directory as the stand-in reads it, with one hub and two policies.
fn place() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let hub = json!({"name": "myhub", "resourcegroup": "rg1", "properties": {"hostName": "myhub.azure-devices.net"}});
    let policy =
        |name: &str| json!({"keyName": name, "primaryKey": "a2V5", "rights": "ServiceConnect"});
    std::fs::write(dir.path().join("hub.json"), hub.to_string()).unwrap();
    let policies = json!([policy("iothubowner"), policy("service")]);
    std::fs::write(dir.path().join("policy.json"), policies.to_string()).unwrap();
    dir
}

fn az(dir: &Path, arguments: &str) -> Answer {
    let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/system/bin/az");
    let mut command = Command::new(program);
    command
        .args(arguments.split_whitespace())
        .env("HDIKAFKA_LAB_AZ", dir);
    let output = command.output().unwrap();
    Answer {
        code: output.status.code().unwrap(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

#[test]
fn answers_are_json_on_stdout_and_warnings_on_stderr() {
    let dir = place();
    let hub = az(dir.path(), "iot hub show --name MyHub --output json");
    assert_eq!(hub.code, 0);
    let shown: Value = serde_json::from_str(&hub.stdout).unwrap();
    assert_eq!(shown["properties"]["hostName"], "myhub.azure-devices.net");
    assert!(hub.stderr.starts_with("WARNING: "), "{}", hub.stderr);
    let quiet = az(
        dir.path(),
        "iot hub policy show --hub-name myhub -n service --only-show-errors",
    );
    assert_eq!((quiet.code, quiet.stderr.as_str()), (0, ""));
    let shown: Value = serde_json::from_str(&quiet.stdout).unwrap();
    assert_eq!(shown["keyName"], "service");
    assert!(
        az(dir.path(), "version")
            .stdout
            .contains("not the Azure CLI")
    );
    assert!(az(dir.path(), "account show").stdout.contains("AzureCloud"));
}

#[test]
fn failures_have_the_texts_and_codes_of_az() {
    let dir = place();
    let check = |arguments: &str, code: i32, text: &str| {
        let answer = az(dir.path(), arguments);
        assert_eq!(
            (answer.code, answer.stdout.as_str()),
            (code, ""),
            "{arguments}"
        );
        assert!(
            answer.stderr.contains(text),
            "{arguments}: {}",
            answer.stderr
        );
    };
    check(
        "iot hub show -n nosuch",
        1,
        "ERROR: No IoT Hub found with name nosuch in current subscription.",
    );
    check(
        "iot hub show -n myhub -g rg2",
        1,
        "ERROR: An IotHub 'myhub' under resource group 'rg2' was not found.",
    );
    check("iot hub show", 1, "ERROR: (--name | --ids) are required");
    check(
        "iot hub policy show --hub-name myhub --name nope",
        3,
        "ERROR: (ResourceNotFound)",
    );
    check(
        "iot hub connection-string show",
        2,
        "is misspelled or not recognized by the system.",
    );
    std::fs::write(dir.path().join("mode"), "not-logged-in\n").unwrap();
    for arguments in [
        "account show",
        "iot hub show -n myhub",
        "iot hub policy show --hub-name myhub -n service",
    ] {
        check(
            arguments,
            1,
            "ERROR: Please run 'az login' to setup account.",
        );
    }
}

//! The real Azure CLI against the sandbox's Entra ID and Azure Resource Manager: a cloud of its own, a login as a
//! service principal, and the reads that the program makes with it.

use super::arm::{Azure, KEY, SUBSCRIPTION, azure};
use super::entra::{CLIENT, SECRET, TENANT};
use serde_json::Value;
use std::process::{Command, Output};
use tempfile::TempDir;

/// A configuration directory of its own; az keeps everything there.
struct Cli<'a> {
    dir: TempDir,
    azure: &'a Azure,
}

impl<'a> Cli<'a> {
    /// With the cloud registered and in use.
    fn new(azure: &'a Azure) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let ca = azure.place.authority.ca_pem();
        std::fs::write(dir.path().join("ca.pem"), ca).unwrap();
        let cli = Self { dir, azure };
        let arm = cli.azure.base();
        cli.done(&[
            "cloud",
            "register",
            "-n",
            "rehearsal",
            "--endpoint-resource-manager",
            &arm,
        ]);
        cli.done(&["cloud", "set", "-n", "rehearsal"]);
        cli
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command
            .env("HOME", self.dir.path())
            .env("AZURE_CONFIG_DIR", self.dir.path().join("azure"))
            .env("REQUESTS_CA_BUNDLE", self.dir.path().join("ca.pem"))
            // MSAL would ask login.microsoftonline.com whether it knows this authority.
            .env("AZURE_CORE_INSTANCE_DISCOVERY", "false")
            .env("AZURE_CORE_COLLECT_TELEMETRY", "false")
            .env("AZURE_CORE_LOGIN_EXPERIENCE_V2", "false")
            .env_remove("HTTPS_PROXY")
            .env_remove("https_proxy");
        command
    }

    fn run(&self, arguments: &[&str]) -> Output {
        let mut az = self.command("az");
        az.args(arguments).args(["-o", "json"]).output().unwrap()
    }

    #[track_caller]
    fn done(&self, arguments: &[&str]) -> Value {
        let output = self.run(arguments);
        let err = String::from_utf8_lossy(&output.stderr);
        let asked = self.azure.arm.server().requests();
        assert!(
            output.status.success(),
            "az {arguments:?}: {err}\n{asked:#?}"
        );
        serde_json::from_slice(&output.stdout).unwrap_or(Value::Null)
    }

    #[track_caller]
    fn failed(&self, arguments: &[&str], words: &str) {
        let output = self.run(arguments);
        let err = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success(), "az {arguments:?}");
        assert!(err.contains(words), "az {arguments:?}: {err}");
    }

    fn login(&self) -> Value {
        self.done(&[
            "login",
            "--service-principal",
            "-u",
            CLIENT,
            "-p",
            SECRET,
            "--tenant",
            TENANT,
        ])
    }
}

#[test]
#[ignore = "needs the Azure CLI (az) on PATH"]
fn az_signs_in_and_reads_hub_keys_and_cluster() {
    let azure = azure();
    let cli = Cli::new(&azure);
    cli.failed(
        &[
            "login",
            "--service-principal",
            "-u",
            CLIENT,
            "-p",
            "wrong",
            "--tenant",
            TENANT,
        ],
        "AADSTS7000215",
    );
    let accounts = cli.login();
    assert_eq!(accounts[0]["id"], SUBSCRIPTION);

    for hub in [
        cli.done(&["iot", "hub", "show", "-n", "myhub"]),
        cli.done(&["iot", "hub", "show", "-n", "myhub", "-g", "rg1"]),
    ] {
        assert_eq!(hub["properties"]["hostName"], "myhub.azure-devices.net");
        let events = &hub["properties"]["eventHubEndpoints"]["events"];
        assert_eq!(events["path"], "iothub-ehub-myhub-1-3");
    }
    let policy = cli.done(&[
        "iot",
        "hub",
        "policy",
        "show",
        "--hub-name",
        "myhub",
        "-n",
        "service",
    ]);
    assert_eq!(
        (&policy["primaryKey"], &policy["rights"]),
        (&KEY.into(), &"ServiceConnect".into())
    );
    let policies = cli.done(&["iot", "hub", "policy", "list", "--hub-name", "myhub"]);
    assert_eq!(policies.as_array().unwrap().len(), 2);
    azure.arm.change(|estate| estate.page = 2);
    let hubs = cli.done(&["iot", "hub", "list"]);
    assert_eq!(
        hubs.as_array().unwrap().len(),
        4,
        "the second page is missing"
    );
    let cluster = cli.done(&["hdinsight", "show", "-n", "mykafka", "-g", "rg1"]);
    assert_eq!(cluster["properties"]["clusterVersion"], "5.1.3000.0");

    cli.failed(
        &["iot", "hub", "show", "-n", "nosuch"],
        "No IoT Hub found with name nosuch",
    );
    azure.arm.change(|estate| estate.roles.clear());
    cli.failed(
        &["iot", "hub", "show", "-n", "myhub"],
        "AuthorizationFailed",
    );
}

#[test]
#[ignore = "needs the Azure CLI (az) on PATH"]
fn the_program_asks_the_real_az() {
    let azure = azure();
    let cli = Cli::new(&azure);
    let show = |hub: &str| {
        let mut command = cli.command(env!("CARGO_BIN_EXE_hdikafka"));
        command.args(["hub", "show", "--hub", hub, "-o", "json", "--no-input"]);
        command.output().unwrap()
    };
    // not signed in yet
    let output = show("myhub");
    assert_eq!(
        output.status.code(),
        Some(5),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    cli.login();
    let output = show("myhub");
    let err = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{err}");
    let shown: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(shown["host_name"], "myhub.azure-devices.net");
    assert_eq!(shown["rights"], "ServiceConnect");
    assert_eq!(show("nosuch").status.code(), Some(4));
}

//! Every shape in which people have what they know of their hub, by every way in; and the broken twin of each.

use super::{KEY, Outcome, World};
use serde_json::{Value, json};

const HOST: &str = "myhub.azure-devices.net";
const EVENTS: &str = "sb://iothub-ns-myhub-1-2.servicebus.windows.net/";
const PATH: &str = "iothub-ehub-myhub-1-3";

fn hub() -> Value {
    json!({"name": "myhub", "resourcegroup": "rg1", "subscriptionid": SUBSCRIPTION, "sku": {"tier": "Standard"},
        "properties": {"hostName": HOST, "state": "Active",
            "eventHubEndpoints": {"events": {"path": PATH, "partitionCount": 4, "endpoint": EVENTS}}}})
}

const SUBSCRIPTION: &str = "00000000-0000-0000-0000-000000000001";

/// As az 2.0 printed it, with parts that are gone today.
fn hub_of_2018() -> Value {
    let mut hub = hub();
    hub["properties"]["operationsMonitoringProperties"] = json!({"events": {"None": "None"}});
    hub["properties"]["eventHubEndpoints"]["operationsMonitoringEvents"] =
        json!({"path": "other", "partitionCount": 2, "endpoint": EVENTS});
    hub
}

fn policy(name: &str, key: &str) -> Value {
    json!({"keyName": name, "primaryKey": key, "secondaryKey": key, "rights": "ServiceConnect"})
}

fn service() -> String {
    format!("HostName={HOST};SharedAccessKeyName=service;SharedAccessKey={KEY}")
}

/// What the portal offers to copy.
fn endpoint() -> String {
    format!("Endpoint={EVENTS};SharedAccessKeyName=service;SharedAccessKey={KEY};EntityPath={PATH}")
}

/// The members of the manual's projection, as the manual prints them.
fn manual() -> String {
    format!(
        "    \"EventHubCompatibleEndpoint\": \"{EVENTS}\",\n    \"EventHubCompatibleName\": \"{PATH}\",\n    \"Partitions\": 4\n"
    )
}

fn table(hub: &Value) -> Vec<(&'static str, String)> {
    let policy = policy("service", KEY);
    let reordered = format!("SharedAccessKey={KEY};HostName={HOST};SharedAccessKeyName=service");
    vec![
        ("show and policy show", format!("{hub}\n{policy}")),
        (
            "the other way round, CRLF",
            format!("{policy:#}\n{hub:#}\n").replace('\n', "\r\n"),
        ),
        ("show and a key in quotes", format!("{hub}\n\"{KEY}\"\n")),
        ("show and a bare key", format!("{KEY}\n{hub}")),
        ("lists", format!("[{hub}]\n[{policy}]")),
        (
            "az rest",
            format!("{{\"value\":[{hub}]}}{{\"value\":[{policy}]}}"),
        ),
        (
            "the manual's keys and connection-string show",
            format!(
                "{{{}}}\n{{\"connectionString\": \"{}\"}}",
                manual(),
                service()
            ),
        ),
        (
            "without braces, as the manual prints them",
            format!("{}{}", manual(), service()),
        ),
        (
            "show-connection-string without a hub",
            format!(
                "{}[{{\"name\":\"myhub\",\"connectionString\":[\"{}\"]}}]",
                manual(),
                service()
            ),
        ),
        (
            "the portal's endpoint, the service's string",
            format!("{}\n{}\n\"Partitions\": 4", endpoint(), service()),
        ),
        (
            "both on one line",
            format!("{} {} {{{}}}", endpoint(), service(), manual()),
        ),
        (
            "connection-string show --default-eventhub",
            format!("{{\"connectionString\":\"{}\"}}{hub}", endpoint()),
        ),
        (
            "keys in another order",
            format!("{reordered}\n{}", manual()),
        ),
        (
            "the endpoint alone",
            format!("{EVENTS}\n{}\n{}", service(), manual()),
        ),
        (
            "all of it",
            format!("{}{hub}\n{policy}{}\n{}", manual(), endpoint(), service()),
        ),
    ]
}

#[track_caller]
fn without_key(outcome: Outcome) -> Outcome {
    for text in [&outcome.out, &outcome.err] {
        assert!(!text.contains(&KEY[..12]), "the key was printed: {text}");
    }
    outcome
}

/// What the hub is, without what only some shapes tell.
#[track_caller]
fn facts(name: &str, outcome: Outcome) -> Value {
    assert_eq!(
        (outcome.code, outcome.err.as_str()),
        (0, ""),
        "{name}: {}",
        outcome.err
    );
    let mut shown = outcome.json();
    shown.as_object_mut().unwrap().remove("rights");
    shown
}

const REVEAL: [&str; 5] = ["hub", "show", "--reveal", "-o", "json"];

fn expected() -> Value {
    json!({"name": "myhub", "host_name": HOST, "events_path": PATH, "events_endpoint": EVENTS, "partitions": 4,
        "policy": "service", "reach": {}, "connection_string": service()})
}

#[test]
fn every_shape_by_every_way_gives_the_same_facts() {
    for hub in [hub(), hub_of_2018()] {
        for (name, text) in table(&hub) {
            let world = World::new();
            world.file("work/known", &text);
            let with = |flag, value| [&REVEAL[..], &[flag, value]].concat();
            for flag in ["--hub-json", "--policy-json", "--hub-info-file"] {
                let shown = facts(name, world.run(&with(flag, "known")));
                assert_eq!(shown, expected(), "{name} by {flag}");
            }
            let piped = world.run_with(&with("--hub-info-file", "-"), text.as_bytes());
            assert_eq!(facts(name, piped), expected(), "{name} by a pipe");
            let world = world.set("HDIKAFKA_HUB_INFO", text.as_str());
            let shown = facts(name, world.run(&REVEAL));
            assert_eq!(shown, expected(), "{name} by a variable");
        }
    }
}

#[test]
fn every_cloud_has_its_own_names() {
    for (devices, bus) in [
        ("azure-devices.cn", "servicebus.chinacloudapi.cn"),
        ("azure-devices.us", "servicebus.usgovcloudapi.net"),
        ("azure-devices.de", "servicebus.cloudapi.de"),
    ] {
        for (name, text) in table(&hub()) {
            let local = |text: &str| {
                text.replace("azure-devices.net", devices)
                    .replace("servicebus.windows.net", bus)
            };
            let shown = World::new()
                .set("HDIKAFKA_HUB_INFO", local(&text))
                .run(&REVEAL);
            let wanted: Value = serde_json::from_str(&local(&expected().to_string())).unwrap();
            assert_eq!(facts(name, shown), wanted, "{name}");
        }
    }
}

#[test]
fn what_windows_programs_write_is_read() {
    let text = format!("{}\r\n{}\r\n", hub(), policy("service", KEY));
    let utf16 = |mark: &str| -> Vec<u8> {
        let words = format!("{mark}{text}");
        words.encode_utf16().flat_map(u16::to_le_bytes).collect()
    };
    let windows_1252 = text
        .replace("rg1", "gr\u{fc}ppe")
        .chars()
        .map(|c| c as u8)
        .collect();
    for (name, bytes) in [
        ("PowerShell 5's >", utf16("\u{feff}")),
        ("the same without its mark", utf16("")),
        ("Out-File -Encoding utf8", format!("\u{feff}{text}").into()),
        ("Windows-1252", windows_1252),
    ] {
        let world = World::new();
        world.file("work/known", bytes);
        for flag in ["--hub-json", "--hub-info-file"] {
            let shown = world.run(&[&REVEAL[..], &[flag, "known"]].concat());
            assert_eq!(facts(name, shown), expected(), "{name}");
        }
    }
}

#[test]
fn broken_twins_are_named_and_nothing_of_them_is_quoted() {
    let whole = format!("{}{}", hub(), policy("service", KEY));
    let broken_key = service().replace(&KEY[..20], &format!("{} {}", &KEY[..10], &KEY[10..20]));
    let broken_line = service().replace(&KEY[..20], &format!("{}\n{}", &KEY[..10], &KEY[10..20]));
    let garbage: Vec<u8> = (0..10 << 20)
        .map(|i: u32| (i.wrapping_mul(2_654_435_761) >> 13) as u8)
        .collect();
    let cases: Vec<(&str, Vec<u8>, &str)> = vec![
        ("cut off", whole[..whole.len() - 30].into(), "is cut off"),
        ("empty", Vec::new(), "empty"),
        ("a mark alone", b"\xff\xfe".into(), "empty"),
        (
            "HTML",
            b"\n<!DOCTYPE html><title>Sign in</title>".into(),
            "web page",
        ),
        ("garbage", garbage, "larger than 4 MiB"),
        (
            "null",
            format!("{}\nnull", hub()).into(),
            "neither JSON nor a connection string",
        ),
        ("null alone in a list", b"[null]".into(), "null"),
        (
            "an error of az",
            b"ERROR: Please run 'az login' to setup account.".into(),
            "line 1",
        ),
        ("a blank in the key", broken_key.into(), "not base64"),
        ("a line break in the key", broken_line.into(), "line 1"),
        (
            "the path twice",
            format!("{};EntityPath={PATH}", endpoint()).into(),
            "twice",
        ),
        (
            "the host twice",
            format!("{};HostName={HOST}", service()).into(),
            "twice",
        ),
        (
            "a device's string",
            format!("HostName={HOST};DeviceId=fakepi;SharedAccessKey={KEY}").into(),
            "of a device",
        ),
        (
            "no key",
            format!("HostName={HOST};SharedAccessKeyName=service").into(),
            "no SharedAccessKey",
        ),
        (
            "a host that is none",
            service().replace(HOST, "my hub").into(),
            "host name",
        ),
        (
            "a key for a name",
            format!(
                "{}\n{}",
                service(),
                service().replace("=service", &format!("={KEY}"))
            )
            .into(),
            "two of its policy",
        ),
        (
            "two hosts",
            format!("{}\n{}", service(), service().replace("myhub", "other")).into(),
            "two of its host name",
        ),
        (
            "two keys",
            format!(
                "{whole}\n{}",
                policy("service", &KEY.replace("aHVi", "bHVi"))
            )
            .into(),
            "two of its key",
        ),
        (
            "two counts",
            format!("{whole}\n{}", manual().replace('4', "8")).into(),
            "number of partitions: 4 and 8",
        ),
    ];
    for (name, bytes, words) in cases {
        let world = World::new();
        world.file("work/known", bytes);
        let outcome = without_key(world.run(&["hub", "show", "--hub-json", "known"]));
        assert_eq!(outcome.code, 2, "{name}: {}", outcome.err);
        outcome.failed(2, &["work/known", words]);
    }
}

#[test]
fn two_sources_that_contradict_each_other_are_both_named() {
    let world = World::new();
    world.file("work/hub", hub().to_string());
    world.file("work/policy", service().replace("myhub", "other"));
    let outcome = world.run(&[
        "hub",
        "show",
        "--hub-json",
        "hub",
        "--policy-json",
        "policy",
    ]);
    without_key(outcome).failed(
        2,
        &[
            "work/hub and ",
            "work/policy together",
            "two of its host name",
        ],
    );
    let world = world.set("HDIKAFKA_HUB_INFO", policy("iothubowner", KEY).to_string());
    let outcome = world.run(&["hub", "show", "--hub-json", "hub", "--policy", "service"]);
    without_key(outcome).failed(
        4,
        &["env HDIKAFKA_HUB_INFO", "iothubowner", "--policy NAME"],
    );
    let outcome = World::new()
        .set("HDIKAFKA_HUB_INFO", format!("{}\n{}", service(), manual()))
        .run(&["hub", "show", "--hub", "another"]);
    without_key(outcome).failed(2, &["hub.name is another (flag)", "another one: myhub"]);
}

/// Two hubs of one name, two resource groups and two subscriptions; several policies.
#[test]
fn of_several_the_one_that_is_named_is_taken() {
    let there = |group: &str, subscription: &str, count: u32| {
        let mut hub = hub();
        hub["resourcegroup"] = json!(group);
        hub["subscriptionid"] = json!(subscription);
        hub["properties"]["eventHubEndpoints"]["events"]["partitionCount"] = json!(count);
        hub
    };
    let second = SUBSCRIPTION.replace("1", "2");
    let hubs = [
        there("rg1", SUBSCRIPTION, 4),
        there("rg2", SUBSCRIPTION, 8),
        there("rg1", &second, 16),
    ];
    let keys = [
        policy("service", KEY),
        policy("iothubowner", &KEY.replace("aHVi", "bHVi")),
    ];
    let world = World::new();
    world.file("work/hubs", json!(hubs).to_string());
    world.file("work/keys", json!(keys).to_string());
    let arguments = ["hub", "show", "--hub-json", "hubs", "--policy-json", "keys"];
    let with = |more: &[&str]| without_key(world.run(&[&arguments[..], more].concat()));
    with(&[]).failed(
        2,
        &[
            "several hubs",
            "resource group rg2",
            &second,
            "--resource-group NAME or --subscription ID",
        ],
    );
    with(&["--resource-group", "rg1"]).failed(2, &["several hubs"]);
    let shown = with(&["-o", "json", "--resource-group", "RG2"])
        .done()
        .yaml();
    assert_eq!(
        (&shown["partitions"], &shown["policy"]),
        (&8.into(), &"service".into())
    );
    let shown = with(&[
        "-o",
        "json",
        "--subscription",
        &second,
        "--policy",
        "iothubowner",
    ])
    .done()
    .yaml();
    assert_eq!(
        (&shown["partitions"], &shown["policy"]),
        (&16.into(), &"iothubowner".into())
    );
    with(&["--hub", "third"]).failed(4, &["not among the hubs: myhub", "--hub NAME"]);
    with(&["--resource-group", "rg2", "--policy", "device"])
        .failed(4, &["not among the policies: iothubowner, service"]);
    // one that stands alone is taken although it is not the policy that is assumed
    world.file("work/keys", keys[1].to_string());
    let shown = with(&["-o", "json", "--resource-group", "rg2"])
        .done()
        .yaml();
    assert_eq!(shown["policy"], "iothubowner");
}

#[test]
fn hubs_that_cannot_serve_are_refused() {
    let changed = |path: &str, value: Value| {
        let mut hub = hub();
        *hub.pointer_mut(path).unwrap() = value;
        World::new()
            .set(
                "HDIKAFKA_HUB_INFO",
                format!("{hub}{}", policy("service", KEY)),
            )
            .run(&["hub", "show"])
    };
    changed("/sku/tier", json!("Basic")).failed(3, &["Basic tier", "Standard"]);
    changed("/properties/state", json!("Activating")).failed(3, &["Activating", "activated"]);
    let outcome = changed("/properties/hostName", json!("my hub.net"));
    without_key(outcome).failed(2, &["host name"]);
}

//! Who may be a device, and who may register one: credentials and rights that are missing, wrong, or of something else.

use super::{DEVICE_KEY, HOST, OWNER, OWNER_KEY, counted, https, place, without_keys};
use std::net::SocketAddr;

#[test]
fn a_missing_device_is_registered_only_on_request() {
    let place = place();
    let hub = place.hub(&[]);
    let world = place.operator(https(&hub), "iothubowner", Some(OWNER));
    let base = ["device", "simulate", "new-pi", "--count", "1"];
    without_keys(world.run(&base)).failed(4, &["has no device new-pi", "hint: ", "--create"]);
    let create = [&base[..], &["--create"]].concat();
    let outcome = world.run(&create);
    assert!(
        outcome.err.contains("has a new device: new-pi"),
        "{}",
        outcome.err
    );
    counted(outcome, "1 message sent, 0 commands received");
    // it is there now, and stays what it is
    let outcome = world.run(&create);
    assert!(!outcome.err.contains("new device"), "{}", outcome.err);
    counted(outcome, "1 message sent, 0 commands received");
    counted(world.run(&base), "1 message sent, 0 commands received");
}

#[test]
fn the_missing_right_is_named_before_or_after_the_hub_is_asked() {
    let place = place();
    let hub = place.hub(&["fakepi"]);
    let base = ["device", "simulate", "fakepi", "--count", "1"];
    let create = [&base[..], &["--create"]].concat();
    let operator = |policy: &str, rights: Option<&str>| place.operator(https(&hub), policy, rights);

    let world = operator("service", Some("ServiceConnect"));
    without_keys(world.run(&base))
        .failed(6, &["policy service", "not RegistryRead", "iothubowner"]);
    let world = operator("registryRead", Some("RegistryRead"));
    without_keys(world.run(&create)).failed(6, &["not RegistryWrite"]);
    assert_eq!(hub.server().requests().len(), 0);
    counted(world.run(&base), "1 message sent, 0 commands received");

    // only the key is known: the hub has to say it
    let world = operator("service", None);
    without_keys(world.run(&base)).failed(5, &["the policy service", "RegistryRead"]);
    // a policy that may act for devices needs no registry
    let world = operator("device", Some("DeviceConnect"));
    counted(world.run(&base), "1 message sent, 0 commands received");
    let gone = ["device", "simulate", "nosuch", "--count", "1"];
    without_keys(world.run(&gone)).failed(4, &["no device nosuch"]);
}

#[test]
fn a_connection_string_that_does_not_fit_is_refused_without_contact() {
    let place = place();
    let hub = place.hub(&["fakepi"]);
    let world = place.device(https(&hub));
    let other = ["device", "simulate", "other", "--count", "1"];
    without_keys(world.run(&other)).failed(2, &["for the device fakepi, not for other"]);
    let create = ["device", "simulate", "fakepi", "--create"];
    without_keys(world.run(&create)).failed(2, &["--create needs a policy"]);
    let base = [
        "device",
        "simulate",
        "fakepi",
        "--device-connection-string-file",
        "-",
    ];
    let policy = format!("HostName={HOST};SharedAccessKeyName=service;SharedAccessKey={OWNER_KEY}");
    without_keys(world.run_with(&base, policy.as_bytes())).failed(2, &["of a policy"]);
    without_keys(world.run_with(&base, DEVICE_KEY.as_bytes())).failed(2, &["connection string"]);
    assert_eq!(hub.server().requests().len(), 0);
    let good = format!("HostName={HOST};DeviceId=fakepi;SharedAccessKey={DEVICE_KEY}\n");
    let one = [&base[..], &["--count", "1"]].concat();
    counted(
        world.run_with(&one, good.as_bytes()),
        "1 message sent, 0 commands received",
    );
    let wrong = format!("HostName={HOST};DeviceId=fakepi;SharedAccessKey={OWNER_KEY}");
    let outcome = without_keys(world.run_with(&one, wrong.as_bytes()));
    assert_eq!(outcome.code, 5, "{}", outcome.err);
    assert!(
        outcome
            .err
            .contains("does not know device fakepi with this key")
    );
}

#[test]
fn a_hub_of_another_authority_and_one_that_is_away_are_told_apart() {
    let place = place();
    let hub = place.hub(&["fakepi"]);
    let base = ["device", "simulate", "fakepi", "--count", "1"];
    let mut world = place.device(https(&hub));
    world.env.remove("HDIKAFKA_CA_FILE");
    assert_eq!(without_keys(world.run(&base)).code, 7);
    let closed: SocketAddr = super::super::servers::closed().parse().unwrap();
    let outcome = without_keys(place.device(closed).run(&base));
    assert_eq!(outcome.code, 8, "{}", outcome.err);
}

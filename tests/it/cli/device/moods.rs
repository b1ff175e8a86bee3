//! A hub that wants a pause, that fails for a while, or whose clock is another one.

use super::{counted, https, place, without_keys};
use hdikafka::sandbox::http::{Fault, Response};
use serde_json::json;
use std::sync::{Arc, Mutex};
use std::time::Duration;

#[test]
fn a_hub_that_asks_for_a_pause_gets_it_and_the_message_is_not_lost() {
    let place = place();
    let refused = Mutex::new(false);
    let server = place.server(move |request| match request.method.as_str() {
        "POST" if !std::mem::replace(&mut *refused.lock().unwrap(), true) => {
            let words = json!({"Message": "ErrorCode:ThrottlingException;slow down"});
            Response::json(429, &words).with_header("retry-after", "2")
        }
        _ => Response::empty(204),
    });
    let world = place.device(server.addrs()[0]);
    let arguments = [
        "device", "simulate", "fakepi", "--every", "100ms", "--count", "1",
    ];
    let outcome = world.run(&arguments);
    assert!(outcome.took >= Duration::from_secs(2), "{:?}", outcome.took);
    assert!(
        outcome.err.contains("slow down; sending again in 2 s"),
        "{}",
        outcome.err
    );
    let out = counted(outcome, "1 message sent, 0 commands received");
    assert!(out.contains("\"messageId\":1,"), "{out}");
    let posts = server.requests().into_iter();
    assert_eq!(posts.filter(|one| one.method == "POST").count(), 2);
}

#[test]
fn a_hub_that_fails_for_a_while_is_waited_for_once_it_has_answered() {
    let place = place();
    let hub = place.hub(&["fakepi"]);
    let world = place.device(https(&hub));
    let events = "/devices/fakepi/messages/events";
    let fault = Fault::answer(500, "text/plain", "down").times(1);
    hub.server().set_fault(events, fault);
    let base = [
        "device", "simulate", "fakepi", "--every", "100ms", "--count", "2",
    ];
    // the very first answer: better an error at once than a wait
    let outcome = without_keys(world.run(&base));
    assert_eq!(outcome.code, 1, "{}", outcome.err);
    // commands are asked for first here, so that the hub is known to be right
    hub.server()
        .set_fault(events, Fault::answer(503, "text/plain", "busy").times(1));
    let outcome = world.run(&base);
    assert!(
        outcome.err.contains("503: busy; sending again in 1 s"),
        "{}",
        outcome.err
    );
    counted(outcome, "2 messages sent, 0 commands received");
}

#[test]
fn a_clock_that_is_wrong_is_put_right_by_the_hubs() {
    let place = place();
    let expiries = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&expiries);
    let theirs = jiff::Timestamp::now().as_second() + 7200;
    let server = place.server(move |request| {
        let token = request.header("authorization").unwrap_or_default();
        let expiry = token.split("&se=").nth(1).unwrap_or_default();
        let expiry: i64 = expiry.split('&').next().unwrap().parse().unwrap();
        seen.lock().unwrap().push(expiry);
        if expiry > theirs {
            return Response::empty(204);
        }
        let date = jiff::Timestamp::from_second(theirs).unwrap();
        let date = date.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
        let words = json!({"Message": "ErrorCode:IotHubUnauthorizedAccess;ExpiredToken"});
        Response::json(401, &words).with_header("date", date)
    });
    let world = place.device(server.addrs()[0]);
    let arguments = [
        "device", "simulate", "fakepi", "--every", "100ms", "--count", "2",
    ];
    counted(
        world.run(&arguments),
        "2 messages sent, 0 commands received",
    );
    let expiries = expiries.lock().unwrap();
    assert!(expiries[0] < theirs, "{expiries:?}");
    assert!(
        expiries[1..].iter().all(|expiry| *expiry > theirs),
        "{expiries:?}"
    );
}

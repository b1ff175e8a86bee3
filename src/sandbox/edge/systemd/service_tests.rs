use super::super::words::Specifiers;
use super::*;

fn service(settings: &str) -> Service {
    let text = format!("[Service]\nExecStart=/bin/worker\n{settings}\n");
    let specifiers = Specifiers {
        unit: "w.service",
        host: "h",
    };
    Service::new("w.service", Unit::parse(&text, &specifiers))
}

fn at(seconds: u64) -> Now {
    Now {
        since_boot: Duration::from_secs(seconds),
        real: seconds as i64 * 1_000_000,
        id: format!("{seconds:032x}"),
    }
}

fn killed(number: i32) -> Event {
    Event::Ended(Ended::Signal {
        number,
        core: false,
    })
}

fn runs(effects: &[Effect]) -> bool {
    effects
        .iter()
        .any(|effect| matches!(effect, Effect::Run { main: true, .. }))
}

#[test]
fn a_clean_life() {
    let mut one = service("ExecStartPre=/bin/mark\nSuccessExitStatus=143");
    let effects = one.step(Event::Start, &at(1));
    assert!(
        effects
            .iter()
            .any(|e| matches!(e, Effect::Run { main: false, .. }))
    );
    assert_eq!(one.state.names(), ("activating", "start-pre"));
    let effects = one.step(Event::Ended(Ended::Code(0)), &at(2));
    assert!(runs(&effects) && effects.contains(&Effect::StartDone(Ok(()))));
    assert_eq!(
        (one.state, one.active_enter.since_boot.as_secs()),
        (State::Running, 2)
    );
    assert_eq!(one.invocation, at(1).id);
    let effects = one.step(Event::Stop, &at(3));
    assert!(effects.contains(&Effect::Signal(libc::SIGTERM)));
    assert!(effects.contains(&Effect::Timer(Some(Duration::from_secs(90)))));
    assert!(one.state.is_stopping());
    one.step(Event::Ended(Ended::Code(143)), &at(4));
    assert_eq!((one.state, one.outcome), (State::Dead, Outcome::Success));
    assert_eq!(one.last, Some(Ended::Code(143)));
}

#[test]
fn without_the_setting_143_is_a_failure() {
    let mut one = service("");
    one.step(Event::Start, &at(1));
    one.step(Event::Stop, &at(2));
    one.step(Event::Ended(Ended::Code(143)), &at(3));
    assert_eq!((one.state, one.outcome), (State::Failed, Outcome::ExitCode));
    one.step(Event::ResetFailed, &at(4));
    assert_eq!((one.state, one.outcome), (State::Dead, Outcome::Success));
}

#[test]
fn on_failure_starts_again_until_the_limit() {
    let mut one =
        service("Restart=on-failure\nRestartSec=30\nStartLimitInterval=600\nStartLimitBurst=3");
    one.step(Event::Start, &at(0));
    for round in 1..=2 {
        let effects = one.step(Event::Ended(Ended::Code(1)), &at(round * 40));
        assert!(effects.contains(&Effect::Timer(Some(Duration::from_secs(30)))));
        assert_eq!(one.state.names(), ("activating", "auto-restart"));
        assert_eq!(one.outcome, Outcome::ExitCode);
        assert!(runs(&one.step(Event::Timer, &at(round * 40 + 30))));
        assert_eq!(
            (one.restarts, one.outcome),
            (round as u32, Outcome::Success)
        );
    }
    one.step(killed(libc::SIGKILL), &at(121));
    assert_eq!(one.outcome, Outcome::Signal);
    let effects = one.step(Event::Timer, &at(151));
    assert!(!runs(&effects));
    assert!(effects.contains(&Effect::StartDone(Err(Outcome::StartLimitHit))));
    assert_eq!(
        (one.state, one.outcome),
        (State::Failed, Outcome::StartLimitHit)
    );
    // By hand too, until it is forgotten.
    assert!(!runs(&one.step(Event::Start, &at(160))));
    one.step(Event::ResetFailed, &at(161));
    assert!(runs(&one.step(Event::Start, &at(162))));
    assert_eq!(one.restarts, 0);
}

#[test]
fn clean_ends_are_not_failures() {
    let mut one = service("Restart=on-failure");
    for event in [
        killed(libc::SIGTERM),
        killed(libc::SIGPIPE),
        Event::Ended(Ended::Code(0)),
    ] {
        one.step(Event::Start, &at(1000));
        one.step(event, &at(1001));
        assert_eq!(one.state, State::Dead);
        one.step(Event::ResetFailed, &at(1002));
    }
    let mut always = service("Restart=always");
    always.step(Event::Start, &at(1));
    always.step(Event::Ended(Ended::Code(0)), &at(2));
    assert_eq!(always.state, State::AutoRestart);
    always.step(Event::Stop, &at(3));
    assert_eq!(always.state, State::Dead);
    assert!(always.step(Event::Timer, &at(4)).is_empty());
}

#[test]
fn one_that_does_not_stop_is_killed() {
    let mut one = service("TimeoutStopSec=5\nRestart=always");
    one.step(Event::Start, &at(1));
    assert!(
        one.step(Event::Stop, &at(2))
            .contains(&Effect::Timer(Some(Duration::from_secs(5))))
    );
    assert!(
        one.step(Event::Timer, &at(7))
            .contains(&Effect::Signal(libc::SIGKILL))
    );
    one.step(killed(libc::SIGKILL), &at(8));
    assert_eq!((one.state, one.outcome), (State::Failed, Outcome::Timeout));
}

#[test]
fn a_failing_preparation_fails_the_start() {
    let mut one = service("ExecStartPre=-/bin/maybe\nExecStartPre=/bin/mark");
    one.step(Event::Start, &at(1));
    one.step(Event::Ended(Ended::Code(7)), &at(2));
    assert_eq!(one.state, State::StartPre(1));
    let effects = one.step(Event::Ended(Ended::Code(2)), &at(3));
    assert!(!runs(&effects));
    assert!(effects.contains(&Effect::StartDone(Err(Outcome::ExitCode))));
    assert_eq!((one.state, one.last), (State::Failed, None));
}

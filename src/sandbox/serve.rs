//! A server of the sandbox as a process: from a spec file, until it is told to end. Here: the process's life; the
//! servers themselves know nothing of signals.

use std::io::{Read, Write};
use std::path::Path;
use std::sync::mpsc::{Sender, channel};

use anyhow::Context as _;
use serde_json::{Value, json};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use super::ambari::{self, Ambari};
use super::arm::{self, Arm};
use super::entra::{self, Entra};
use super::http::Server;
use super::hub::{self, Hub};
use super::rest_proxy::{self, RestProxy};

/// Runs `ambari`, `hub`, `entra`, `arm` or `rest-proxy` from a spec file; JSON lines on standard output tell what happens ([`serve_to`]).
pub fn serve(part: &str, spec: &Path) -> anyhow::Result<()> {
    serve_to(part, spec, &mut std::io::stdout())
}

/// As [`serve`], with another place for the lines: first `{"ready": true, "part": …, "listening": ["ADDR", …]}`, at each
/// SIGHUP (which reads the spec again) `{"reloaded": true}` or `{"reloaded": false, "error": …}`, at the end
/// `{"ended": true, "requests": [{"method": …, "path": …, "status": …}, …]}`. Returns on SIGTERM and SIGINT, and at the end
/// of standard input if the spec says `end_with_stdin`.
pub fn serve_to(part: &str, spec: &Path, out: &mut dyn Write) -> anyhow::Result<()> {
    // Before anything listens: a signal that comes early must not be lost or kill half a start.
    let (sender, events) = channel();
    let signals = watch_signals(sender.clone())?;
    let part = Part::start(part, spec)?;
    if part.ends_with_stdin() {
        watch_stdin(sender)?;
    }
    let listening: Vec<String> = part
        .server()
        .addrs()
        .iter()
        .map(ToString::to_string)
        .collect();
    say(
        out,
        &json!({"ready": true, "part": part.name(), "listening": listening}),
    )?;
    for event in events {
        match event {
            Event::End => break,
            Event::Reload => match part.reload(spec) {
                Ok(()) => say(out, &json!({"reloaded": true}))?,
                Err(error) => say(
                    out,
                    &json!({"reloaded": false, "error": format!("{error:#}")}),
                )?,
            },
        }
    }
    signals.close();
    let requests: Vec<Value> = part
        .server()
        .requests()
        .iter()
        .map(|one| json!({"method": one.method, "path": one.path, "status": one.status}))
        .collect();
    say(out, &json!({"ended": true, "requests": requests}))?;
    Ok(())
}

enum Event {
    Reload,
    End,
}

enum Part {
    Ambari(Ambari, bool),
    Hub(Hub, bool),
    Entra(Entra, bool),
    Arm(Arm, bool),
    RestProxy(RestProxy, bool),
}

impl Part {
    fn start(part: &str, spec: &Path) -> anyhow::Result<Self> {
        match part {
            "ambari" => {
                let spec = ambari::Spec::read(spec)?;
                Ok(Self::Ambari(Ambari::from_spec(&spec)?, spec.end_with_stdin))
            }
            "hub" => {
                let spec = hub::Spec::read(spec)?;
                Ok(Self::Hub(Hub::from_spec(&spec)?, spec.end_with_stdin))
            }
            "entra" => {
                let spec = entra::Spec::read(spec)?;
                Ok(Self::Entra(Entra::from_spec(&spec)?, spec.end_with_stdin))
            }
            "arm" => {
                let spec = arm::Spec::read(spec)?;
                Ok(Self::Arm(Arm::from_spec(&spec)?, spec.end_with_stdin))
            }
            "rest-proxy" => {
                let spec = rest_proxy::Spec::read(spec)?;
                let proxy = RestProxy::from_spec(&spec)?;
                Ok(Self::RestProxy(proxy, spec.end_with_stdin))
            }
            other => anyhow::bail!(
                "the sandbox has no part `{}`: ambari, hub, entra, arm, rest-proxy",
                other.escape_debug()
            ),
        }
    }

    fn reload(&self, spec: &Path) -> anyhow::Result<()> {
        match self {
            Self::Ambari(ambari, _) => ambari.reload(&ambari::Spec::read(spec)?),
            Self::Hub(hub, _) => hub.reload(&hub::Spec::read(spec)?),
            Self::Entra(entra, _) => {
                entra.reload(&entra::Spec::read(spec)?);
                Ok(())
            }
            Self::Arm(arm, _) => {
                arm.reload(&arm::Spec::read(spec)?);
                Ok(())
            }
            Self::RestProxy(proxy, _) => {
                proxy.reload(&rest_proxy::Spec::read(spec)?);
                Ok(())
            }
        }
    }

    fn name(&self) -> &'static str {
        match self {
            Self::Ambari(..) => "ambari",
            Self::Hub(..) => "hub",
            Self::Entra(..) => "entra",
            Self::Arm(..) => "arm",
            Self::RestProxy(..) => "rest-proxy",
        }
    }

    fn server(&self) -> &Server {
        match self {
            Self::Ambari(ambari, _) => ambari.server(),
            Self::Hub(hub, _) => hub.server(),
            Self::Entra(entra, _) => entra.server(),
            Self::Arm(arm, _) => arm.server(),
            Self::RestProxy(proxy, _) => proxy.server(),
        }
    }

    fn ends_with_stdin(&self) -> bool {
        match self {
            Self::Ambari(_, ends)
            | Self::Hub(_, ends)
            | Self::Entra(_, ends)
            | Self::Arm(_, ends)
            | Self::RestProxy(_, ends) => *ends,
        }
    }
}

fn watch_signals(events: Sender<Event>) -> anyhow::Result<signal_hook::iterator::Handle> {
    let mut signals = Signals::new([SIGTERM, SIGINT, SIGHUP]).context("cannot watch signals")?;
    let handle = signals.handle();
    std::thread::Builder::new()
        .name("signals".to_owned())
        .spawn(move || {
            for signal in signals.forever() {
                let event = if signal == SIGHUP {
                    Event::Reload
                } else {
                    Event::End
                };
                if events.send(event).is_err() {
                    break;
                }
            }
        })?;
    Ok(handle)
}

/// Reads standard input to its end; what stands in it does not matter.
fn watch_stdin(events: Sender<Event>) -> anyhow::Result<()> {
    std::thread::Builder::new()
        .name("stdin".to_owned())
        .spawn(move || {
            let mut ignored = [0; 256];
            while matches!(std::io::stdin().read(&mut ignored), Ok(n) if n > 0) {}
            // The other end is gone only when the process ends anyhow.
            let _ = events.send(Event::End);
        })?;
    Ok(())
}

fn say(out: &mut dyn Write, line: &Value) -> std::io::Result<()> {
    writeln!(out, "{line}")?;
    out.flush()
}

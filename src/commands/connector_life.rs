//! `hdikafka connector start`, `stop` and `restart`: the start stages of the plan by themselves, and the stop.

use super::carry_out::{carry_out, consent, document, outcome};
use super::connector::{StartArgs, WhichArgs, chosen};
use super::gather::{self, EdgeAlone};
use super::show_health;
use crate::apply::Approved;
use crate::apply::live::Live;
use crate::context::Context;
use crate::error::{Exit, Failure};
use crate::facts::edge::Edge;
use crate::facts::health::Health;
use crate::facts::observe::Expected;
use crate::facts::places::{Connector as Which, sink_group};
use crate::facts::topics::{SinkPosition, sink_position};
use crate::plan::{self, Plan, Runner, StartFacts, StartWish};
use crate::ui::{ErrorDocument, Report, Style};
use anyhow::Context as _;
use serde::Serialize;
use std::io;
use std::time::Duration;

/// Start and restart: facts of the edge and of the sink's position, the start stages of the plan, proof.
pub fn start(ctx: &mut Context, args: &StartArgs, restart: bool) -> anyhow::Result<Exit> {
    ctx.refuse_rest()?;
    let which = chosen(args.connector);
    let EdgeAlone {
        edge,
        health,
        expected,
        remote,
    } = gather::edge_alone(ctx)?;
    let settings = ctx.kafka(ctx.brokers()?)?;
    let topic = commands_topic(ctx, &edge);
    let group = sink_group(&edge.connect_name(Which::Sink, &ctx.profile.edge.kafka_home));
    let sink = match which.contains(&Which::Sink) {
        true => sink_position(&settings, &group, &topic)
            .context("asking Kafka where the sink stands")?,
        false => SinkPosition::default(),
    };
    let wish = StartWish {
        connectors: expected
            .iter()
            .filter(|one| which.contains(&one.connector))
            .map(runner)
            .collect(),
        hosts: hub_hosts(ctx, &edge),
        commands_topic: topic,
        from: args.from.clone(),
        restart,
    };
    let seen = StartFacts {
        edge: &edge,
        health: &health,
        sink: &sink,
    };
    let plan = plan::plan_start(&wish, &seen, &ctx.profile.edge.kafka_home)?;
    if plan.is_empty() {
        let report = Life {
            result: "nothing-to-do",
            error: None,
            plan,
            health,
        };
        ctx.ui.report(&report)?;
        return Ok(Exit::Done);
    }
    // naming the connector is consent to its start; what waits for the sink is another question
    let approved = match plan.warnings.is_empty() {
        true => Approved::by_consent(plan.clone()),
        false => match consent(ctx, plan.clone(), args.yes.into())? {
            Some(approved) => approved,
            None => {
                return Err(
                    Failure::new(Exit::Failed, "not agreed to: nothing was started").into(),
                );
            }
        },
    };
    let live = Live::new(remote, "start", ctx.profile.proof.stable_for)
        .with_stop(&ctx.stop)
        .with_kafka(settings);
    let command = if restart {
        "connector restart"
    } else {
        "connector start"
    };
    let applied = carry_out(ctx, approved, &live, command, &|_| {})?;
    let health = live
        .proofs()
        .into_iter()
        .map(|proof| proof.health)
        .collect();
    let result = if applied.is_complete() {
        "done"
    } else {
        "partly"
    };
    let ended = outcome(applied);
    ctx.ui.report(&Life {
        error: ended.as_ref().err().map(document),
        result,
        plan,
        health,
    })?;
    ended.map(|()| Exit::Done)
}

fn runner(expected: &Expected) -> Runner {
    Runner {
        connector: expected.connector,
        name: expected.name.clone(),
        tasks: expected.tasks,
        port: expected.port,
    }
}

/// What the sink's own file says; the profile's where there is none.
fn commands_topic(ctx: &Context, edge: &Edge) -> String {
    value_of(
        edge,
        &Which::Sink.properties_file(&ctx.profile.edge.kafka_home),
        "topics",
    )
    .unwrap_or_else(|| ctx.profile.topics.commands.clone())
}

/// The telemetry host as the source's file has it; the other one is inside a secret, and in the manifest.
fn hub_hosts(ctx: &Context, edge: &Edge) -> Vec<(Which, String)> {
    let endpoint = value_of(
        edge,
        &Which::Source.properties_file(&ctx.profile.edge.kafka_home),
        "IotHub.EventHubCompatibleEndpoint",
    );
    let hub = crate::facts::hub::Hub {
        events_endpoint: endpoint.unwrap_or_default(),
        host_name: edge
            .manifest
            .as_ref()
            .map(|manifest| manifest.hub_host.clone())
            .unwrap_or_default(),
        ..Default::default()
    };
    let mut hosts: Vec<_> = Which::BOTH
        .into_iter()
        .zip(hub.hosts().map(str::to_owned))
        .collect();
    hosts.retain(|(_, host)| !host.is_empty());
    hosts
}

fn value_of(edge: &Edge, path: &str, key: &str) -> Option<String> {
    let text = edge.contents(path)?;
    crate::properties::read(&crate::facts::edge::latin1_bytes(text))
        .ok()?
        .get(key)
        .cloned()
}

pub fn stop(ctx: &mut Context, args: &WhichArgs) -> anyhow::Result<Exit> {
    let EdgeAlone { edge, remote, .. } = gather::edge_alone(ctx)?;
    let which = chosen(args.connector);
    let plan = plan::plan_stop(&which, &edge);
    if plan.is_empty() {
        ctx.ui.report(&Life {
            result: "nothing-to-do",
            error: None,
            plan,
            health: Vec::new(),
        })?;
        return Ok(Exit::Done);
    }
    let approved = Approved::by_consent(plan.clone());
    let live = Live::new(remote, "stop", Duration::ZERO).with_stop(&ctx.stop);
    let applied = carry_out(ctx, approved, &live, "connector stop", &|_| {})?;
    outcome(applied)?;
    ctx.ui.report(&Life {
        result: "done",
        error: None,
        plan,
        health: Vec::new(),
    })?;
    Ok(Exit::Done)
}

/// What start, stop and restart report.
#[derive(Serialize)]
struct Life {
    result: &'static str,
    /// Why it is not done, or not healthy.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<ErrorDocument>,
    plan: Plan,
    health: Vec<Health>,
}

impl Report for Life {
    fn human(&self, out: &mut dyn io::Write, style: &Style) -> io::Result<()> {
        if self.plan.is_empty() {
            return writeln!(out, "Nothing to do: {}", self.plan.in_place.join(", "));
        }
        if self.health.is_empty() {
            return self
                .plan
                .steps()
                .try_for_each(|step| writeln!(out, "{} {step}", style.good("done:")));
        }
        show_health::table(&self.health, out, style)
    }
}

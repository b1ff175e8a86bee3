//! `setup --print-commands`: the manual steps that a plan stands for, as a POSIX shell script that a person can read and
//! run. Here: its head, and what it is made of. Which step becomes which commands is in `steps`, how a text gets into a script
//! unharmed in `shell`.
//!
//! No secret is in the script: the key is a variable, and goes to the node on standard input. What `setup` does beyond it
//! (digests checked on the node, backups, the lock, the manifest) is not imitated, and said at its end.

mod by_hand;
mod shell;
mod steps;

use super::bridge::Secrets;
use super::gather::Gathered;
use crate::context::Context;
use crate::facts::cluster::ZOOKEEPER_PORT;
use crate::plan::{Plan, Step};
use crate::secret::Secret;
use crate::ui::{Format, Report, Style};
use serde::Serialize;
use shell::{Script, quoted};
use std::io;

/// Stands for the key while the secrets files are made; becomes the variable.
const MARK: &str = "HDIKAFKAKEYMARK";

/// Prints the script, or a document that holds it.
pub fn print(ctx: &Context, plan: &Plan, gathered: &Gathered) -> anyhow::Result<()> {
    let script = script(ctx, plan, gathered)?;
    if ctx.ui.format() != Format::Table {
        return Ok(ctx.ui.report(&Printed { script })?);
    }
    // byte for byte: it is for a shell
    let mut stream = ctx.ui.stream();
    stream.write(script.as_bytes())?;
    Ok(stream.flush()?)
}

#[derive(Serialize)]
struct Printed {
    script: String,
}

impl Report for Printed {
    fn human(&self, out: &mut dyn io::Write, _: &Style) -> io::Result<()> {
        out.write_all(self.script.as_bytes())
    }
}

fn script(ctx: &Context, plan: &Plan, gathered: &Gathered) -> anyhow::Result<String> {
    let secrets = Secrets::with_key(&gathered.facts.hub, &Secret::from(MARK))?;
    let hand = ByHand {
        kafka_home: &ctx.profile.edge.kafka_home,
        gathered,
        secrets,
    };
    let mut script = Script::default();
    hand.head(ctx, plan, &mut script)?;
    for step in plan.steps() {
        hand.step(step, &mut script)?;
    }
    if plan.is_empty() {
        script.comment("Nothing to do: all of it is there.");
    }
    script.comment(
        "Left to `hdikafka setup`: the manifest, by which it knows what is ours, and secrets files that it has written itself.",
    );
    Ok(script.text())
}

struct ByHand<'a> {
    kafka_home: &'a str,
    gathered: &'a Gathered,
    secrets: Secrets,
}

impl ByHand<'_> {
    fn head(&self, ctx: &Context, plan: &Plan, script: &mut Script) -> anyhow::Result<()> {
        let facts = &self.gathered.facts;
        script.line("#!/bin/sh");
        script.comment(&format!("The manual steps of: {}", plan.title));
        script.comment("Printed by hdikafka setup --print-commands from what was there then. Stops at the first error.");
        for warning in &plan.warnings {
            script.comment(&format!("Warning: {warning}"));
        }
        // the references in the files are Connect's to expand
        script.line("# shellcheck disable=SC2016");
        script.line("set -eu");
        if plan.steps().any(|step| {
            matches!(
                step,
                Step::WriteSecrets { .. } | Step::WriteFile { key: Some(_), .. }
            )
        }) {
            script.step("the manual: the primary key of the policy, by az or from the portal");
            let (hub, policy) = (quoted(&facts.hub.name)?, quoted(&facts.hub.policy)?);
            script.comment(&format!("HUB_KEY=$(az iot hub policy show --hub-name {hub} --name {policy} --query primaryKey -o tsv)"));
            script.line(": \"${HUB_KEY:?the primary key of the policy is wanted in HUB_KEY}\"");
        }
        self.addresses(plan, script)?;
        self.session(ctx, plan, script)
    }

    fn addresses(&self, plan: &Plan, script: &mut Script) -> anyhow::Result<()> {
        let any = |wanted: fn(&Step) -> bool| plan.steps().any(wanted);
        let topics = any(|step| matches!(step, Step::CreateTopic { .. }));
        let group = any(|step| matches!(step, Step::CommitGroup { .. }));
        if topics || group {
            script.step("the manual: the addresses of brokers and ZooKeeper, by curl and jq from Ambari; these are what it said");
        }
        if group || topics && !self.by_zookeeper() {
            let brokers = quoted(&self.gathered.brokers.join(","))?;
            script.line(&format!("BROKERS={brokers}"));
        }
        if topics && self.by_zookeeper() {
            let nodes = self.gathered.facts.cluster.zookeepers.iter();
            let hosts: Vec<String> = nodes
                .map(|node| format!("{}:{ZOOKEEPER_PORT}", node.host))
                .collect();
            script.line(&format!("ZOOKEEPERS={}", quoted(&hosts.join(","))?));
        }
        Ok(())
    }

    fn session(&self, ctx: &Context, plan: &Plan, script: &mut Script) -> anyhow::Result<()> {
        if plan.is_empty() {
            return Ok(());
        }
        let (facts, edge) = (&self.gathered.facts, &ctx.profile.edge);
        script.step("the manual: a session to the edge node");
        let host = edge.host.as_deref().unwrap_or(&facts.edge.host);
        script.line(&format!(
            "EDGE={}",
            quoted(&format!("{}@{host}", facts.edge.user))?
        ));
        let mut options = Vec::new();
        for (option, path) in [
            ("IdentityFile", &edge.identity_file),
            ("UserKnownHostsFile", &edge.known_hosts),
        ] {
            if let Some(path) = path {
                // ssh reads "…" in an option as one word
                options.push(format!(
                    "-o {}",
                    quoted(&format!("{option}=\"{}\"", path.display()))?
                ));
            }
        }
        if let Some(port) = edge.port {
            options.push(format!("-o Port={port}"));
        }
        let options = options.join(" ");
        script.line(&format!("on_edge() {{ ssh {options} \"$EDGE\" \"$@\"; }}"));
        if plan
            .steps()
            .any(|step| matches!(step, Step::UploadJar { .. }))
        {
            script.line(&format!(
                "to_edge() {{ scp -q {options} \"$1\" \"$EDGE:$2\"; }}"
            ));
        }
        Ok(())
    }

    /// Kafka's tools know brokers since 2.2; before, and in the manual, ZooKeeper.
    fn by_zookeeper(&self) -> bool {
        let version = self.gathered.facts.edge.kafka_version.as_deref();
        let mut numbers = version
            .unwrap_or_default()
            .split('.')
            .map(str::parse::<u32>);
        matches!((numbers.next(), numbers.next()), (Some(Ok(major)), Some(Ok(minor))) if (major, minor) < (2, 2))
    }
}

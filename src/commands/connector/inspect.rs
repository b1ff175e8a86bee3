//! `connector inspect`: what a jar has inside, what follows from it, and with `--against-edge` what it would meet on the
//! node.

use crate::commands::gather;
use crate::context::Context;
use crate::error::Exit;
use crate::facts::edge;
use crate::facts::jars;
use crate::jar::{self, Clash, Jar, Slf4j};
use crate::profile::SettingsArgs;
use crate::ui::{Report, Style, Table, Ui};
use anyhow::Context as _;
use serde::Serialize;
use std::io;
use std::path::PathBuf;

#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  hdikafka connector inspect connector.jar\n  hdikafka connector inspect connector.jar --against-edge -o json"
)]
pub struct Inspect {
    /// The jar file
    jar: PathBuf,
    /// Compare with Java, Kafka's own jars and other connector jars of the edge node
    #[arg(long)]
    pub against_edge: bool,
    #[command(flatten)]
    pub settings: SettingsArgs,
}

/// Needs no settings and contacts nothing.
pub fn alone(ui: &Ui, args: &Inspect) -> anyhow::Result<Exit> {
    show(ui, jar::inspect(&args.jar).context(READING)?, None)
}

pub fn run(ctx: &Context, args: &Inspect) -> anyhow::Result<Exit> {
    let jar = jar::inspect(&args.jar).context(READING)?;
    let remote = ctx.remote()?;
    let edge = edge::ask(remote.as_ref(), &gather::question(ctx))?;
    let there = jars::ask(remote.as_ref(), &ctx.profile.edge.kafka_home)?;
    let name = jar.path.file_name().unwrap_or_default().to_string_lossy();
    let node = Node {
        java: edge.java_version.clone(),
        problems: edge
            .java_major()
            .map(|java| jar.against_java(java))
            .unwrap_or_default(),
        clashes: jar::clashes(&name, &jar.libraries, &there.libs),
        connector_jars: there
            .connectors
            .into_iter()
            .map(|(path, facts)| There {
                same: facts.sha256.as_deref() == Some(jar.sha256.as_str()),
                path,
            })
            .collect(),
        host: edge.host,
    };
    show(&ctx.ui, jar, Some(node))
}

const READING: &str = "reading the connector jar";

pub(super) fn show(ui: &Ui, jar: Jar, node: Option<Node>) -> anyhow::Result<Exit> {
    let notes = notes(&jar);
    ui.report(&Inspected { jar, notes, node })?;
    Ok(Exit::Done)
}

/// What a person should know before this jar goes anywhere.
fn notes(jar: &Jar) -> Vec<String> {
    let has = |name: &str| jar.libraries.iter().any(|library| library.name == name);
    let all = [
        (
            jar.source_class.is_none(),
            "no source connector: it cannot bring telemetry to Kafka",
        ),
        (
            jar.sink_class.is_none(),
            "no sink connector: it cannot send commands to devices",
        ),
        (
            !jar.receive_timeout_supported && jar.source_class.is_some(),
            "it says a command was sent without looking whether it was, and knows no ReceiveTimeout",
        ),
        (
            jar.has_scala,
            "Scala's library is inside: in kafka-broker/libs it breaks Kafka's own tools; a plugin directory is safe",
        ),
        (
            jar.bundled_slf4j == Slf4j::From18,
            "slf4j 1.8 or later is inside: in kafka-broker/libs it finds no binding, and logs vanish",
        ),
        (
            has("logback-classic") || has("log4j"),
            "it brings a logging library of its own, which takes over the log of everything beside it in libs",
        ),
        (
            has("kafka-clients") || has("connect-api"),
            "classes of Kafka itself are inside: in libs they can come before the node's own",
        ),
    ];
    all.into_iter()
        .filter(|(applies, _)| *applies)
        .map(|(_, words)| words.to_owned())
        .collect()
}

#[derive(Serialize)]
struct Inspected {
    #[serde(flatten)]
    jar: Jar,
    notes: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    node: Option<Node>,
}

/// The same jar seen from the edge node.
#[derive(Serialize)]
pub struct Node {
    host: String,
    java: Option<String>,
    problems: Vec<String>,
    /// Kafka's own jars of which this one has a copy: what counts with `--into libs`.
    clashes: Vec<Clash>,
    /// Every jar with a connector of IoT Hub where Connect looks.
    connector_jars: Vec<There>,
}

#[derive(Serialize)]
struct There {
    path: String,
    /// The same bytes as this file.
    same: bool,
}

impl Report for Inspected {
    fn human(&self, out: &mut dyn io::Write, style: &Style) -> io::Result<()> {
        let jar = &self.jar;
        let or = |value: &Option<String>| value.clone().unwrap_or_else(|| "none".to_owned());
        let yes = |value: bool| if value { "yes" } else { "no" }.to_owned();
        let not_known = || "not known".to_owned();
        let class_file = match (jar.java, jar.class_major) {
            (Some(java), Some(major)) => format!("{java} (class files {major})"),
            _ => not_known(),
        };
        let mut table = Table::new(["WHAT", "VALUE"]);
        let mut rows = vec![
            ("file", jar.path.display().to_string()),
            ("source class", or(&jar.source_class)),
            ("sink class", or(&jar.sink_class)),
            ("generation", jar.generation_name().to_owned()),
            ("version", or(&jar.version)),
            ("needs Java", class_file),
            ("Scala inside", or(&jar.scala_version)),
            ("knows ReceiveTimeout", yes(jar.receive_timeout_supported)),
        ];
        for library in jar.libraries.iter().filter(|l| l.name != "scala-library") {
            let version = library.version.clone().unwrap_or_else(not_known);
            rows.push((&library.name, version));
        }
        rows.extend([
            ("files", jar.entries.to_string()),
            ("size", format!("{} bytes", jar.size)),
            ("sha256", jar.sha256.clone()),
        ]);
        for (what, value) in rows {
            table.row([what.to_owned(), value]);
        }
        table.write(out, style)?;
        for note in &self.notes {
            writeln!(out, "{} {note}", style.warn("note:"))?;
        }
        match &self.node {
            Some(node) => node.human(out, style),
            None => Ok(()),
        }
    }
}

impl Node {
    fn human(&self, out: &mut dyn io::Write, style: &Style) -> io::Result<()> {
        let java = self.java.as_deref().unwrap_or("no Java");
        writeln!(out, "\n{} (Java {java})", style.strong(&self.host))?;
        for problem in &self.problems {
            writeln!(out, "{} {problem}", style.bad("problem:"))?;
        }
        for clash in &self.clashes {
            let (file, inside) = (&clash.file, &clash.inside);
            let words = match clash.shadowed {
                true => format!("in libs it would shadow {file} by its own {inside}"),
                false => format!("in libs {file} would win over its own {inside}"),
            };
            writeln!(out, "{} {words}", style.warn("libs:"))?;
        }
        for there in &self.connector_jars {
            let words = if there.same {
                "this jar"
            } else {
                "another connector jar"
            };
            writeln!(
                out,
                "{} {words} is there: {}",
                style.warn("there:"),
                there.path
            )?;
        }
        if self.problems.is_empty() {
            writeln!(out, "It fits the node's Java.")?;
        }
        Ok(())
    }
}

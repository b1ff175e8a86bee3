//! `hdikafka setup`: the whole bridge. The flow of the program stands in `run`, on one screen.

use super::bridge::{self, Options, Secrets};
use super::carry_out::{
    Agreed, carry_out, consent, document, half_taken_over, outcome, with_the_way_back,
};
use super::changed::{self, Answered, ChangedArgs};
use super::gather::{self, Gathered, joined};
use super::plan_file::{self, Made, Out, SavedPlan};
use super::print_commands;
use super::show_health;
use super::show_plan::plan_text;
use super::wizard;
use crate::apply::live::Live;
use crate::apply::wait::Proof;
use crate::apply::{Applied, Summary, record};
use crate::context::Context;
use crate::error::Exit;
use crate::facts::health::Health;
use crate::plan::{self, Decisions, JarFile, Part, Plan, Wanted};
use crate::profile::{Profile, SettingsArgs};
use crate::secret::Secret;
use crate::ui::{ErrorDocument, Report, Style};
use serde::Serialize;
use std::io;
use std::path::PathBuf;
use std::thread;
use std::time::Instant;

/// Make the whole bridge exist and prove that it runs
///
/// Asks Ambari, the edge node, Azure and Kafka what is there, shows what is missing, and does it after consent. A second
/// run finds nothing to do. Without a profile, on a terminal, it asks what it needs.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  hdikafka setup --dry-run\n  hdikafka setup --dry-run --out plan.json\n  hdikafka setup --print-commands > steps.sh\n  hdikafka setup --cluster mykafka --hub myhub --jar connector.jar\n  hdikafka setup --jump ann@bastion --sudo-password-file sudo.txt\n  hdikafka setup --yes --hub-json hub.json --policy-json policy.json -o json"
)]
pub struct Setup {
    /// Show the plan and change nothing; exit code 10 if there is something to do
    #[arg(long)]
    pub dry_run: bool,
    /// Save the plan: `hdikafka apply FILE` carries it out
    #[arg(long, value_name = "FILE", requires = "dry_run")]
    pub out: Option<PathBuf>,
    /// Overwrite a saved plan that is there
    #[arg(long, requires = "out")]
    pub force: bool,
    /// Print the manual steps that the plan stands for, as a shell script; change nothing
    #[arg(long, conflicts_with = "yes")]
    pub print_commands: bool,
    /// Agree to the plan beforehand
    #[arg(long, short, conflicts_with = "dry_run")]
    pub yes: bool,
    /// Agree beforehand to take over a bridge made by hand, which --yes alone does not
    #[arg(long)]
    pub take_over: bool,
    /// Only these parts
    #[arg(long, value_enum, value_delimiter = ',', value_name = "PART,…")]
    pub only: Vec<PartName>,
    /// Where a sink that never ran begins when commands wait: earliest, latest or a time
    #[arg(long, value_name = "POSITION", value_parser = position)]
    pub from: Option<plan::From>,
    #[command(flatten)]
    pub changed: ChangedArgs,
    #[command(flatten)]
    pub settings: SettingsArgs,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
pub enum PartName {
    Jar,
    Config,
    Topics,
    Services,
    Secrets,
}

impl From<PartName> for Part {
    fn from(name: PartName) -> Self {
        match name {
            PartName::Jar => Self::Jar,
            PartName::Config => Self::Config,
            PartName::Topics => Self::Topics,
            PartName::Services => Self::Services,
            PartName::Secrets => Self::Secrets,
        }
    }
}

/// `earliest`, `latest`, or an instant in RFC 3339.
pub fn position(text: &str) -> Result<plan::From, String> {
    match text {
        "earliest" => Ok(plan::From::Earliest),
        "latest" => Ok(plan::From::Latest),
        time => match time.parse::<jiff::Timestamp>() {
            Ok(time) => Ok(plan::From::Time(time.as_millisecond())),
            Err(_) => Err("earliest, latest, or a time like 2026-01-31T09:00:00Z".to_owned()),
        },
    }
}

pub fn run(ctx: &mut Context, args: &Setup) -> anyhow::Result<Exit> {
    let parts = if args.only.is_empty() {
        Part::ALL.to_vec()
    } else {
        args.only.iter().copied().map(Part::from).collect()
    };
    let wish = Wish {
        parts,
        dry_run: args.dry_run,
        agreed_beforehand: Agreed {
            plan: args.yes,
            take_over: args.take_over,
        },
        from: args.from.clone(),
        decisions: args.changed.decisions()?,
        command: "setup",
        out: args
            .out
            .as_deref()
            .map(|file| Out::new(file, args.force))
            .transpose()?,
        agreed: None,
        print_commands: args.print_commands,
    };
    bring_about(ctx, wish)
}

/// What `setup`, its parts (`connector install`, `connector configure`) and `apply` differ in.
#[derive(Default)]
pub struct Wish<'a> {
    pub parts: Vec<Part>,
    pub dry_run: bool,
    pub agreed_beforehand: Agreed,
    pub from: Option<plan::From>,
    pub decisions: Decisions,
    pub command: &'static str,
    /// Where a dry run leaves its plan.
    pub out: Option<Out>,
    /// What somebody looked at before: the plan has to be this one.
    pub agreed: Option<&'a SavedPlan>,
    /// By hand instead.
    pub print_commands: bool,
}

pub fn bring_about(ctx: &mut Context, wish: Wish<'_>) -> anyhow::Result<Exit> {
    let begun = Instant::now();
    wizard::complete(ctx, &needed(&ctx.profile))?;

    // facts
    let (mut gathered, mut jar) = asked(ctx)?;

    // plan; what somebody changed by hand is decided by the wish, or by whoever is there
    let mut decisions = wish.decisions.clone();
    let (secrets, salt, wanted, plan) = loop {
        let secrets = Secrets::of(&gathered)?;
        let manifest = gathered.facts.edge.manifest.as_ref();
        let salt = manifest.map_or_else(new_salt, |manifest| manifest.salt.clone());
        let options = Options {
            only: wish.parts.clone(),
            from: wish.from.clone(),
            decisions: decisions.clone(),
            first_setup: wish.agreed.map(|saved| saved.wish.first_setup.clone()),
        };
        let wanted = bridge::wanted(ctx, (&gathered, &jar), &secrets, &salt, options)?;
        let wanted = plan::adopt(&wanted, &gathered.facts);
        gather::sink_again(ctx, &mut gathered, &wanted)?;
        if let Some(saved) = wish.agreed {
            // a plan of another cluster is told before what stands in the way of this one
            saved.is_for(&Made {
                profile: &ctx.profile,
                facts: &gathered.facts,
                secrets: &secrets,
                wanted: &wanted,
            })?;
        }
        match plan::plan(&wanted, &gathered.facts) {
            Ok(plan) => break (secrets, salt, wanted, plan),
            Err(refused) if wish.agreed.is_some() => return Err(refused.into()),
            Err(refused) => match changed::ask(ctx, refused, &mut decisions)? {
                Answered::Decided => {}
                Answered::Edited => (gathered, jar) = asked(ctx)?,
            },
        }
    };
    if let Some(saved) = wish.agreed {
        saved.still_holds(&plan)?;
    }
    if let Some(out) = &wish.out {
        let made = Made {
            profile: &ctx.profile,
            facts: &gathered.facts,
            secrets: &secrets,
            wanted: &wanted,
        };
        out.write(&SavedPlan::new(&plan, &made)?)?;
        ctx.ui
            .success(&format!("the plan is saved; to carry it out: {out}"));
    }
    if wish.print_commands {
        let pending = wish.dry_run && !plan.is_empty();
        print_commands::print(ctx, &plan, &gathered)?;
        return Ok(if pending { Exit::Pending } else { Exit::Done });
    }
    let mut report = SetupReport::of(&plan, &gathered);
    if plan.is_empty() || wish.dry_run {
        report.result = if plan.is_empty() {
            Outcome::NothingToDo
        } else {
            Outcome::Pending
        };
        ctx.ui.report(&report)?;
        return Ok(if plan.is_empty() {
            Exit::Done
        } else {
            Exit::Pending
        });
    }

    // consent
    let Some(approved) = consent(ctx, plan, wish.agreed_beforehand)? else {
        report.result = Outcome::Declined;
        ctx.ui.report(&report)?;
        return Ok(Exit::Pending);
    };

    // apply
    let contents = |connector, form| -> anyhow::Result<Secret> { secrets.get(connector, form) };
    let run = jiff::Timestamp::now()
        .strftime("%Y%m%dT%H%M%SZ")
        .to_string();
    let live = Live::new(gathered.remote.clone(), &run, ctx.profile.proof.stable_for)
        .with_stop(&ctx.stop)
        .with_kafka(ctx.kafka(gathered.brokers.clone())?)
        .with_secrets(&contents);
    let leave = |applied: &Applied| leave_manifest(ctx, &live, &wanted, &gathered, &salt, applied);
    let applied = carry_out(ctx, approved, &live, wish.command, &leave)?;

    // report
    report.proofs = live.proofs();
    report.applied = Some(applied.summary());
    report.seconds = begun.elapsed().as_secs_f64();
    report.result = if applied.is_complete() {
        Outcome::Done
    } else {
        Outcome::Partly
    };
    let began = !applied.done.is_empty();
    let again = half_taken_over(&applied);
    let ended = outcome(applied).map_err(|error| match again {
        Some(again) => with_the_way_back(error, again),
        None => error,
    });
    let ended = match ended {
        Err(error) if began && wish.agreed.is_some() => Err(plan_file::half_way(error)),
        ended => ended,
    };
    report.error = ended.as_ref().err().map(document);
    ctx.ui.report(&report)?;
    ended.map(|()| Exit::Done)
}

/// The facts, and the jar, which takes as long to read as the node to answer.
fn asked(ctx: &Context) -> anyhow::Result<(Gathered, JarFile)> {
    let asking = ctx
        .ui
        .task("asking Ambari, the edge node, IoT Hub and Kafka");
    let (gathered, jar) = thread::scope(|scope| {
        let jar = scope.spawn(|| bridge::jar_file(ctx));
        let gathered = gather::everything(ctx);
        (gathered, joined(jar.join()))
    });
    let gathered = gathered?;
    asking.done();
    Ok((gathered, jar?))
}

/// Written after every apply, whole or not: what is done is ours from now on.
fn leave_manifest(
    ctx: &Context,
    live: &Live,
    wanted: &Wanted,
    gathered: &Gathered,
    salt: &str,
    applied: &Applied,
) {
    let mut manifest = record::manifest(
        wanted,
        &gathered.facts,
        salt,
        &applied.done,
        &live.written_secrets(),
    );
    manifest.moved.extend(live.moved());
    manifest.carried = live.carried().or(manifest.carried);
    if let Err(error) = live.write_manifest(&manifest) {
        ctx.ui.warn(&format!(
            "{error:#}; the next run will find some of this run's files again"
        ));
    }
}

fn new_salt() -> String {
    format!(
        "{}{}",
        uuid::Uuid::new_v4().simple(),
        uuid::Uuid::new_v4().simple()
    )
}

/// The settings without which there is no setup.
pub fn needed(profile: &Profile) -> Vec<&'static str> {
    let mut keys = Vec::new();
    if profile.cluster.brokers.is_empty() {
        keys.extend(["cluster.name", "cluster.password"]);
        if profile.cluster.gateway.is_some() {
            keys.retain(|key| *key != "cluster.name");
        }
    }
    keys.push("edge.host");
    let hub = &profile.hub;
    if (hub.json.is_none() || hub.policy_json.is_none()) && !hub.information.is_set() {
        keys.push("hub.name");
    }
    keys.push("connector.jar");
    keys
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
enum Outcome {
    NothingToDo,
    Pending,
    /// Somebody said no, which is no error: the changes are pending as after `--dry-run`, and so is the exit code.
    Declined,
    Done,
    Partly,
}

#[derive(Serialize)]
struct SetupReport {
    result: Outcome,
    plan: Plan,
    #[serde(skip_serializing_if = "Option::is_none")]
    applied: Option<Summary>,
    /// Why it is not done, or not healthy.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<ErrorDocument>,
    /// What was proven by this run.
    proofs: Vec<Proof>,
    /// As it was before this run.
    health: Vec<Health>,
    seconds: f64,
}

impl SetupReport {
    fn of(plan: &Plan, gathered: &Gathered) -> Self {
        Self {
            result: Outcome::Pending,
            plan: plan.clone(),
            applied: None,
            error: None,
            proofs: Vec::new(),
            health: gathered.facts.health.clone(),
            seconds: 0.0,
        }
    }
}

impl Report for SetupReport {
    fn human(&self, out: &mut dyn io::Write, style: &Style) -> io::Result<()> {
        match self.result {
            Outcome::Pending => write!(out, "{}", plan_text(&self.plan, style, true)),
            Outcome::Declined => writeln!(out, "Nothing was changed."),
            Outcome::NothingToDo => {
                for warning in &self.plan.warnings {
                    writeln!(out, "{} {warning}", style.warn("warning:"))?;
                }
                writeln!(
                    out,
                    "Nothing to do: {} is as it should be.",
                    self.plan.title
                )
            }
            Outcome::Done | Outcome::Partly => {
                let proven: Vec<Health> = self
                    .proofs
                    .iter()
                    .map(|proof| proof.health.clone())
                    .collect();
                if !proven.is_empty() {
                    show_health::table(&proven, out, style)?;
                }
                for proof in &self.proofs {
                    if proof.watched_ms == 0 {
                        let connector = proof.health.connector;
                        writeln!(
                            out,
                            "{} the {connector} says RUNNING; it was not watched (--stable-for 0s)",
                            style.warn("note:")
                        )?;
                    }
                }
                let applied = self.applied.as_ref();
                let (done, rest) = applied.map_or((0, 0), |s| {
                    (s.done.len(), s.failed.len() + s.not_started.len())
                });
                match rest {
                    0 => writeln!(
                        out,
                        "{} {done} steps in {:.1} s",
                        style.good("Done:"),
                        self.seconds
                    ),
                    rest => writeln!(
                        out,
                        "{} {done} steps done, {rest} not",
                        style.bad("Partly:")
                    ),
                }
            }
        }
    }
}

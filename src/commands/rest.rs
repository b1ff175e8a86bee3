//! `hdikafka rest status|brokers|token`: what only the REST proxy has.

use super::later::Later;
use crate::context::Context;
use crate::error::Exit;
use crate::profile::SettingsArgs;
use crate::rest_proxy::Broker;
use crate::ui::{Report, Style, Table};
use anyhow::Context as _;
use serde::Serialize;
use std::io;

/// What only the REST proxy has
#[derive(Debug, clap::Subcommand)]
pub enum Rest {
    /// Ask the REST proxy how it is
    #[command(after_help = "Examples:\n  hdikafka rest status --cluster mykafka")]
    Status(Later<Plain>),
    /// List the brokers as the REST proxy knows them
    #[command(after_help = "Examples:\n  hdikafka rest brokers -o json")]
    Brokers(Later<Plain>),
    /// Get a token and show for what it is and until when
    #[command(
        after_help = "Examples:\n  hdikafka rest token\n  hdikafka rest token --reveal | wc -c"
    )]
    Token(Later<Token>),
}

#[derive(Debug, clap::Args)]
pub struct Plain {
    #[command(flatten)]
    settings: SettingsArgs,
}

#[derive(Debug, clap::Args)]
pub struct Token {
    /// Print the token and nothing else
    #[arg(long)]
    reveal: bool,
    #[command(flatten)]
    settings: SettingsArgs,
}

impl Rest {
    pub fn settings(&self) -> &SettingsArgs {
        match self {
            Self::Status(args) | Self::Brokers(args) => &args.settings,
            Self::Token(args) => &args.settings,
        }
    }
}

pub fn run(ctx: &mut Context, args: &Rest) -> anyhow::Result<Exit> {
    match args {
        Rest::Status(_) => status(ctx),
        Rest::Brokers(_) => brokers(ctx),
        Rest::Token(args) => token(ctx, args),
    }
}

#[derive(Serialize)]
struct Status {
    url: String,
    status: String,
}

fn status(ctx: &Context) -> anyhow::Result<Exit> {
    let client = ctx.rest()?;
    let status = client.status().context("asking the REST proxy how it is")?;
    let url = client.at();
    ctx.ui.report(&Status { url, status })?;
    Ok(Exit::Done)
}

impl Report for Status {
    fn human(&self, out: &mut dyn io::Write, _: &Style) -> io::Result<()> {
        writeln!(out, "{}: {}", self.url, self.status)
    }
}

#[derive(Serialize)]
struct Brokers {
    brokers: Vec<Broker>,
}

fn brokers(ctx: &Context) -> anyhow::Result<Exit> {
    let client = ctx.rest()?;
    let mut brokers = client
        .brokers()
        .context("asking the REST proxy for the brokers")?;
    brokers.sort_by_key(|broker| broker.id);
    ctx.ui.report(&Brokers { brokers })?;
    Ok(Exit::Done)
}

impl Report for Brokers {
    fn human(&self, out: &mut dyn io::Write, style: &Style) -> io::Result<()> {
        let mut table = Table::new(["ID", "HOST", "PORT", "RACK"]);
        for broker in &self.brokers {
            table.row([
                broker.id.to_string(),
                broker.host_name.clone(),
                broker.port.to_string(),
                broker.rack.clone().unwrap_or_default(),
            ]);
        }
        table.write(out, style)
    }
}

#[derive(Serialize)]
struct Shown {
    tenant: String,
    client_id: String,
    scope: String,
    expires_at: String,
    /// Whether it was at hand.
    cached: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    token: Option<String>,
}

fn token(ctx: &Context, args: &Token) -> anyhow::Result<Exit> {
    let client = ctx.rest()?;
    let token = client
        .tokens()
        .get()
        .context("asking Entra ID for a token")?;
    let rest = &ctx.profile.rest;
    ctx.ui.report(&Shown {
        tenant: rest.tenant.clone().unwrap_or_default(),
        client_id: rest.client_id.clone().unwrap_or_default(),
        scope: rest.scope.clone(),
        expires_at: format!("{:.0}", token.expires_at),
        cached: token.cached,
        token: args.reveal.then(|| token.value.expose().to_owned()),
    })?;
    Ok(Exit::Done)
}

impl Report for Shown {
    /// With `--reveal` the token alone, for a script.
    fn human(&self, out: &mut dyn io::Write, style: &Style) -> io::Result<()> {
        if let Some(token) = &self.token {
            return writeln!(out, "{token}");
        }
        let mut table = Table::new(["SETTING", "VALUE"]);
        table
            .row(["tenant", &self.tenant])
            .row(["client", &self.client_id])
            .row(["scope", &self.scope])
            .row(["good until", &self.expires_at]);
        table.write(out, style)
    }
}

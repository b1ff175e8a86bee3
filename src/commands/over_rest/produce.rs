//! `produce --via rest`: records in batches that the proxy takes.

use super::requests::Requests;
use crate::commands::produce::Input;
use crate::commands::tally::Answers;
use crate::context::Context;
use crate::error::Exit;
use crate::ui::{Report, Style};
use anyhow::Context as _;
use serde::Serialize;
use std::io;

#[derive(Serialize)]
struct Written {
    topic: String,
    records: u64,
    requests: usize,
    /// Of requests whose answer got lost, and whose records were found in the topic.
    found: usize,
}

impl Report for Written {
    fn human(&self, out: &mut dyn io::Write, _: &Style) -> io::Result<()> {
        let plural = if self.records == 1 { "" } else { "s" };
        writeln!(
            out,
            "{} record{plural} written to {}",
            self.records, self.topic
        )
    }
}

pub fn run(ctx: &Context, topic: &str, mut input: Input) -> anyhow::Result<Exit> {
    let client = ctx.rest()?;
    let mut going = Requests::open(ctx, &client, topic)?;
    ctx.stop_on_signals()?;
    let (total, single) = (input.records, input.is_single());
    let progress = ctx.ui.task(&format!("writing {total} records"));
    let read = input.each(|line, terms, bytes| {
        let Ok(record) = terms.for_rest(bytes) else {
            return Ok(None);
        };
        let more = going.push(line, &record, ())?;
        if !going.acknowledged.is_empty() {
            going.acknowledged.clear();
            progress.message(&format!("{} of {total}", going.tally.acknowledged));
        }
        Ok(Some(more))
    });
    going.write();
    let written = Written {
        topic: topic.to_owned(),
        records: going.tally.acknowledged,
        requests: going.requests,
        found: going.found,
    };
    if single {
        let error = going.tally.into_error();
        error
            .map_or(Ok(()), Err)
            .with_context(|| format!("writing to {topic}"))?;
    } else {
        going
            .tally
            .outcome(Answers::new(ctx), ("record", total), topic)?;
    }
    read?;
    ctx.ui.report(&written)?;
    Ok(Exit::Done)
}

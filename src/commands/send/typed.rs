//! Messages that somebody types at a terminal: each line is sent, and answered, before the next is asked for.

use super::message::{Ids, Terms};
use super::{Answer, one};
use crate::context::Context;
use crate::error::{Exit, diagnose};
use crate::iothub;
use crate::ui::Question;
use std::sync::atomic::Ordering;
use std::time::Duration;

/// Until the input ends. The exit code is that of the line which leaves the most in doubt.
pub fn run(ctx: &Context, terms: &Terms, wait: Option<Duration>) -> anyhow::Result<Exit> {
    let device = match &terms.device {
        Some(device) => device.clone(),
        None => ctx.ui.ask(&Question {
            label: "Device",
            validate: Some(&|id| iothub::device_id(id).map(drop)),
            ..Question::default()
        })?,
    };
    let way = one::Way::open(ctx)?;
    let topic = &ctx.profile.topics.commands;
    ctx.ui.note("One message a line; Ctrl-D ends.");
    // A line is not left half-way.
    ctx.stop_on_signals()?;
    let (ids, mut id) = (Ids::random(), [0; 36]);
    let mut worst = Exit::Done;
    for number in 1.. {
        let Some(text) = ctx.ui.typed(&format!("{device}> "))? else {
            break;
        };
        if text.is_empty() {
            continue;
        }
        let sent =
            one::command(&device, &text, ids.of(number, &mut id), terms).and_then(|command| {
                let place = way.send(ctx, &command, false)?;
                let answer = Answer::of(topic, place, command.message_id(), &device);
                ctx.ui.line(&answer)?;
                wait.map_or(Ok(()), |wait| way.wait(ctx, place, wait))
            });
        if let Err(error) = sent {
            let diagnosis = diagnose(&error);
            ctx.ui.warn(&diagnosis.chain.join(": "));
            if worst != Exit::Unknown {
                worst = diagnosis.exit;
            }
        }
        if ctx.stop.load(Ordering::Relaxed) {
            return Ok(Exit::Interrupted);
        }
    }
    Ok(worst)
}

//! Records on their way out: in blocks as long as more are at hand, at once when not, and counted.

use super::Request;
use super::form::Form;
use crate::context::Context;
use crate::kafka::view::View;
use crate::ui::OutputError;
use std::sync::atomic::Ordering;

/// What goes out in one piece while more is at hand.
const BLOCK: usize = 64 * 1024;

pub struct Printer<'a> {
    ctx: &'a Context,
    form: &'a Form,
    topic: &'a str,
    waiting: Vec<u8>,
    shown: u64,
    left: usize,
}

impl<'a> Printer<'a> {
    pub fn new(ctx: &'a Context, request: &'a Request) -> Self {
        Self {
            ctx,
            form: &request.form,
            topic: &request.topic,
            waiting: Vec::with_capacity(2 * BLOCK),
            shown: 0,
            left: request.count,
        }
    }

    pub fn wants_more(&self) -> bool {
        self.left > 0
    }

    /// Does nothing once there are enough.
    pub fn show(&mut self, view: &View<'_>) -> Result<(), OutputError> {
        if self.left == 0 {
            return Ok(());
        }
        self.left -= 1;
        self.shown += 1;
        self.form.write(&mut self.waiting, view)?;
        if self.waiting.len() >= BLOCK {
            self.write_out()?;
        }
        Ok(())
    }

    pub fn flush(&mut self) -> Result<(), OutputError> {
        if self.waiting.is_empty() {
            return Ok(());
        }
        self.write_out()?;
        self.ctx.ui.stream().flush()
    }

    fn write_out(&mut self) -> Result<(), OutputError> {
        let written = self.ctx.ui.stream().write(&self.waiting);
        self.waiting.clear();
        written
    }

    /// How many there were and where somebody would go on: in any case after Ctrl-C, else with `-v`.
    pub fn say_how_far(&self, positions: &[(i32, i64)]) {
        let (shown, topic) = (self.shown, self.topic);
        let records = if shown == 1 { "record" } else { "records" };
        let mut words = format!("{shown} {records}");
        if !positions.is_empty() {
            let places: Vec<String> = positions
                .iter()
                .map(|(partition, next)| format!("{topic}-{partition}@{next}"))
                .collect();
            words.push_str(&format!("; next offsets: {}", places.join(" ")));
        }
        match self.ctx.stop.load(Ordering::Relaxed) {
            true => self.ctx.ui.note(&words),
            false => self.ctx.ui.detail(&words),
        }
    }
}

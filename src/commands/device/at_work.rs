//! A simulated device at work: two rhythms, telling and asking, until the count, the time or a signal ends it.

use super::Simulate;
use super::event::Event;
use crate::context::Context;
use crate::error::Exit;
use crate::iothub::IotHubError;
use crate::iothub::device::Client;
use crate::iothub::simulation::{ASK_EVERY, ASK_IDLE, BUSY_FOR, Hopeless, Pace, Reading};
use crate::ui::{Format, OutputError};
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

/// A device at work.
pub(super) struct Simulation<'a> {
    ctx: &'a Context,
    args: &'a Simulate,
    client: Client,
    sent: u64,
    received: u64,
    /// Made and not yet taken by the hub: the same message is tried again.
    unsent: Option<Reading>,
    busy_until: Instant,
}

/// What has to be done next.
#[derive(Clone, Copy, PartialEq)]
enum Turn {
    Tell,
    Ask,
}

impl<'a> Simulation<'a> {
    pub fn new(ctx: &'a Context, args: &'a Simulate, client: Client) -> Self {
        Self {
            ctx,
            args,
            client,
            sent: 0,
            received: 0,
            unsent: None,
            busy_until: Instant::now() + BUSY_FOR,
        }
    }

    /// Until the count, the time, a signal or a failure that does not pass.
    pub fn run(&mut self) -> anyhow::Result<Exit> {
        let begun = Instant::now();
        let end = self.args.lifetime.map(|lifetime| begun + lifetime);
        let (mut tell, mut ask) = (Pace::new(begun), Pace::new(begun));
        let mut proven = false;
        loop {
            if self.enough() {
                // What came meanwhile is not left waiting.
                if !self.args.no_telemetry && !ask.is_failing() {
                    self.ask_the_last()?;
                }
                return Ok(Exit::Done);
            }
            let (turn, pace) = if !self.args.no_telemetry && tell.due() <= ask.due() {
                (Turn::Tell, &mut tell)
            } else {
                (Turn::Ask, &mut ask)
            };
            let until = end.map_or(pace.due(), |end| end.min(pace.due()));
            if !self.wait(until) {
                let bounded = self.args.count.is_some() || self.args.lifetime.is_some();
                return Ok(if bounded {
                    Exit::Interrupted
                } else {
                    Exit::Done
                });
            }
            if end.is_some_and(|end| Instant::now() >= end) {
                return Ok(Exit::Done);
            }
            let outcome = match turn {
                Turn::Tell => self.tell().map(|()| false),
                Turn::Ask => self.ask(),
            };
            match outcome {
                Ok(more) => {
                    proven = true;
                    self.next(pace, turn, more);
                }
                Err(error) => self.bear(error, pace, turn, proven)?,
            }
        }
    }

    fn enough(&self) -> bool {
        let done = if self.args.no_telemetry {
            self.received
        } else {
            self.sent
        };
        self.args.count.is_some_and(|count| done >= count)
    }

    /// False if the wait was ended by a signal.
    fn wait(&self, until: Instant) -> bool {
        while !self.ctx.stop.load(Ordering::Relaxed) {
            let Some(left) = until.checked_duration_since(Instant::now()) else {
                return true;
            };
            // A signal only sets a flag: it is looked at often.
            std::thread::sleep(left.min(Duration::from_millis(50)));
        }
        false
    }

    fn next(&self, pace: &mut Pace, turn: Turn, more: bool) {
        let now = Instant::now();
        match turn {
            Turn::Tell => pace.worked(now, self.args.every),
            Turn::Ask if more => pace.again(now),
            Turn::Ask if now < self.busy_until => pace.worked(now, ASK_EVERY),
            Turn::Ask => pace.worked(now, ASK_IDLE),
        }
    }

    /// A failure that may pass is waited out, once it is clear that hub and credentials are right.
    fn bear(
        &self,
        error: anyhow::Error,
        pace: &mut Pace,
        turn: Turn,
        proven: bool,
    ) -> anyhow::Result<()> {
        let (transient, asked) = match error.downcast_ref::<IotHubError>() {
            Some(IotHubError::Throttled { retry_after, .. }) => (true, *retry_after),
            Some(known) => (known.is_transient() && proven, None),
            None => (false, None),
        };
        if !transient {
            return Err(error);
        }
        match pace.failed(Instant::now(), asked) {
            Ok(pause) => {
                let what = if turn == Turn::Tell {
                    "sending"
                } else {
                    "receiving"
                };
                let pause = pause.as_secs();
                self.ctx
                    .ui
                    .warn(&format!("{error:#}; {what} again in {pause} s"));
                Ok(())
            }
            Err(Hopeless) => Err(error),
        }
    }

    fn tell(&mut self) -> anyhow::Result<()> {
        let reading = match self.unsent.take() {
            Some(reading) => reading,
            None => Reading::new(
                self.sent + 1,
                &self.args.device,
                uuid::Uuid::new_v4().into_bytes(),
            ),
        };
        let body = serde_json::to_vec(&reading)?;
        let alert = if reading.alert() { "true" } else { "false" };
        if let Err(error) = self.client.send(&body, &[("temperatureAlert", alert)]) {
            self.unsent = Some(reading);
            return Err(error.into());
        }
        self.sent += 1;
        self.print(&Event::Sent { reading: &reading })
    }

    /// Whether there was a command. It is completed after it was printed: what was not printed comes again.
    fn ask(&mut self) -> anyhow::Result<bool> {
        let Some(message) = self.client.receive()? else {
            return Ok(false);
        };
        if let Err(error) = self.print(&Event::received(&message)) {
            // Whoever reads next shall have it. The error that led here is the one to report.
            let _ = self.client.abandon(&message);
            return Err(error);
        }
        self.received += 1;
        self.busy_until = Instant::now() + BUSY_FOR;
        match self.client.complete(&message) {
            Err(IotHubError::LockLost) => {
                let words = "the hub took the command back before it was completed: it comes again";
                self.ctx.ui.warn(words);
                Ok(true)
            }
            other => {
                other?;
                Ok(true)
            }
        }
    }

    /// Empties the queue, as far as it is no longer than a hub keeps it.
    fn ask_the_last(&mut self) -> anyhow::Result<()> {
        for _ in 0..50 {
            match self.ask() {
                Ok(true) => {}
                Ok(false) => break,
                Err(error) => match error.downcast_ref::<IotHubError>() {
                    Some(known) if known.is_transient() => {
                        self.ctx.ui.warn(&format!("{error:#}"));
                        break;
                    }
                    _ => return Err(error),
                },
            }
        }
        Ok(())
    }

    pub fn say_the_end(&self) -> anyhow::Result<()> {
        let Self { sent, received, .. } = *self;
        if self.ctx.ui.format() == Format::Table {
            let plural = |number: u64, what: &str| {
                let s = if number == 1 { "" } else { "s" };
                format!("{number} {what}{s}")
            };
            let (sent, received) = (plural(sent, "message"), plural(received, "command"));
            self.ctx
                .ui
                .note(&format!("{sent} sent, {received} received"));
            return Ok(());
        }
        match self.print(&Event::End { sent, received }) {
            // The count is of no use to a reader that has left.
            Err(error) if error.is::<OutputError>() => Ok(()),
            other => other,
        }
    }

    /// One line, at once.
    fn print(&self, event: &Event<'_>) -> anyhow::Result<()> {
        let text = event.line(self.ctx.ui.format())?;
        let mut stream = self.ctx.ui.stream();
        stream.write(text.as_bytes())?;
        stream.write(b"\n")?;
        stream.flush()?;
        Ok(())
    }
}

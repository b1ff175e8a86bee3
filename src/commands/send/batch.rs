//! Lines that were checked, gone through as commands: to be sent, or to look for what became of them.

use super::check::Checked;
use super::message::{Ids, Lifetime, Message, Terms};
use crate::commands::lines::Source;
use crate::commands::tally::Pace;
use crate::iothub::command::{Command, Expiry};
use std::time::{Duration, Instant};

pub struct Batch<'a> {
    pub source: Source,
    pub checked: Checked,
    pub terms: &'a Terms,
    pub ids: Ids,
    pub pace: Option<Pace>,
}

impl Batch<'_> {
    /// Each command with its line, until `take` wants no more. An error if there are not those that were checked.
    pub fn each(
        &mut self,
        mut take: impl FnMut(u64, &Command<'_>) -> anyhow::Result<bool>,
    ) -> anyhow::Result<()> {
        let mut clock = Clock::of(self.terms.lifetime);
        let (mut count, mut id) = (0, [0; 36]);
        let mut lines = self.source.lines()?;
        while let Some(line) = lines.next()? {
            let (number, Some(text)) = (line.number, line.text) else {
                continue;
            };
            if self.checked.repeated.contains(number) {
                continue;
            }
            // What is wrong was told when it was checked, and is left out.
            let Ok(message) = Message::read(text, self.terms) else {
                continue;
            };
            let made = match message.id {
                Some(_) => "",
                None => self.ids.of(number, &mut id),
            };
            let Ok(command) = message.command(made, clock.expiry()) else {
                continue;
            };
            count += 1;
            if !take(number, &command)? {
                return Ok(());
            }
        }
        match count == self.checked.messages {
            true => Ok(()),
            false => Err(self.source.changed().into()),
        }
    }
}

/// Expiries for messages that are sent now: by the second, which need not be written out anew for each.
struct Clock {
    lifetime: Option<Lifetime>,
    told: Option<(Instant, Option<Expiry>)>,
}

const OLD: Duration = Duration::from_millis(200);

impl Clock {
    fn of(lifetime: Option<Lifetime>) -> Self {
        Self {
            lifetime,
            told: None,
        }
    }

    fn expiry(&mut self) -> Option<Expiry> {
        let lifetime = self.lifetime?;
        match self.told {
            Some((since, expiry)) if since.elapsed() < OLD => expiry,
            _ => {
                // One that cannot be was refused at the beginning.
                let expiry = lifetime.expiry(jiff::Timestamp::now()).ok();
                self.told = Some((Instant::now(), expiry));
                expiry
            }
        }
    }
}

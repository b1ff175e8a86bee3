//! Many records on their way over Kafka's own protocol: pushed, answered and accounted for. What they are is the caller's.

use super::tally::{Answers, Tally};
use crate::context::Context;
use crate::kafka::Settings;
use crate::kafka::pipe::Pipe;
use crate::kafka::producer::{Item, Place, SendError};
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

/// What is known of a record while it is under way.
pub trait About {
    /// Of the input.
    fn line(&self) -> u64;
    fn answer(&self, topic: &str, place: Place, answers: &mut Answers<'_>);
}

pub struct Sending<'a, T> {
    pipe: Pipe<T>,
    pub account: Account<'a>,
}

pub struct Account<'a> {
    ctx: &'a Context,
    topic: &'a str,
    pub tally: Tally,
    pub answers: Answers<'a>,
}

impl<'a, T: About> Sending<'a, T> {
    /// For so many records, and so many bytes in all. What fails here has not been sent. From now on Ctrl-C lets what is under way come to its end.
    pub fn open(
        ctx: &'a Context,
        settings: &Settings,
        topic: &'a str,
        load: (u64, u64),
    ) -> anyhow::Result<Self> {
        let pipe = Pipe::open(settings, topic, load)?;
        // Before this nothing was sent, and a signal ends the program.
        ctx.stop_on_signals()?;
        let account = Account {
            ctx,
            topic,
            tally: Tally::default(),
            answers: Answers::new(ctx),
        };
        Ok(Self { pipe, account })
    }

    /// Whether there is more to be sent. What fails is accounted for.
    pub fn push(&mut self, item: &Item<'_>, about: T) -> bool {
        let (pipe, account) = (&mut self.pipe, &mut self.account);
        let mut about = about;
        loop {
            let line = about.line();
            if account.ends() {
                account.leave(line);
                return false;
            }
            match pipe.push(item, about, &mut |about, outcome| {
                account.told(&about, outcome)
            }) {
                Ok(None) => return true,
                Ok(Some(again)) => about = again,
                Err(error) => {
                    account.tally.failed(line, error);
                    return true;
                }
            }
        }
    }

    /// Tells what is acknowledged until then.
    pub fn until(&mut self, then: Instant) {
        let (pipe, account) = (&mut self.pipe, &mut self.account);
        loop {
            let left = then.saturating_duration_since(Instant::now());
            if left.is_zero() || account.ends() {
                return;
            }
            account.answers.flush();
            let wait = left.min(Duration::from_millis(100));
            pipe.serve(wait, &mut |about, outcome| account.told(&about, outcome));
        }
    }

    /// Waits for what is under way.
    pub fn finish(self) -> Account<'a> {
        let (mut pipe, mut account) = (self.pipe, self.account);
        pipe.finish(&mut |about, outcome| account.told(&about, outcome));
        account.answers.flush();
        account
    }
}

impl Account<'_> {
    fn told<T: About>(&mut self, about: &T, outcome: Result<Place, SendError>) {
        match outcome {
            Ok(place) => {
                self.tally.acknowledged(place);
                if self.answers.wanted() {
                    about.answer(self.topic, place, &mut self.answers);
                }
            }
            Err(error) => self.tally.failed(about.line(), error),
        }
    }

    /// One of those whose outcome was not known is there.
    pub fn found(&mut self, about: &impl About, place: Place) {
        self.tally.found(about.line());
        self.told(about, Ok(place));
    }

    fn ends(&self) -> bool {
        self.ctx.stop.load(Ordering::Relaxed)
            || self.tally.is_over()
            || self.answers.error.is_some()
    }

    fn leave(&mut self, line: u64) {
        let interrupted = self.ctx.stop.load(Ordering::Relaxed);
        self.tally.left(line, interrupted);
    }
}

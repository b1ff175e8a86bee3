//! The tunnel beside what it replaces: one `send` from cold beside ssh to the node and kcat there, and reading many small
//! messages through it beside reading them directly, both with the program's own reader.

use std::fs;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use rdkafka::producer::{BaseRecord, DefaultProducerContext, Producer, ThreadedProducer};

use super::commands::{RECORD, timed};
use super::in_turn;
use super::samples::Samples;
use super::table::Row;
use crate::cases::bridge::write_profile;
use crate::lab::net::{self, Host};
use crate::lab::{Lab, kafka, parts};
use crate::runner::Outcome;
use hdikafka::edge::{Reconnecting, Remote, Target};
use hdikafka::kafka::consumer::{End, Start, Tail};
use hdikafka::kafka::{Dialer, Settings};

const SENDS: usize = 10;
const MESSAGES: usize = 150_000;
const SIZE: usize = 1000;
const TOPIC: &str = "load";

#[derive(Default)]
pub struct Figures {
    send: Samples,
    ssh_and_kcat: Samples,
    through: Samples,
    direct: Samples,
}

impl Figures {
    /// In a lab without a bridge.
    pub fn measure(&mut self, lab: &Lab, ours_first: bool) -> Outcome {
        ensure!(
            !cfg!(debug_assertions),
            "the reading is done in this process: it has to be an optimised one (benches/run.sh)"
        );
        lab.reset()?;
        write_profile(lab, "")?;
        lab.create_topic("iotout", 8)?;
        self.cold_sends(lab, ours_first)?;
        lab.create_topic(TOPIC, 6)?;
        lab.net().inside(Host::Operator, fill)??;
        let Figures {
            through, direct, ..
        } = self;
        let tunnel = settings(lab)?;
        let straight = Settings {
            dialer: None,
            ..tunnel.clone()
        };
        in_turn(
            ours_first,
            || read(lab, &tunnel).map(|took| through.push(took)),
            || read(lab, &straight).map(|took| direct.push(took)),
        )
    }

    fn cold_sends(&mut self, lab: &Lab, ours_first: bool) -> Outcome {
        let brokers = kafka::bootstrap();
        let ours = format!(
            "{} --profile lab send --via tunnel --brokers {brokers} --device fakepi 'Turn On'",
            parts::binary().display()
        );
        let ssh = lab.home().join(".ssh");
        let login = format!(
            "ssh -F none -o BatchMode=yes -o UserKnownHostsFile={} -i {} sshuser@{} true",
            ssh.join("known_hosts").display(),
            ssh.join("id_ed25519").display(),
            net::EDGE
        );
        let record = lab.home().join("record.json");
        fs::write(&record, RECORD)?;
        // In the brokers' network, as on the node itself.
        let kcat = format!(
            "kcat -P -b {brokers} -t iotout -k fakepi -X acks=all -X enable.idempotence=true -X linger.ms=0 {}",
            record.display()
        );
        let Figures {
            send, ssh_and_kcat, ..
        } = self;
        in_turn(
            ours_first,
            || {
                send.extend(timed(lab, SENDS, &ours)?);
                Ok(())
            },
            || {
                let (logins, sends) = (timed(lab, SENDS, &login)?, timed(lab, SENDS, &kcat)?);
                ssh_and_kcat.extend(logins.iter().zip(sends).map(|(login, send)| login + send));
                Ok(())
            },
        )
    }

    pub fn rows(&self) -> Vec<Row> {
        let rate = |samples: &Samples| (MESSAGES * SIZE) as f64 / 1e6 / samples.median();
        let what = format!(
            "reading {MESSAGES} messages of 1 kB through the tunnel ({:.0} MB/s) beside reading them directly ({:.0} MB/s)",
            rate(&self.through),
            rate(&self.direct)
        );
        vec![
            Row::at_most(
                "`send --via tunnel` from cold beside `ssh NODE true` and `kcat -P` in the brokers' network, added up",
                1.15,
                &self.send,
                &self.ssh_and_kcat,
            ),
            // 0.7 of the throughput.
            Row::at_most(&what, 1.43, &self.through, &self.direct),
        ]
    }
}

fn settings(lab: &Lab) -> Result<Settings> {
    let ssh = lab.home().join(".ssh");
    let target = Target {
        host: net::EDGE.to_owned(),
        user: Some("sshuser".to_owned()),
        identity_file: Some(ssh.join("id_ed25519")),
        known_hosts: Some(ssh.join("known_hosts")),
        config_file: Some("/dev/null".into()),
        ..Target::default()
    };
    let edge = lab.net().inside(Host::Operator, || {
        Reconnecting::connect(&target, Arc::new(|_: &str| ()))
    })??;
    let dialer = Dialer::new(move |socket, host, port| {
        edge.carry(socket, host, port)
            .map_err(std::io::Error::other)
    });
    Ok(Settings {
        timeout: Duration::from_secs(60),
        dialer: Some(dialer.context("the tunnel is not built here")?),
        ..Settings::new(kafka::addresses())
    })
}

/// Seconds from nothing to the last message.
fn read(lab: &Lab, settings: &Settings) -> Result<f64> {
    lab.net().inside(Host::Operator, || {
        let began = Instant::now();
        let mut count = 0;
        for record in Tail::new(settings, TOPIC, Start::Earliest, End::Now)? {
            let size = record?.value.map_or(0, |value| value.len());
            ensure!(size == SIZE, "a message of {size} bytes");
            count += 1;
        }
        ensure!(count == MESSAGES, "{count} messages");
        Ok(began.elapsed().as_secs_f64())
    })?
}

/// By a client of the lab's own, directly.
fn fill() -> Outcome {
    let producer: ThreadedProducer<DefaultProducerContext> = kafka::client()
        .set("queue.buffering.max.kbytes", "262144")
        .set("queue.buffering.max.messages", "1000000")
        .create()?;
    let value = vec![b'x'; SIZE];
    for _ in 0..MESSAGES {
        let record: BaseRecord<'_, [u8], [u8]> = BaseRecord::to(TOPIC).payload(&value);
        producer.send(record).map_err(|(error, _)| error)?;
    }
    producer.flush(Duration::from_secs(120))?;
    Ok(())
}

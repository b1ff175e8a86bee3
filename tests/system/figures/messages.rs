//! Many messages: a million from a file, every line checked, and a million read back, beside kcat with the same bytes, the
//! same acknowledgements and the same idempotence; and over the REST proxy, which has no peer.

use std::fs::{self, File};
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use rdkafka::consumer::{BaseConsumer, Consumer};

use super::in_turn;
use super::samples::Samples;
use super::table::Row;
use crate::cases::rest_proxy::write_profile;
use crate::lab::net::Host;
use crate::lab::rest_proxy::RestProxy;
use crate::lab::{Lab, kafka, parts};
use crate::runner::Outcome;

const MESSAGES: usize = 1_000_000;
const DEVICES: usize = 1000;
const PARTITIONS: i32 = 8;
/// More would only make the disk busier: one takes a minute and a gigabyte.
const ROUNDS: usize = 3;
/// Over the REST proxy.
const RECORDS: usize = 100_000;

#[derive(Default)]
struct Figures {
    sent: Samples,
    sent_by_kcat: Samples,
    memory: Samples,
    read: Samples,
    read_by_kcat: Samples,
}

pub fn measure(lab: &Lab, rounds: usize) -> Result<Vec<Row>> {
    let mut figures = Figures::default();
    let files = Files::write(lab.dir())?;
    for round in 0..rounds.min(ROUNDS) {
        let ours_first = round % 2 == 0;
        lab.reset()?;
        figures.send(lab, ours_first, &files)?;
        figures.read(lab, ours_first)?;
    }
    let Figures {
        sent,
        sent_by_kcat,
        memory,
        read,
        read_by_kcat,
    } = &figures;
    Ok(vec![
        Row::at_most(
            "`send --file` of 1,000,000 messages, each line checked before the first is sent, beside `kcat -P -l` with acks=all and idempotence",
            1.0,
            sent,
            sent_by_kcat,
        ),
        Row::megabytes("peak memory of it", 150.0, memory),
        Row::at_most(
            "`tail --until-end --format raw` of these 1,000,000 records beside `kcat -C -e`",
            1.0,
            read,
            read_by_kcat,
        ),
    ])
}

pub fn measure_rest(lab: &Lab, rounds: usize) -> Result<Vec<Row>> {
    let mut written = Samples::default();
    let file = lab.dir().join("records.txt");
    let mut out = BufWriter::new(File::create(&file)?);
    for number in 0..RECORDS {
        writeln!(out, "{}", message(number))?;
    }
    out.flush()?;
    for round in 0..rounds.min(ROUNDS) {
        lab.reset()?;
        let proxy = RestProxy::start(lab)?;
        write_profile(lab, &proxy)?;
        let topic = format!("rest-{round}");
        lab.create_topic(&topic, PARTITIONS)?;
        let file = file.display().to_string();
        let produced = lab
            .hdikafka(&[
                "--profile",
                "lab",
                "produce",
                &topic,
                "--form",
                "json",
                "--file",
                &file,
            ])?
            .ok()?;
        written.push(produced.took.as_secs_f64());
        holds(lab, &topic, RECORDS)?;
    }
    Ok(vec![Row::rate(
        "`produce --via rest --file` of 100,000 records, from the start of the program to its end",
        (RECORDS, " records/s"),
        5000.0,
        &written,
    )])
}

impl Figures {
    fn send(&mut self, lab: &Lab, ours_first: bool, files: &Files) -> Outcome {
        for topic in ["iotout", "peer"] {
            lab.create_topic(topic, PARTITIONS)?;
        }
        let brokers = kafka::bootstrap();
        let peak = lab.home().join("peak");
        let ours = format!(
            "/usr/bin/time --format=%M --output={} {} send --brokers {brokers} --via direct --timeout 300 --quiet --file {} >/dev/null",
            peak.display(),
            parts::binary().display(),
            files.ours.display()
        );
        let peer = format!(
            "kcat -P -b {brokers} -t peer -K '\\t' -X acks=all -X enable.idempotence=true \
             -X partitioner=murmur2_random -l {}",
            files.peer.display()
        );
        let Figures {
            sent,
            sent_by_kcat,
            memory,
            ..
        } = self;
        in_turn(
            ours_first,
            || {
                sent.push(timed(lab, &ours)?);
                let kib: f64 = fs::read_to_string(&peak)?
                    .trim()
                    .parse()
                    .context("what time wrote")?;
                memory.push(kib * 1024.0 / 1e6);
                holds(lab, "iotout", MESSAGES)
            },
            || {
                sent_by_kcat.push(timed(lab, &peer)?);
                holds(lab, "peer", MESSAGES)
            },
        )
    }

    /// The topic that ours has written, by both.
    fn read(&mut self, lab: &Lab, ours_first: bool) -> Outcome {
        let brokers = kafka::bootstrap();
        let out = lab.dir().join("read");
        let to = out.display();
        let ours = format!(
            "{} tail iotout --brokers {brokers} --via direct --until-end --format raw --quiet >{to}",
            parts::binary().display()
        );
        let peer = format!("kcat -C -b {brokers} -t iotout -o beginning -e -q >{to}");
        let Figures {
            read, read_by_kcat, ..
        } = self;
        in_turn(
            ours_first,
            || {
                read.push(timed(lab, &ours)?);
                lines(&out)
            },
            || {
                read_by_kcat.push(timed(lab, &peer)?);
                lines(&out)
            },
        )
    }
}

/// The same records as ours takes them and as kcat does.
struct Files {
    ours: PathBuf,
    peer: PathBuf,
}

impl Files {
    fn write(dir: &Path) -> Result<Files> {
        let files = Files {
            ours: dir.join("messages.jsonl"),
            peer: dir.join("messages.kcat"),
        };
        let mut ours = BufWriter::new(File::create(&files.ours)?);
        let mut peer = BufWriter::new(File::create(&files.peer)?);
        for number in 0..MESSAGES {
            let message = message(number);
            writeln!(ours, "{message}")?;
            writeln!(peer, "{}\t{message}", device(number))?;
        }
        ours.flush()?;
        peer.flush()?;
        Ok(files)
    }
}

fn device(number: usize) -> String {
    format!("device{:04}", number % DEVICES)
}

/// As the sink reads it, with an id of its own, so that both write the same bytes.
fn message(number: usize) -> String {
    let device = device(number);
    format!(
        r#"{{"messageId":"7d9f2c1e-0c55-4a39-9f0b-{number:012}","message":"Turn On","deviceId":"{device}"}}"#
    )
}

/// The seconds that a line of the shell takes on the operator's machine.
fn timed(lab: &Lab, line: &str) -> Result<f64> {
    let done = lab.op(&["sh", "-c", line])?.ok()?;
    Ok(done.took.as_secs_f64())
}

fn lines(file: &Path) -> Outcome {
    let text = fs::read(file)?;
    let count = text.iter().filter(|byte| **byte == b'\n').count();
    ensure!(count == MESSAGES, "{count} records were read");
    Ok(())
}

/// A figure of messages that are not there is worth nothing.
fn holds(lab: &Lab, topic: &str, wanted: usize) -> Outcome {
    let there = lab.net().inside(Host::Operator, || -> Result<i64> {
        let consumer: BaseConsumer = kafka::client().create()?;
        let marks = (0..PARTITIONS).map(|partition| {
            let (low, high) =
                consumer.fetch_watermarks(topic, partition, Duration::from_secs(10))?;
            Ok(high - low)
        });
        marks.sum()
    })??;
    ensure!(
        there == i64::try_from(wanted)?,
        "{topic} has {there} records"
    );
    Ok(())
}

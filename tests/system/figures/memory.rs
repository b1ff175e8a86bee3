//! The most memory that a process of the program held at once, as the kernel counted it.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use zip::write::SimpleFileOptions;

use super::bridge::fresh;
use super::samples::Samples;
use super::table::Row;
use crate::lab::{Lab, kafka, parts};

const SENDS: usize = 10;
const SETUPS: usize = 3;
const JAR: usize = 50 << 20;

pub fn measure(lab: &Lab) -> Result<Vec<Row>> {
    let (mut send, mut setup) = (Samples::default(), Samples::default());
    for _ in 0..SETUPS {
        fresh(lab)?;
        let jar = large_jar(&lab.home())?.display().to_string();
        let args = ["--profile", "lab", "setup", "--yes", "--jar", &jar];
        setup.push(peak(lab, &[&args[..], &["--stable-for", "0s"]].concat())?);
    }
    let brokers = kafka::bootstrap();
    for _ in 0..SENDS {
        let args = [
            "send",
            "--brokers",
            &brokers,
            "--device",
            "fakepi",
            "Turn On",
        ];
        send.push(peak(lab, &args)?);
    }
    Ok(vec![
        Row::megabytes("peak memory of `send`", 25.0, &send),
        Row::megabytes("peak memory of `setup` with a jar of 50 MiB", 60.0, &setup),
    ])
}

/// In MB, by GNU time: the kernel counts what was there before exec, too, and there is less in time than in this process.
fn peak(lab: &Lab, args: &[&str]) -> Result<f64> {
    let file = lab.home().join("peak");
    let (file, binary) = (
        file.display().to_string(),
        parts::binary().display().to_string(),
    );
    let time = ["/usr/bin/time", "--format=%M", "--output", &file, &binary];
    lab.op(&[&time[..], args].concat())?.ok()?;
    let kib: f64 = fs::read_to_string(&file)?
        .trim()
        .parse()
        .context("what time wrote")?;
    Ok(kib * 1024.0 / 1e6)
}

/// The connector with one more entry that fills it up to 50 MiB and cannot be compressed.
fn large_jar(dir: &Path) -> Result<PathBuf> {
    let jar = dir.join("kafka-connect-iothub-assembly_2.11-0.7.0.jar");
    fs::copy(parts::jar("0.7.0")?, &jar)?;
    let there = usize::try_from(fs::metadata(&jar)?.len())?;
    let file = fs::File::options().read(true).write(true).open(&jar)?;
    let mut zip = zip::ZipWriter::new_append(file)?;
    let stored = SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    zip.start_file("filling", stored)?;
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    let filling: Vec<u8> = (0..(JAR - there) / 8)
        .flat_map(|_| {
            // xorshift
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state.to_le_bytes()
        })
        .collect();
    zip.write_all(&filling)?;
    zip.finish()?;
    Ok(jar)
}

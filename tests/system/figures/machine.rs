//! Where the figures were taken.

use std::fs;

use anyhow::Result;

use crate::lab::{Lab, parts};

/// How many processes wanted to run, over the last 1, 5 and 15 minutes.
pub fn load() -> String {
    let text = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split_whitespace()
        .take(3)
        .collect::<Vec<_>>()
        .join(" ")
}

/// Machine and versions, in a sentence or two.
pub fn described(lab: &Lab, load_before: &str) -> Result<String> {
    let processors = std::thread::available_parallelism()?;
    let model = field("/proc/cpuinfo", "model name");
    let memory = field("/proc/meminfo", "MemTotal");
    let kib: f64 = memory
        .split_whitespace()
        .next()
        .unwrap_or_default()
        .parse()?;
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease")?;
    let version = |argv: &[&str]| -> Result<String> {
        let output = lab.op(argv)?.ok()?;
        let text = [output.stdout, output.stderr].concat();
        Ok(text
            .lines()
            .find(|line| line.to_ascii_lowercase().contains("version"))
            .or(text.lines().next())
            .unwrap_or_default()
            .trim()
            .to_owned())
    };
    let binary = parts::binary();
    Ok(format!(
        "Machine: {processors} processors ({model}), {:.0} GB of memory, Linux {}; the whole lab (ZooKeeper, three brokers, \
         the edge node) runs on it as well. Load before {load_before}, after {}. {} ({:.1} MB, static); kcat: {}; {}; Kafka 3.2.0.",
        kib / 1e6 * 1.024,
        kernel.trim(),
        load(),
        version(&[&binary.display().to_string(), "--version"])?,
        fs::metadata(&binary)?.len() as f64 / 1e6,
        version(&["kcat", "-V"])?,
        version(&["java", "-version"])?,
    ))
}

/// The first value of `name : value` in a file of /proc.
fn field(file: &str, name: &str) -> String {
    let text = fs::read_to_string(file).unwrap_or_default();
    let value = text
        .lines()
        .filter_map(|line| line.split_once(':'))
        .find(|(key, _)| key.trim() == name)
        .map(|(_, value)| value.trim());
    value.unwrap_or("unknown").to_owned()
}

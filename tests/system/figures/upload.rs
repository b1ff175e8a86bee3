//! A file of 50 MiB to the edge node, beside OpenSSH's scp: from a cold start, login included, from near and from far. Ours is
//! what `setup` does with a jar: the node compares the digest and syncs before it renames.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};

use super::commands::timed;
use super::in_turn;
use super::samples::Samples;
use super::table::Row;
use super::tunnel::far_away;
use crate::lab::Lab;
use crate::lab::net::{self, Host};
use crate::runner::Outcome;
use hdikafka::edge::{Contents, Ssh, Target, WriteFile, digest, write_file};

const SIZE: u64 = 50 << 20;
const UPLOADS: usize = 3;
const ROUND_TRIP: Duration = Duration::from_millis(40);

#[derive(Default)]
pub struct Figures {
    near: Pair,
    far: Pair,
}

#[derive(Default)]
struct Pair {
    ours: Samples,
    scp: Samples,
}

impl Figures {
    /// In a lab that was just reset.
    pub fn measure(&mut self, lab: &Lab, ours_first: bool) -> Outcome {
        let file = lab.home().join("large");
        // Nothing on the way may make it shorter.
        let mut random = File::open("/dev/urandom")?.take(SIZE);
        io::copy(&mut random, &mut File::create(&file)?)?;
        let far = far_away(lab, ROUND_TRIP)?;
        for ((host, port), pair) in [
            ((net::EDGE.to_owned(), 22), &mut self.near),
            (far, &mut self.far),
        ] {
            let scp = format!(
                "scp -q -F none -o BatchMode=yes -o UserKnownHostsFile={} -i {} -P {port} {} sshuser@{host}:scp",
                lab.home().join(".ssh/known_hosts").display(),
                lab.home().join(".ssh/id_ed25519").display(),
                file.display(),
            );
            in_turn(
                ours_first,
                || {
                    for _ in 0..UPLOADS {
                        pair.ours.push(upload(lab, &file, &host, port)?);
                    }
                    Ok(())
                },
                || {
                    pair.scp.extend(timed(lab, UPLOADS, &scp)?);
                    Ok(())
                },
            )?;
        }
        lab.edge_exec(&["rm", "-f", "/home/sshuser/scp", "/home/sshuser/ours"])?
            .ok()
            .map(drop)
    }

    pub fn rows(&self) -> Vec<Row> {
        let row = |what: &str, pair: &Pair| Row::at_most(what, 1.1, &pair.ours, &pair.scp);
        vec![
            row(
                "upload of 50 MiB with login, digest and sync beside `scp`",
                &self.near,
            ),
            row(
                "the same with 40 ms of round trip between laptop and node",
                &self.far,
            ),
        ]
    }
}

/// Seconds from nothing to a file in its place. It is one that was not there.
fn upload(lab: &Lab, file: &Path, host: &str, port: u16) -> Result<f64> {
    let ssh = lab.home().join(".ssh");
    let target = Target {
        host: host.to_owned(),
        port: Some(port),
        user: Some("sshuser".to_owned()),
        identity_file: Some(ssh.join("id_ed25519")),
        known_hosts: Some(ssh.join("known_hosts")),
        config_file: Some("/dev/null".into()),
        ..Target::default()
    };
    lab.edge_exec(&["rm", "-f", "/home/sshuser/ours"])?.ok()?;
    let took = lab.net().inside(Host::Operator, || {
        let begun = Instant::now();
        // As in `setup`: the file is read while the node answers.
        let (edge, read) = std::thread::scope(|scope| {
            let read = scope.spawn(|| digest(File::open(file)?));
            (Ssh::connect(&target), read.join())
        });
        let edge = edge?;
        let (length, sha256) = read.map_err(|_| anyhow::anyhow!("a panic"))??;
        let contents = Contents::Reader {
            length,
            sha256,
            reader: Box::new(File::open(file)?),
        };
        write_file(&edge, WriteFile::new("/home/sshuser/ours", contents))?;
        anyhow::Ok(begun.elapsed().as_secs_f64())
    })??;
    let there = lab
        .edge_exec(&["stat", "-c", "%s", "/home/sshuser/ours"])?
        .ok()?;
    ensure!(there.stdout.trim() == SIZE.to_string(), "{}", there.stdout);
    Ok(took)
}

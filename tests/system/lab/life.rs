//! How a lab comes up, is made fresh for the next case, and goes down.

use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};

use super::edge::Edge;
use super::kafka::Kafka;
use super::net::Network;
use super::operator::Operator;
use super::parts::Generation;
use super::servers::Servers;
use super::{Lab, Parts, parts, remains, wait};
use crate::enclosure;

impl Lab {
    /// Brings a lab up: everything at once, each part waited for until it answers.
    pub fn up(parts: Parts) -> Result<Lab> {
        Lab::up_with(parts, Generation::default())
    }

    /// The same with this Kafka, on the brokers and on the edge.
    pub fn up_with(parts: Parts, generation: Generation) -> Result<Lab> {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        // What is built once must not count as coming up.
        prepare(parts, generation)?;
        let began = Instant::now();
        let prefix = format!(
            "{}{}",
            enclosure::run_name(),
            COUNT.fetch_add(1, Ordering::Relaxed)
        );
        let dir = enclosure::work_dir().join(&prefix);
        fs::create_dir_all(&dir)?;
        let net = Network::up(&prefix)?;
        let operator = Operator::new(&dir)?;
        let mut took = vec![("network", began.elapsed())];

        let (kafka, edge, servers) = std::thread::scope(|scope| {
            let kafka = scope.spawn(|| timed(parts.kafka, || Kafka::up(&dir, &net, generation)));
            let edge = scope.spawn(|| {
                timed(parts.edge, || {
                    let edge = Edge::new(&dir, generation)?;
                    edge.boot(&net, &operator.public_key()?)?;
                    Ok(edge)
                })
            });
            let servers = scope.spawn(|| {
                timed(parts.ambari || parts.hub, || {
                    start_servers(&dir, &net, parts)
                })
            });
            (joined(kafka), joined(edge), joined(servers))
        });
        let (kafka, edge, servers) = (kafka?, edge?, servers?);
        for (name, time) in [("kafka", kafka.1), ("edge", edge.1), ("servers", servers.1)] {
            took.extend(time.map(|time| (name, time)));
        }
        took.push(("whole", began.elapsed()));
        let (kafka, edge, servers) = (kafka.0, edge.0, servers.0);
        let lab = Lab {
            parts,
            dir,
            servers,
            edge,
            kafka,
            operator,
            net,
            used: AtomicUsize::new(0),
            took,
        };
        lab.fresh_home()?;
        Ok(lab)
    }

    /// Brings the lab into the state that a case expects: a fresh edge, no topics and groups, all brokers up, a hub
    /// without messages, Ambari up, a new home.
    pub fn reset(&self) -> Result<()> {
        if self.used.swap(1, Ordering::Relaxed) == 0 {
            return Ok(());
        }
        std::thread::scope(|scope| {
            let edge = scope.spawn(|| self.edge_reset());
            let servers = scope.spawn(|| self.servers_reset());
            joined(edge)?;
            joined(servers)
        })?;
        // After the edge is gone: its workers would make their groups anew.
        if let Some(kafka) = &self.kafka {
            kafka.reset(&self.net)?;
        }
        self.fresh_home()
    }

    /// Takes the lab down and looks whether anything of it is left.
    pub fn down(self) -> Result<()> {
        let dir = self.dir.clone();
        let Lab {
            servers,
            edge,
            kafka,
            operator,
            net,
            ..
        } = self;
        drop((servers, edge, kafka, operator));
        wait(
            "the end of the lab's processes",
            Duration::from_secs(10),
            || Ok(net.processes().is_empty()),
        )?;
        drop(net);
        fs::remove_dir_all(&dir).with_context(|| format!("removing {}", dir.display()))?;
        let left = remains::of_lab(&dir)?;
        ensure!(left.is_empty(), "left behind: {}", left.join(", "));
        Ok(())
    }

    fn fresh_home(&self) -> Result<()> {
        self.operator.reset(self.edge.as_ref())?;
        self.servers
            .as_ref()
            .map_or(Ok(()), |servers| servers.write_az(&self.operator.az_dir()))
    }

    fn servers_reset(&self) -> Result<()> {
        let Some(servers) = &self.servers else {
            return Ok(());
        };
        // A case may have stopped them itself.
        if self.parts.ambari {
            let _ = servers.stop_ambari();
            servers.start_ambari(&self.net)?;
        }
        if self.parts.hub {
            let _ = servers.stop_hub();
            servers.start_hub(&self.net)?;
        }
        Ok(())
    }
}

fn prepare(parts: Parts, generation: Generation) -> Result<()> {
    if parts.kafka {
        parts::kafka(generation)?;
    }
    if parts.edge {
        parts::edge_root()?;
        parts::hdp(generation)?;
    }
    Ok(())
}

fn start_servers(dir: &Path, net: &Network, parts: Parts) -> Result<Servers> {
    let servers = Servers::new(dir)?;
    if parts.ambari {
        servers.start_ambari(net)?;
    }
    if parts.hub {
        servers.start_hub(net)?;
    }
    Ok(servers)
}

fn timed<T>(
    wanted: bool,
    work: impl FnOnce() -> Result<T>,
) -> Result<(Option<T>, Option<Duration>)> {
    let began = Instant::now();
    if !wanted {
        return Ok((None, None));
    }
    let made = work()?;
    Ok((Some(made), Some(began.elapsed())))
}

fn joined<T>(thread: std::thread::ScopedJoinHandle<'_, T>) -> T {
    thread
        .join()
        .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

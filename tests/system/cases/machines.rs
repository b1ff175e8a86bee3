//! The lab's machines: that they are what the other cases take them for, and that each way of troubling them works.

use std::time::{Duration, Instant};

use anyhow::{Context, ensure};

use crate::lab::net::{self, Block, Host};
use crate::lab::{Lab, Parts};
use crate::runner::{Case, Outcome};
use crate::transcript;

pub fn cases() -> Vec<Case> {
    let edge = Parts::EDGE;
    vec![
        Case::shared("lab_comes_up", edge.and(Parts::KAFKA), lab_comes_up),
        Case::shared("no_way_out", edge, no_way_out),
        Case::shared(
            "the_operator_has_nothing_of_the_host",
            Parts::NONE,
            the_operator_has_nothing_of_the_host,
        ),
        Case::shared("ssh_and_sudo", edge, ssh_and_sudo),
        Case::shared("edge_reboots", edge, edge_reboots),
        Case::shared(
            "a_changed_edge_is_seen_and_reset",
            edge,
            a_changed_edge_is_seen_and_reset,
        ),
        Case::shared("the_edges_disk_fills_up", edge, the_edges_disk_fills_up),
        Case::shared(
            "ways_are_closed_and_opened",
            edge,
            ways_are_closed_and_opened,
        ),
    ]
}

fn lab_comes_up(lab: &Lab) -> Outcome {
    let figures = lab
        .took
        .iter()
        .map(|(name, time)| format!("{name} {:.1} s", time.as_secs_f64()));
    transcript::say(format!(
        "the lab came up: {}",
        figures.collect::<Vec<_>>().join(", ")
    ));
    let whole = lab.took.last().map(|(_, time)| *time).unwrap_or_default();
    ensure!(whole < Duration::from_secs(60), "the lab took {whole:?}");
    for name in [
        net::HEAD_ALIAS,
        net::GATEWAY,
        net::EDGE,
        net::HUB,
        net::EVENTS,
        "wn2-kafka",
    ] {
        lab.op(&["getent", "hosts", name])?.ok()?;
        lab.edge_exec(&["getent", "hosts", name])?.ok()?;
    }
    lab.edge_exec(&["systemctl", "is-system-running", "--wait"])?
        .ok()?;
    Ok(())
}

fn no_way_out(lab: &Lab) -> Outcome {
    // An address for documentation: were there a route, the kernel would name it and send nothing.
    let out = ["ip", "route", "get", "192.0.2.1"];
    for output in [lab.op(&out)?, lab.edge_exec(&out)?] {
        ensure!(
            output.stderr.contains("Network is unreachable"),
            "{output:?}"
        );
    }
    let near = ["ip", "route", "get", &Host::Hub.address().to_string()];
    lab.op(&near)?.ok()?;
    Ok(())
}

fn the_operator_has_nothing_of_the_host(lab: &Lab) -> Outcome {
    let environment = lab.op(&["env"])?.ok()?.stdout;
    for name in environment
        .lines()
        .filter_map(|line| line.split('=').next())
    {
        let known = [
            "HOME",
            "LANG",
            "TERM",
            "USER",
            "LOGNAME",
            "PATH",
            "TMPDIR",
            "HDIKAFKA_LAB_AZ",
            "PWD",
            "SHLVL",
            "_",
        ];
        ensure!(
            known.contains(&name) || name.starts_with("XDG_"),
            "{name} leaks"
        );
    }
    let files = lab.op(&["find", ".", "-type", "f"])?.ok()?.stdout;
    ensure!(
        files.lines().all(|file| file.starts_with("./.ssh/")),
        "{files}"
    );
    let profile = lab.write_profile("lab", "[cluster]\n")?;
    ensure!(profile.starts_with(lab.home()), "{}", profile.display());
    Ok(())
}

fn ssh_and_sudo(lab: &Lab) -> Outcome {
    let user = lab
        .ssh(&["sh", "-c", "id -un; sudo -n id -un; id -un kafka; hostname"])?
        .ok()?
        .stdout;
    ensure!(user == "sshuser\nroot\nkafka\ned10-kafka\n", "{user}");
    std::fs::write(lab.home().join(".ssh/known_hosts"), "")?;
    let refused = lab.ssh(&["true"])?.code_is(255)?;
    ensure!(
        refused.stderr.contains("Host key verification failed"),
        "{}",
        refused.stderr
    );
    Ok(())
}

fn edge_reboots(lab: &Lab) -> Outcome {
    let uptime = || -> anyhow::Result<String> {
        Ok(lab
            .edge_exec(&[
                "systemctl",
                "show",
                "--property=UserspaceTimestampMonotonic",
            ])?
            .ok()?
            .stdout)
    };
    lab.edge_exec(&["sh", "-c", "echo kept >/var/lib/kept; echo lost >/run/lost"])?
        .ok()?;
    let before = uptime()?;
    lab.edge_reboot()?;
    ensure!(uptime()? != before, "the machine did not boot again");
    lab.edge_exec(&["sh", "-c", "test -e /var/lib/kept && test ! -e /run/lost"])?
        .ok()?;
    lab.ssh(&["true"])?.ok()?;
    Ok(())
}

fn a_changed_edge_is_seen_and_reset(lab: &Lab) -> Outcome {
    let before = lab.edge_tree()?;
    ensure!(
        before
            .0
            .keys()
            .any(|path| path.ends_with("kafka_2.13-3.2.0.5.1.4.8.jar")),
        "no Kafka in {before:?}"
    );
    lab.ssh(&["true"])?.ok()?;
    let same = before.changes(&lab.edge_tree()?);
    ensure!(same.is_empty(), "a login changed {same:?}");
    let trouble = "echo x >>/etc/hosts; mkdir -p /var/lib/hdikafka; chmod 600 /etc/hostname; rm /etc/sudoers.d/90-sshuser";
    lab.edge_exec(&["sh", "-c", trouble])?.ok()?;
    let paths: Vec<String> = before
        .changes(&lab.edge_tree()?)
        .iter()
        .map(|line| line.split(" (").next().unwrap_or_default().to_owned())
        .collect();
    let expected = [
        "- /etc/sudoers.d/90-sshuser",
        "~ /etc/hostname",
        "~ /etc/hosts",
        "~ /etc/sudoers.d",
        "+ /var/lib/hdikafka",
    ];
    for line in expected {
        // A directory's own line does not carry what is in it.
        ensure!(
            paths.iter().any(|path| path == line) || line == "~ /etc/sudoers.d",
            "{line} is not in {paths:?}"
        );
    }
    let began = Instant::now();
    lab.edge_reset()?;
    transcript::say(format!(
        "a fresh edge: {:.1} s",
        began.elapsed().as_secs_f64()
    ));
    let left: Vec<String> = before
        .changes(&lab.edge_tree()?)
        .into_iter()
        .filter(|line| !line.contains("/etc/machine-id"))
        .collect();
    ensure!(left.is_empty(), "not fresh: {left:?}");
    Ok(())
}

fn the_edges_disk_fills_up(lab: &Lab) -> Outcome {
    let write = [
        "sh",
        "-c",
        "dd if=/dev/zero of=/var/lib/big bs=64k count=64; rc=$?; rm -f /var/lib/big; exit $rc",
    ];
    lab.edge_exec(&write)?.ok()?;
    let filling = lab.fill_edge_disk(100 << 10)?;
    let full = lab.edge_exec(&write)?.code_is(1)?;
    ensure!(
        full.stderr.contains("No space left on device"),
        "{}",
        full.stderr
    );
    drop(filling);
    lab.edge_exec(&write)?.ok()?;
    Ok(())
}

fn ways_are_closed_and_opened(lab: &Lab) -> Outcome {
    let connect = || -> anyhow::Result<std::io::Result<()>> {
        lab.net().inside(Host::Operator, || {
            let address = std::net::SocketAddr::from((Host::Edge.address(), 22));
            std::net::TcpStream::connect_timeout(&address, Duration::from_millis(300)).map(drop)
        })
    };
    connect()?.context("before")?;
    let barrier = lab.block(Host::Operator, net::EDGE, 22, Block::Silence)?;
    let silence = connect()?.err().context("a way through silence")?;
    ensure!(silence.kind() == std::io::ErrorKind::TimedOut, "{silence}");
    drop(barrier);
    let barrier = lab.block(Host::Operator, net::EDGE, 22, Block::Reset)?;
    let reset = connect()?.err().context("a way through resets")?;
    ensure!(
        reset.kind() == std::io::ErrorKind::ConnectionRefused,
        "{reset}"
    );
    drop(barrier);
    connect()?.context("afterwards")?;
    Ok(())
}

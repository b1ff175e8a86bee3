//! The edge node: a Debian that systemd boots in a container, with a real sshd, two users, Java, and Kafka laid out as on
//! HDInsight. Its disk is a layer in memory over cached ones, so that it is fresh, small, and gone in a second.

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::TcpStream;
use std::os::unix::fs::{PermissionsExt, chown, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};

use super::disk::Disk;
use super::host::{self, Output, last_lines};
use super::net::{self, Host, Network};
use super::parts::Generation;
use super::{operator, parts, wait};
use crate::enclosure;

/// What nspawn ends with when the machine in it asked for a reboot.
const REBOOT: i32 = 133;

pub struct Edge {
    dir: PathBuf,
    disk: Disk,
    generation: Generation,
    running: Mutex<Option<Running>>,
}

/// A machine that was switched on, and the thread that switches it on again when it reboots.
struct Running {
    nspawn: Arc<Mutex<Option<u32>>>,
    closing: Arc<AtomicBool>,
    thread: JoinHandle<()>,
}

impl Edge {
    /// Makes the host key that this lab's edge keeps through all resets; does not boot.
    pub fn new(lab: &Path, generation: Generation) -> Result<Edge> {
        let dir = lab.join("edge");
        fs::create_dir_all(&dir)?;
        operator::make_key(&dir.join("ssh_host_ed25519_key"), "edge")?;
        Ok(Edge {
            disk: Disk::new(&dir),
            dir,
            generation,
            running: Mutex::new(None),
        })
    }

    /// Boots a fresh machine that lets the key `authorized` in, and waits until its sshd answers.
    pub fn boot(&self, net: &Network, authorized: &str) -> Result<()> {
        let java = parts::java()?;
        self.disk
            .make(&[parts::hdp(self.generation)?, parts::edge_root()?])?;
        self.furnish(authorized, &java)?;
        *self.running() = Some(self.switch_on(net, &java)?);
        self.wait_until_up(net)
    }

    /// Switches the machine off at once, as if its plug was pulled, and throws its disk away.
    pub fn discard(&self) -> Result<()> {
        if let Some(running) = self.running().take() {
            running.closing.store(true, Ordering::SeqCst);
            if let Some(leader) = leader(&running.nspawn) {
                // SAFETY: only sends a signal. The container's init is a child of an nspawn that was not waited for.
                unsafe { libc::kill(libc::pid_t::try_from(leader)?, libc::SIGKILL) };
            }
            ensure!(running.thread.join().is_ok(), "the edge's thread panicked");
        }
        for group in self.control_groups() {
            wait(
                "the end of the edge's processes",
                Duration::from_secs(10),
                || Ok(enclosure::remove_control_group(&group).is_ok()),
            )?;
        }
        self.disk.discard()
    }

    /// `systemctl reboot`, and waits until the sshd of the next boot answers.
    pub fn reboot(&self, net: &Network) -> Result<()> {
        let before = leader(&self.running().as_ref().context("the edge is off")?.nspawn);
        self.exec(&["systemctl", "reboot"])?;
        wait("the next boot", Duration::from_secs(30), || {
            let now = self
                .running()
                .as_ref()
                .and_then(|running| leader(&running.nspawn));
            Ok(now.is_some() && now != before)
        })?;
        self.wait_until_up(net)
    }

    /// Runs a command on the machine as root.
    pub fn exec(&self, argv: &[&str]) -> Result<Output> {
        self.exec_with(argv, b"")
    }

    /// The same, with `stdin` as its whole input.
    pub fn exec_with(&self, argv: &[&str], stdin: &[u8]) -> Result<Output> {
        host::run(
            &format!("edge# {}", argv.join(" ")),
            self.command(argv)?,
            stdin,
        )
    }

    /// The same, without a word in the transcript.
    pub fn exec_quietly(&self, argv: &[&str]) -> Result<Output> {
        host::run_quietly(&argv.join(" "), self.command(argv)?, b"")
    }

    fn command(&self, argv: &[&str]) -> Result<Command> {
        let leader = self
            .running()
            .as_ref()
            .and_then(|running| leader(&running.nspawn))
            .context("the edge is off")?;
        let mut command = Command::new("nsenter");
        command
            .args(["--target", &leader.to_string(), "--all", "--"])
            .args(argv)
            .env_clear()
            .envs([
                (
                    "PATH",
                    "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
                ),
                ("HOME", "/root"),
                ("LANG", "C.UTF-8"),
            ]);
        Ok(command)
    }

    /// The machine's disk, to be filled or measured.
    pub fn disk(&self) -> &Disk {
        &self.disk
    }

    /// The host key, in the form of a known_hosts line without the name.
    pub fn host_key(&self) -> Result<String> {
        let key = fs::read_to_string(self.dir.join("ssh_host_ed25519_key.pub"))?;
        let fields: Vec<&str> = key.split_whitespace().take(2).collect();
        Ok(fields.join(" "))
    }

    /// What was printed on the machine's console.
    pub fn console(&self) -> String {
        fs::read_to_string(self.dir.join("console.log")).unwrap_or_default()
    }

    fn running(&self) -> MutexGuard<'_, Option<Running>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes into the fresh root what differs from lab to lab.
    fn furnish(&self, authorized: &str, java: &parts::Java) -> Result<()> {
        let root = self.disk.root();
        let ssh = root.join("etc/ssh");
        for (name, mode) in [
            ("ssh_host_ed25519_key", 0o600),
            ("ssh_host_ed25519_key.pub", 0o644),
        ] {
            fs::copy(self.dir.join(name), ssh.join(name))?;
            fs::set_permissions(ssh.join(name), fs::Permissions::from_mode(mode))?;
        }
        let home = root.join("home/sshuser");
        let keys = home.join(".ssh/authorized_keys");
        fs::write(&keys, authorized)?;
        fs::set_permissions(&keys, fs::Permissions::from_mode(0o600))?;
        let owner = fs::metadata(&home)?;
        chown(
            &keys,
            Some(std::os::unix::fs::MetadataExt::uid(&owner)),
            Some(std::os::unix::fs::MetadataExt::gid(&owner)),
        )?;
        fs::write(
            root.join("etc/hostname"),
            format!("{}\n", Host::Edge.hostname()),
        )?;
        fs::write(root.join("etc/hosts"), net::hosts_file(Host::Edge))?;
        fs::write(
            root.join("etc/resolv.conf"),
            "options timeout:1 attempts:1\n",
        )?;
        symlink(java.home.join("bin/java"), root.join("usr/bin/java"))?;
        Ok(())
    }

    fn switch_on(&self, net: &Network, java: &parts::Java) -> Result<Running> {
        let groups = self.control_groups();
        for group in &groups {
            fs::create_dir_all(group).with_context(|| format!("making {}", group.display()))?;
        }
        let start = Nspawn {
            root: self.disk.root(),
            machine: net.namespace(Host::Edge),
            network: net.namespace_file(Host::Edge),
            binds: [Some(&java.home), java.outside.as_ref()]
                .into_iter()
                .flatten()
                .cloned()
                .collect(),
            groups,
            console: self.dir.join("console.log"),
        };
        let nspawn = Arc::new(Mutex::new(None));
        let closing = Arc::new(AtomicBool::new(false));
        let thread = std::thread::spawn({
            let (nspawn, closing) = (Arc::clone(&nspawn), Arc::clone(&closing));
            move || keep_on(&start, &nspawn, &closing)
        });
        Ok(Running {
            nspawn,
            closing,
            thread,
        })
    }

    fn wait_until_up(&self, net: &Network) -> Result<()> {
        wait("the edge's sshd", Duration::from_secs(30), || {
            let gone = self
                .running()
                .as_ref()
                .is_none_or(|running| running.thread.is_finished());
            if gone {
                bail!("the edge is off:\n{}", last_lines(&self.console(), 30));
            }
            let banner = net.inside(Host::Operator, || -> std::io::Result<String> {
                let stream = TcpStream::connect((net::EDGE, 22))?;
                stream.set_read_timeout(Some(Duration::from_secs(2)))?;
                let mut line = String::new();
                BufReader::new(stream).read_line(&mut line)?;
                Ok(line)
            })?;
            Ok(banner.is_ok_and(|line| line.starts_with("SSH-2.0-")))
        })
    }

    fn control_groups(&self) -> Vec<PathBuf> {
        let lab = self
            .dir
            .parent()
            .and_then(Path::file_name)
            .unwrap_or_default();
        enclosure::control_groups()
            .into_iter()
            .map(|group| group.join(lab))
            .collect()
    }
}

impl Drop for Edge {
    fn drop(&mut self) {
        let _ = self.discard();
    }
}

/// One start of the container.
struct Nspawn {
    root: PathBuf,
    machine: String,
    network: PathBuf,
    /// Directories of this machine that the edge has too, read-only.
    binds: Vec<PathBuf>,
    groups: Vec<PathBuf>,
    console: PathBuf,
}

impl Nspawn {
    fn command(&self) -> Result<Command> {
        let console = fs::File::options()
            .create(true)
            .append(true)
            .open(&self.console)?;
        // A shell, because a process must be in its control groups before it becomes nspawn.
        let mut command = Command::new("sh");
        command
            .args(["-c", r#"for group; do shift; [ "$group" = -- ] && break; echo $$ >"$group/cgroup.procs" || exit 1; done; exec "$@""#, "sh"])
            .args(&self.groups)
            .arg("--")
            .args(["systemd-nspawn", "--quiet", "--register=no", "--keep-unit", "--boot", "--console=pipe"])
            .args(["--resolv-conf=off", "--timezone=off", "--kill-signal=SIGRTMIN+3"])
            .arg(format!("--directory={}", self.root.display()))
            .arg(format!("--machine={}", self.machine))
            .arg(format!("--hostname={}", Host::Edge.hostname()))
            .arg(format!("--network-namespace-path={}", self.network.display()))
            .args(self.binds.iter().map(|dir| format!("--bind-ro={}", dir.display())))
            .stdin(std::process::Stdio::null())
            .stdout(console.try_clone()?)
            .stderr(console);
        Ok(command)
    }
}

/// Runs the container, again after every reboot, until it is switched off.
fn keep_on(start: &Nspawn, nspawn: &Mutex<Option<u32>>, closing: &AtomicBool) {
    let set = |id| *nspawn.lock().unwrap_or_else(PoisonError::into_inner) = id;
    while !closing.load(Ordering::SeqCst) {
        let started = start.command().and_then(|mut command| Ok(command.spawn()?));
        let Ok(mut child) = started else { break };
        set(Some(child.id()));
        let status = child.wait();
        set(None);
        if !status.is_ok_and(|status| status.code() == Some(REBOOT)) {
            break;
        }
    }
}

/// The process that is the machine's PID 1, seen from here.
fn leader(nspawn: &Mutex<Option<u32>>) -> Option<u32> {
    let id = (*nspawn.lock().unwrap_or_else(PoisonError::into_inner))?;
    let children = fs::read_to_string(format!("/proc/{id}/task/{id}/children")).ok()?;
    children
        .split_whitespace()
        .filter_map(|child| child.parse().ok())
        .find(|child: &u32| {
            fs::read_to_string(format!("/proc/{child}/comm"))
                .is_ok_and(|name| name.trim() == "systemd")
        })
}

//! The operator's laptop: a home of its own with an SSH key that the edge knows, nothing of the host's environment, the
//! binary under test on PATH, and `az` as the stand-in that answers from files.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use super::net::{self, Host, Network};
use super::{edge::Edge, parts};

pub struct Operator {
    dir: PathBuf,
}

impl Operator {
    pub fn new(lab: &Path) -> Result<Operator> {
        let operator = Operator {
            dir: lab.join("operator"),
        };
        fs::create_dir_all(operator.keys())?;
        make_key(&operator.keys().join("id_ed25519"), "operator")?;
        Ok(operator)
    }

    /// $HOME.
    pub fn home(&self) -> PathBuf {
        self.dir.join("home")
    }

    /// What `az` answers with: hub.json, policy.json, and `mode`.
    pub fn az_dir(&self) -> PathBuf {
        self.dir.join("az")
    }

    /// The key of the operator in the form of authorized_keys.
    pub fn public_key(&self) -> Result<String> {
        Ok(fs::read_to_string(self.keys().join("id_ed25519.pub"))?)
    }

    /// A new home: nothing but the key, and the edge's host key in known_hosts.
    pub fn reset(&self, edge: Option<&Edge>) -> Result<()> {
        for dir in [self.home(), self.az_dir(), self.temp()] {
            if dir.exists() {
                fs::remove_dir_all(&dir).with_context(|| format!("emptying {}", dir.display()))?;
            }
            fs::create_dir_all(&dir)?;
        }
        let ssh = self.home().join(".ssh");
        fs::create_dir(&ssh)?;
        fs::set_permissions(&ssh, fs::Permissions::from_mode(0o700))?;
        for name in ["id_ed25519", "id_ed25519.pub"] {
            fs::copy(self.keys().join(name), ssh.join(name))?;
        }
        if let Some(edge) = edge {
            fs::write(
                ssh.join("known_hosts"),
                format!("{} {}\n", net::EDGE, edge.host_key()?),
            )?;
        }
        Ok(())
    }

    /// Writes the profile `name` where `--profile NAME` looks for it.
    pub fn write_profile(&self, name: &str, toml: &str) -> Result<PathBuf> {
        let dir = self.home().join(".config/hdikafka/profiles");
        fs::create_dir_all(&dir)?;
        let file = dir.join(format!("{name}.toml"));
        fs::write(&file, toml)?;
        Ok(file)
    }

    /// A command on the laptop.
    pub fn command(&self, net: &Network, program: &str) -> Result<Command> {
        let home = self.home();
        let mut command = net.command(Host::Operator, program);
        let binary = parts::binary();
        let path = format!(
            "{}:{}:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            parts::source_dir().join("bin").display(),
            binary.parent().unwrap_or(Path::new("/")).display()
        );
        command
            .env_clear()
            .envs([
                ("LANG", "C.UTF-8"),
                ("TERM", "dumb"),
                ("USER", "operator"),
                ("LOGNAME", "operator"),
            ])
            .env("PATH", path)
            .env("TMPDIR", self.temp())
            .env("XDG_CONFIG_HOME", home.join(".config"))
            .env("XDG_CACHE_HOME", home.join(".cache"))
            .env("XDG_DATA_HOME", home.join(".local/share"))
            .env("XDG_STATE_HOME", home.join(".local/state"))
            .env("HDIKAFKA_LAB_AZ", self.az_dir())
            .env("HOME", &home)
            .current_dir(&home);
        Ok(command)
    }

    fn keys(&self) -> PathBuf {
        self.dir.join("keys")
    }

    fn temp(&self) -> PathBuf {
        self.dir.join("tmp")
    }
}

/// A new ed25519 key pair in `file` and `file`.pub.
pub fn make_key(file: &Path, comment: &str) -> Result<()> {
    let output = Command::new("ssh-keygen")
        .args(["-q", "-t", "ed25519", "-N", "", "-C", comment, "-f"])
        .arg(file)
        .output()
        .context("starting ssh-keygen")?;
    if !output.status.success() {
        bail!(
            "ssh-keygen: {}",
            String::from_utf8_lossy(&output.stderr).trim()
        );
    }
    Ok(())
}

//! What a lab is made of and takes long to build: kept in the user's cache by `tests/system/parts.sh`, which has the
//! recipes. Here: asking for it, and which binary is tested.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail, ensure};

/// Folders of this repository.
pub fn source_dir() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/system")
}

/// Which Kafka a lab has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Generation {
    /// 3.2.0, of HDInsight 5.1.
    #[default]
    Kafka3_2,
    /// 2.4.1, of HDInsight 4.0 and 5.0.
    Kafka2_4,
}

/// The directory with Kafka's jars.
pub fn kafka(generation: Generation) -> Result<PathBuf> {
    part(match generation {
        Generation::Kafka3_2 => "kafka",
        Generation::Kafka2_4 => "kafka-2.4",
    })
}

/// A directory with /usr/hdp and /etc/kafka as on an HDInsight node, to be laid over a root.
pub fn hdp(generation: Generation) -> Result<PathBuf> {
    part(match generation {
        Generation::Kafka3_2 => "hdp",
        Generation::Kafka2_4 => "hdp-2.4",
    })
}

/// The root of the edge node.
pub fn edge_root() -> Result<PathBuf> {
    part("edge-root")
}

/// The directory with the stand-in connector's jars.
pub fn connector() -> Result<PathBuf> {
    part("connector")
}

/// The C library of an Ubuntu 18.04, as a root.
pub fn bionic() -> Result<PathBuf> {
    part("bionic")
}

/// One of the jars: "0.6" or "0.7.0", which have their classes in different places.
pub fn jar(version: &str) -> Result<PathBuf> {
    let jar = connector()?.join(format!("kafka-connect-iothub-assembly_2.11-{version}.jar"));
    ensure!(jar.is_file(), "the part connector has no {}", jar.display());
    Ok(jar)
}

fn part(name: &str) -> Result<PathBuf> {
    let output = Command::new("bash")
        .arg(source_dir().join("parts.sh"))
        .arg(name)
        .stdin(Stdio::null())
        .output()
        .context("starting parts.sh")?;
    if !output.status.success() {
        bail!(
            "the part {name}: {}",
            String::from_utf8_lossy(&output.stderr).trim()
        );
    }
    Ok(PathBuf::from(String::from_utf8(output.stdout)?.trim_end()))
}

/// The program under test: $HDIKAFKA_BIN (the static release binary, from tests/run.sh), else the one cargo built.
pub fn binary() -> PathBuf {
    std::env::var_os("HDIKAFKA_BIN").map_or_else(
        || PathBuf::from(env!("CARGO_BIN_EXE_hdikafka")),
        PathBuf::from,
    )
}

/// Whether the program under test is the one that is shipped, and not the one cargo built beside the tests.
pub fn is_release() -> bool {
    std::env::var_os("HDIKAFKA_BIN").is_some()
}

/// The machine's Java: its home, with links resolved, and the configuration that Debian keeps elsewhere and links to.
pub struct Java {
    pub home: PathBuf,
    pub outside: Option<PathBuf>,
}

pub fn java() -> Result<Java> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let program = std::env::split_paths(&path)
        .map(|dir| dir.join("java"))
        .find(|program| program.is_file())
        .context("no java on PATH")?;
    let program = program.canonicalize()?;
    let home = program
        .parent()
        .and_then(Path::parent)
        .with_context(|| format!("{} is not in a bin directory", program.display()))?
        .to_owned();
    let security = home.join("conf/security/java.security").canonicalize()?;
    let outside = (!security.starts_with(&home))
        .then(|| security.ancestors().nth(2).map(Path::to_owned))
        .flatten();
    Ok(Java { home, outside })
}

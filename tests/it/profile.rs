//! Profiles through the library's door: real files in a directory of the test's own, an environment of its own.

mod file;
mod precedence;
mod properties;
mod secrets;

use hdikafka::profile::{ErrorKind, Profile, ProfileError, Selection, Source, load};
use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use tempfile::TempDir;

const CANARY: &str = "hunter2-canary-9f3a";

/// A home, a working directory below it, and an environment that nothing else sees.
struct World {
    dir: TempDir,
    env: BTreeMap<String, String>,
    config: Option<PathBuf>,
    profile: Option<String>,
}

impl World {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir_all(dir.path().join("home/.config/hdikafka/profiles")).unwrap();
        fs::create_dir_all(dir.path().join("home/work/deep")).unwrap();
        let home = dir.path().join("home").to_str().unwrap().to_owned();
        Self {
            dir,
            env: BTreeMap::from([("HOME".into(), home)]),
            config: None,
            profile: None,
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join("home").join(name)
    }

    /// Writes a file below the home directory that only its owner may write.
    fn file(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        fs::write(&path, content).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        path
    }

    fn set(mut self, name: &str, value: &str) -> Self {
        self.env.insert(name.into(), value.into());
        self
    }

    fn config(mut self, content: impl AsRef<[u8]>) -> Self {
        self.config = Some(self.file("given.toml", content));
        self
    }

    fn load(&self, flags: &[(&'static str, &str)]) -> Result<Profile, ProfileError> {
        let env = |name: &str| self.env.get(name).cloned();
        let selection = Selection {
            config: self.config.clone(),
            profile: self.profile.clone(),
            cwd: self.path("work/deep"),
            env: &env,
        };
        let flags: Vec<_> = flags
            .iter()
            .map(|(name, text)| (*name, (*text).to_owned()))
            .collect();
        load(&selection, &flags)
    }

    /// The errors of a file, each as "line: message".
    fn refused(content: impl AsRef<[u8]>) -> Vec<String> {
        let world = Self::new().config(content);
        let error = world.load(&[]).expect_err("was taken");
        assert_eq!(error.kind(), ErrorKind::Usage, "{error}");
        let prefix = format!("{}:", world.path("given.toml").display());
        error
            .to_string()
            .lines()
            .map(|line| line.strip_prefix(&prefix).expect("no place").to_owned())
            .collect()
    }
}

fn shown(profile: &Profile, name: &str) -> (Option<String>, Source) {
    let line = profile
        .show()
        .into_iter()
        .find(|line| line.key == name)
        .unwrap();
    (line.value, line.source)
}

#[test]
fn values_that_are_names_elsewhere_are_checked_before_anything_is_contacted() {
    let world = World::new().set("HDIKAFKA_COMMANDS_TOPIC", "a b");
    let error = world
        .load(&[("cluster.name", "k;rm -rf /"), ("hub.name", "x\ny")])
        .unwrap_err()
        .to_string();
    let expected = "--cluster: only letters, digits and '-' (got ';' at 2)\n\
                    --hub: only letters, digits and '-' (got U+000A at 2)\n\
                    HDIKAFKA_COMMANDS_TOPIC: only letters, digits, '.', '_' and '-' (got U+0020 at 2)";
    assert_eq!(error, expected);
}

#[test]
fn all_that_is_missing_is_named_at_once_and_can_be_answered() {
    let mut profile = World::new().load(&[]).unwrap();
    let wanted = [
        "cluster.name",
        "cluster.gateway",
        "edge.host",
        "edge.user",
        "hub.name",
        "cluster.password",
    ];
    let flags = |profile: &Profile| {
        profile
            .missing(&wanted)
            .iter()
            .map(|missing| missing.flag)
            .collect::<Vec<_>>()
    };
    assert_eq!(
        flags(&profile),
        [
            "--cluster",
            "--gateway",
            "--edge",
            "--hub",
            "--ambari-password-file"
        ]
    );

    profile.answer("cluster.name", "kafka").unwrap();
    profile
        .answer_secret("cluster.password", "x".into())
        .unwrap();
    assert_eq!(flags(&profile), ["--hub"]);
    assert_eq!(
        profile.cluster.gateway.as_deref(),
        Some("https://kafka.azurehdinsight.net")
    );
    assert_eq!(
        profile.edge.host.as_deref(),
        Some("new-edgenode.kafka-ssh.azurehdinsight.net")
    );
    assert_eq!(shown(&profile, "cluster.name").1, Source::Prompt);
    assert!(profile.answer("hub.name", "my_hub").is_err() && profile.hub.name.is_none());
    assert!(profile.answer("topics.commands", "iotin").is_err());
}

#[test]
fn settings_that_contradict_each_other_are_refused() {
    let refused =
        |flags: &[(&'static str, &str)]| World::new().load(flags).unwrap_err().to_string();
    assert!(
        refused(&[("topics.commands", "iotin")]).contains("devices would get their own messages")
    );
    assert!(refused(&[("sink.rest_port", "8083")]).contains("the second worker could not start"));
    let profile = World::new()
        .load(&[("topics.telemetry", "iot.x"), ("topics.commands", "iot_x")])
        .unwrap();
    assert_eq!(profile.warnings().len(), 1);
}

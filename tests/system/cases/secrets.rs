//! The key of the hub's policy is in its two files on the node and nowhere else, and the search for it is a good one.

use std::collections::BTreeSet;

use anyhow::{Context, Result, ensure};

use super::bad_day::{KAFKA_CONFIG, read, standing_bridge, unit, worker_rest};
use super::bridge::{command_reaches_the_device, hdikafka, turn_on_is_received};
use crate::lab::host::Output;
use crate::lab::{Lab, Parts, servers};
use crate::runner::{Case, Outcome};

const FILES: [&str; 2] = [
    "/etc/hdikafka/sink-secrets.properties",
    "/etc/hdikafka/source-secrets.properties",
];

pub fn cases() -> Vec<Case> {
    vec![
        Case::shared("keys_are_nowhere_else", Parts::ALL, keys_are_nowhere_else),
        Case::shared("keys_inline_and_back", Parts::ALL, keys_inline_and_back),
    ]
}

/// The manual's way, under real workers: REST shows the keys then to whom has its password, and the log still does not. Each
/// connector has another converter than its worker meanwhile.
fn keys_inline_and_back(lab: &Lab) -> Outcome {
    standing_bridge(lab)?;
    let structs = [
        "--source-converter",
        "json-schema",
        "--sink-converter",
        "json-schema",
    ];
    let setup = ["setup", "--yes", "--secrets", "inline", "-o", "json", "-v"];
    let mut said = Vec::new();
    let inline = hdikafka(lab, &[&setup[..], &structs].concat())?.ok()?;
    ensure!(
        inline.stderr.contains("--secrets inline"),
        "{}",
        inline.stderr
    );
    said.push(("setup inline".to_owned(), inline));
    said.push((
        "logs".to_owned(),
        hdikafka(lab, &["connector", "logs", "source"])?,
    ));
    let files = ["sink", "source"].map(|name| {
        lab_real(
            lab,
            &format!("{KAFKA_CONFIG}/connect-iothub-{name}.properties"),
        )
    });
    let files: BTreeSet<String> = files.into_iter().collect::<Result<_>>()?;
    let named = |path: &String| format!("file {path}");
    let key = Canary::new(&lab.servers()?.service_key()?);
    let (by_rest, found): (BTreeSet<String>, BTreeSet<String>) = key
        .search(lab, &said)?
        .into_iter()
        .partition(|place| place.starts_with("REST "));
    ensure!(
        found == files.iter().map(named).collect(),
        "the key is in {found:#?}"
    );
    ensure!(by_rest.contains("REST source config"), "{by_rest:#?}");
    for path in &files {
        let stat = lab.edge_exec(&["stat", "-c", "%a %U %G", path])?.ok()?;
        ensure!(
            stat.stdout.trim() == "640 root kafka",
            "{path}: {}",
            stat.stdout
        );
    }
    a_struct_reaches_the_device(lab)?;

    hdikafka(
        lab,
        &[
            "setup",
            "--yes",
            "--source-format",
            "json",
            "--sink-converter",
            "string",
        ],
    )?
    .ok()?;
    let found = key.search(lab, &[])?;
    let backups = |place: &&String| !place.contains("/var/lib/hdikafka/backups/");
    let left: BTreeSet<&str> = found.iter().filter(backups).map(String::as_str).collect();
    let back = FILES.map(|path| format!("file {path}"));
    ensure!(
        left == back.iter().map(String::as_str).collect(),
        "the key is in {found:#?}"
    );
    ensure!(found.len() > left.len(), "no backup was made: {found:#?}");
    let closed = lab
        .edge_exec(&["stat", "-c", "%a %U", "/var/lib/hdikafka/backups"])?
        .ok()?;
    ensure!(closed.stdout.trim() == "700 root", "{}", closed.stdout);
    command_reaches_the_device(lab)
}

/// A record with its schema, which a sink that reads text would fail on.
fn a_struct_reaches_the_device(lab: &Lab) -> Outcome {
    let field = |name: &str| format!(r#"{{"type":"string","optional":false,"field":"{name}"}}"#);
    let fields = ["messageId", "message", "deviceId"].map(field).join(",");
    let record = format!(
        r#"{{"schema":{{"type":"struct","optional":false,"fields":[{fields}]}},"payload":{{"messageId":"1","message":"Turn On","deviceId":"fakepi"}}}}"#
    );
    hdikafka(lab, &["produce", "iotout", &record])?.ok()?;
    turn_on_is_received(lab)
}

fn keys_are_nowhere_else(lab: &Lab) -> Outcome {
    standing_bridge(lab)?;
    let mut said = Vec::new();
    for args in [
        &["setup", "--yes", "-o", "json"][..],
        &["setup", "--dry-run", "-o", "yaml", "-v"],
        &["connector", "restart", "--yes", "-o", "json", "-v"],
        &["connector", "status", "-o", "json"],
        &["connector", "logs", "source"],
        &["connector", "logs", "sink"],
        &["hub", "show"],
        &["profile", "show"],
    ] {
        said.push((args.join(" "), hdikafka(lab, args)?));
    }
    for (path, mode) in FILES.iter().zip(["640 root kafka"; 2]) {
        let stat = lab
            .edge_exec(&["stat", "-c", "%a %U %G", path])?
            .ok()?
            .stdout;
        ensure!(stat.trim() == mode, "{path}: {stat}");
    }
    let expected: BTreeSet<String> = FILES.iter().map(|path| format!("file {path}")).collect();
    let key = Canary::new(&lab.servers()?.service_key()?);
    let found = key.search(lab, &said)?;
    ensure!(found == expected, "the key is in {found:#?}");
    the_rest_ports_are_closed(lab, &key)?;
    let password = Canary::new(servers::AMBARI_PASSWORD);
    let found = password.search(lab, &said)?;
    let known = format!("home {}", lab.home().join("ambari-password").display());
    ensure!(
        found == BTreeSet::from([known]),
        "Ambari's password is in {found:#?}"
    );
    the_search_finds(lab, &key)
}

/// `/tasks-config` of Connect 3.2 resolves every reference. Who has no password gets nothing at all; the password of a start
/// is for root and the workers, and another start has another.
fn the_rest_ports_are_closed(lab: &Lab, key: &Canary) -> Outcome {
    for (connector, port, name) in [
        ("source", 8083, "AzureIotHubConnector"),
        ("sink", 8084, "AzureIotHubSinkConnector"),
    ] {
        for path in [
            "/".to_owned(),
            format!("/connectors/{name}/tasks-config"),
            format!("/connectors/{name}/config"),
        ] {
            for login in ["", "-u hdikafka:", "-u admin:admin"] {
                let line = format!(
                    "curl -s -o /dev/null -w '%{http_code}' {login} http://127.0.0.1:{port}{path}",
                    http_code = "{http_code}"
                );
                let status = lab.ssh(&["bash", "-c", &line])?.ok()?.stdout;
                ensure!(status == "401", "{path} of {port} with {login:?}: {status}");
            }
        }
        let login = format!("/run/hdikafka-{connector}/rest-login.properties");
        let stat = lab.edge_exec(&["stat", "-c", "%a %U", &login])?.ok()?;
        ensure!(
            stat.stdout.trim() == "640 kafka",
            "{login}: {}",
            stat.stdout
        );
        let read = lab.ssh(&["cat", &login])?;
        ensure!(read.code != Some(0), "everybody can read {login}");
        let tasks = worker_rest(
            lab,
            connector,
            &format!("/connectors/{name}/tasks-config"),
            &[],
            b"",
        )?
        .ok()?;
        ensure!(
            key.is_in(&tasks.stdout),
            "if this is closed, too, the README can say so"
        );
        let password = || -> Result<String> { Ok(lab.edge_exec(&["cat", &login])?.ok()?.stdout) };
        let before = password()?;
        hdikafka(lab, &["connector", "restart", connector, "--yes"])?.ok()?;
        ensure!(password()? != before, "the same password again");
    }
    Ok(())
}

/// One copy in each kind of place.
fn the_search_finds(lab: &Lab, key: &Canary) -> Outcome {
    let plain = &key.forms[0];
    let escaped = plain.replace('=', "\\=");
    let properties = format!("{KAFKA_CONFIG}/connect-iothub-sink.properties");
    let mut text = read(lab, &properties)?;
    text.extend_from_slice(format!("# {escaped}\n").as_bytes());
    super::bad_day::write(lab, &properties, &text)?;
    let shell = format!(
        "echo 'x {plain}' >/var/log/planted; echo '{plain}' | systemd-cat; journalctl --sync; \
         systemd-run -q --unit=in-argv sh -c 'sleep 300; :' {plain}; \
         systemd-run -q --unit=in-environment --setenv=KEY={plain} sleep 300"
    );
    lab.edge_exec(&["sh", "-c", &shell])?.ok()?;
    let config = format!(
        "{{\"connector.class\":\"org.apache.kafka.connect.file.FileStreamSourceConnector\",\
         \"tasks.max\":\"1\",\"file\":\"/dev/null\",\"topic\":\"iotin\",\"planted\":\"{plain}\"}}"
    );
    let put = [
        "-X",
        "PUT",
        "-H",
        "Content-Type: application/json",
        "-d",
        "@-",
    ];
    worker_rest(
        lab,
        "sink",
        "/connectors/planted/config",
        &put,
        config.as_bytes(),
    )?
    .ok()?;
    let cache = lab.home().join(".cache/hdikafka/planted");
    std::fs::write(&cache, plain)?;
    let printed = Output {
        code: Some(0),
        stdout: String::new(),
        stderr: format!("error: {}", key.forms[1]),
        took: Default::default(),
    };
    let found = key.search(lab, &[("planted".to_owned(), printed)])?;
    let wanted = [
        format!("file {}", lab_real(lab, &properties)?),
        "file /var/log/planted".to_owned(),
        "journal".to_owned(),
        "argv".to_owned(),
        "environment".to_owned(),
        "REST sink config".to_owned(),
        format!("home {}", cache.display()),
        "output of planted".to_owned(),
    ];
    for place in wanted {
        ensure!(
            found.contains(&place),
            "the search does not find {place}: {found:#?}"
        );
    }
    Ok(())
}

fn lab_real(lab: &Lab, path: &str) -> Result<String> {
    let real = lab.edge_exec(&["readlink", "-f", path])?.ok()?.stdout;
    Ok(real.trim().to_owned())
}

/// A secret in the forms in which it may lie around: as it is, in a URL, in a properties file, in JSON.
struct Canary {
    forms: Vec<String>,
}

impl Canary {
    fn new(secret: &str) -> Canary {
        let url: String = secret
            .bytes()
            .map(|byte| match byte {
                b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' => char::from(byte).to_string(),
                byte => format!("%{byte:02X}"),
            })
            .collect();
        let forms = [
            secret.to_owned(),
            url,
            secret.replace('=', "\\="),
            secret.replace('/', "\\/"),
        ];
        Canary {
            forms: forms.into(),
        }
    }

    fn is_in(&self, text: &str) -> bool {
        self.forms.iter().any(|form| text.contains(form.as_str()))
    }

    /// Every place that has it.
    fn search(&self, lab: &Lab, said: &[(String, Output)]) -> Result<BTreeSet<String>> {
        let mut places = self.on_edge(lab)?;
        for (what, output) in said {
            if self.is_in(&output.stdout) || self.is_in(&output.stderr) {
                places.insert(format!("output of {what}"));
            }
        }
        places.extend(self.under(&lab.home())?);
        for connector in ["source", "sink"] {
            ensure!(
                unit(lab, connector, "ActiveState")? == "active",
                "the {connector} has to run for this"
            );
            for (what, answer) in rest(lab, connector)? {
                // who has the password may see it there: `the_rest_ports_are_closed`
                if self.is_in(&answer) && what != "tasks-config" {
                    places.insert(format!("REST {connector} {what}"));
                }
            }
        }
        Ok(places)
    }

    /// Files, the journal, arguments and environments of all processes. The forms come on stdin: in the search's own
    /// arguments they would be found.
    fn on_edge(&self, lab: &Lab) -> Result<BTreeSet<String>> {
        const PROGRAM: &str = r#"
            forms=$(mktemp -p /dev/shm) && cat >"$forms"
            find /etc /usr/hdp /usr/lib/hdikafka /usr/lib/systemd /var /home /root /tmp /run /opt -xdev -type f \
                ! -path '/var/log/journal/*' ! -path '/run/log/journal/*' -print0 | xargs -0 grep -laFf "$forms" | sed 's/^/file /'
            journalctl -q --no-pager -o export --all | grep -qaFf "$forms" && echo journal
            cat /proc/[0-9]*/cmdline 2>/dev/null | grep -qaFf "$forms" && echo argv
            cat /proc/[0-9]*/environ 2>/dev/null | grep -qaFf "$forms" && echo environment
            rm "$forms""#;
        let forms = self.forms.join("\n") + "\n";
        let found = lab
            .edge()?
            .exec_with(&["sh", "-c", PROGRAM], forms.as_bytes())?
            .ok()?;
        Ok(found.stdout.lines().map(str::to_owned).collect())
    }

    fn under(&self, dir: &std::path::Path) -> Result<BTreeSet<String>> {
        let mut places = BTreeSet::new();
        for entry in std::fs::read_dir(dir)? {
            let path = entry?.path();
            if path.is_dir() {
                places.extend(self.under(&path)?);
            } else if self.is_in(&String::from_utf8_lossy(&std::fs::read(&path)?)) {
                places.insert(format!("home {}", path.display()));
            }
        }
        Ok(places)
    }
}

/// All that a worker tells of its connectors to whom has the password.
fn rest(lab: &Lab, connector: &str) -> Result<Vec<(&'static str, String)>> {
    let get = |path: &str| -> Result<String> {
        Ok(worker_rest(lab, connector, path, &[], b"")?.ok()?.stdout)
    };
    let names: Vec<String> = serde_json::from_str(&get("/connectors")?).context("names")?;
    ensure!(!names.is_empty(), "the worker has no connectors");
    let all = get("/connectors?expand=info&expand=status")?;
    let mut answers = vec![("expand", all)];
    for name in names {
        for what in ["config", "tasks", "tasks-config", "status"] {
            answers.push((what, get(&format!("/connectors/{name}/{what}"))?));
        }
    }
    Ok(answers)
}

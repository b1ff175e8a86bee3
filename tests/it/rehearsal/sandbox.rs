//! `hdikafka sandbox` as a person uses it: up, status, down, twice each; in places that are no good; side by side; killed.

use super::stage::{Going, eventually, program};
use crate::cli::{Outcome, World};
use serde_json::Value;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A directory for a sandbox of which nothing is left at the end, however the case ends.
pub struct Place {
    pub world: World,
    pub directory: PathBuf,
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = Command::new(program())
            .args(["sandbox", "down", "--dir"])
            .arg(&self.directory)
            .output();
        for pid in processes_of(&self.directory) {
            // SAFETY: no memory is involved.
            unsafe { libc::kill(pid, libc::SIGKILL) };
        }
    }
}

impl Place {
    pub fn new() -> Self {
        let world = World::new();
        let state = world.path("state");
        let directory = state.join("hdikafka/sandbox");
        let world = world.set("XDG_STATE_HOME", state.to_str().unwrap());
        Self { world, directory }
    }

    #[track_caller]
    pub fn sandbox(&self, verb: &str, more: &[&str]) -> Outcome {
        self.world.run(&[&["sandbox", verb][..], more].concat())
    }

    #[track_caller]
    pub fn up(&self) -> Value {
        self.sandbox("up", &["-o", "json"]).succeeded().json()
    }

    /// Whether what listens there speaks.
    pub fn answers(&self) -> bool {
        self.world.run(&["-p", "sandbox", "hosts"]).code == 0
    }
}

/// Processes with the directory in their arguments or environment, or started by such.
pub fn processes_of(directory: &Path) -> Vec<i32> {
    let needle = directory.to_str().unwrap();
    let mut all = Vec::new();
    let mut own = Vec::new();
    for entry in fs::read_dir("/proc").unwrap().flatten() {
        let Ok(pid) = entry.file_name().to_string_lossy().parse::<i32>() else {
            continue;
        };
        let text = |name: &str| {
            let bytes = fs::read(entry.path().join(name)).unwrap_or_default();
            String::from_utf8_lossy(&bytes).into_owned()
        };
        let stat = text("stat");
        let fields: Vec<&str> = stat.rsplit(") ").next().unwrap().split(' ').collect();
        let [state, parent, ..] = fields.as_slice() else {
            continue;
        };
        if *state == "Z" || pid == std::process::id().cast_signed() {
            continue;
        }
        all.push((pid, parent.parse::<i32>().unwrap_or(0)));
        if text("cmdline").contains(needle) {
            own.push(pid);
        }
    }
    loop {
        let more: Vec<i32> = all
            .iter()
            .filter(|(pid, parent)| own.contains(parent) && !own.contains(pid))
            .map(|(pid, _)| *pid)
            .collect();
        if more.is_empty() {
            return own;
        }
        own.extend(more);
    }
}

/// No file at once; the process may still be on its way out after it let go of its lock.
#[track_caller]
pub fn nothing_is_left(directory: &Path) {
    assert!(!directory.exists(), "{} is left", directory.display());
    eventually("no process", || processes_of(directory).is_empty());
}

fn lives(pid: i32) -> bool {
    fs::read_to_string(format!("/proc/{pid}/stat")).is_ok_and(|stat| !stat.contains(") Z "))
}

#[test]
fn up_and_down_twice() {
    let place = Place::new();
    place.sandbox("status", &[]).failed(
        4,
        &["no rehearsal cluster is running", "hdikafka sandbox up"],
    );
    let begun = std::time::Instant::now();
    let up = place.up();
    println!("    sandbox up: {:.2} s", begun.elapsed().as_secs_f64());
    assert_eq!(up["running"], true, "{up:#}");
    let next = up["next"].as_array().unwrap();
    assert!(
        next[0].as_str().unwrap().contains("-p sandbox setup"),
        "{up:#}"
    );
    assert!(place.answers());
    let again = place.sandbox("up", &[]).succeeded();
    assert!(again.err.contains("up already"), "{}", again.err);
    let status = place.sandbox("status", &["-o", "json"]).succeeded().json();
    assert_eq!(status["pid"], up["pid"], "a second one was started");
    assert_eq!(
        status,
        place.sandbox("status", &["-o", "yaml"]).succeeded().yaml()
    );
    let table = place.sandbox("status", &[]).succeeded().out;
    for part in status["parts"].as_array().unwrap() {
        let (name, address) = (
            part["name"].as_str().unwrap(),
            part["address"].as_str().unwrap(),
        );
        assert!(
            table
                .lines()
                .any(|row| row.contains(name) && row.contains(address)),
            "{table}"
        );
    }
    let files = fs::read_dir(&place.directory).unwrap().flatten();
    for file in files.filter(|file| file.file_type().unwrap().is_file()) {
        let mode = file.metadata().unwrap().permissions().mode() & 0o077;
        let named = file.file_name().into_string().unwrap();
        let harmless = named.ends_with(".jar") || named.starts_with("this-is");
        assert!(
            mode == 0 || named == "lock" || harmless,
            "{named} is open to others"
        );
    }
    let down = place.sandbox("down", &[]).succeeded();
    assert!(down.out.contains("is gone"), "{}", down.out);
    nothing_is_left(&place.directory);
    assert!(
        !place
            .world
            .path("home/.config/hdikafka/profiles/sandbox.toml")
            .is_symlink()
    );
    let again = place.sandbox("down", &[]).succeeded();
    assert!(
        again.out.contains("There was no rehearsal cluster"),
        "{}",
        again.out
    );
}

#[test]
fn somebodys_directory_is_not_touched() {
    let place = Place::new();
    let file = place.world.file("work/mine/thesis.txt", "years");
    for verb in ["up", "down"] {
        place
            .sandbox(verb, &["--dir", "mine"])
            .failed(3, &["mine is not empty and no sandbox of ours", "--dir"]);
    }
    assert_eq!(fs::read_to_string(&file).unwrap(), "years");
    // A place where no directory can be made, for root neither.
    place
        .sandbox("up", &["--dir", "mine/thesis.txt/x"])
        .failed(1, &["thesis.txt"]);
    place
        .sandbox("up", &["--dir", "/proc/sandbox"])
        .failed(1, &["/proc/sandbox"]);
    assert_eq!(place.sandbox("status", &["--dir", "nowhere"]).code, 4);
}

#[test]
fn killed_it_leaves_nothing_running() {
    let place = Place::new();
    let up = place.up();
    let pid = i32::try_from(up["pid"].as_i64().unwrap()).unwrap();
    place
        .world
        .run(&["-p", "sandbox", "setup", "--yes", "--stable-for", "0s"])
        .succeeded();
    let all = processes_of(&place.directory);
    assert!(
        all.len() >= 3 && all.contains(&pid),
        "the workers are not seen: {all:?}"
    );
    // SAFETY: no memory is involved.
    assert_eq!(unsafe { libc::kill(pid, libc::SIGKILL) }, 0);
    eventually("no process", || all.iter().all(|pid| !lives(*pid)));
    assert_eq!(place.sandbox("status", &[]).code, 4);
    place
        .world
        .run(&["-p", "sandbox", "hosts", "--timeout", "2"])
        .failed(8, &["Ambari"]);
    let anew = place.up();
    assert_ne!(anew["pid"], up["pid"]);
    assert!(place.answers());

    // Without its socket it is ended all the same; a signal is as good as `down`.
    fs::remove_file(place.directory.join("control")).unwrap();
    place.sandbox("down", &[]).succeeded();
    nothing_is_left(&place.directory);
    let pid = i32::try_from(place.up()["pid"].as_i64().unwrap()).unwrap();
    // SAFETY: no memory is involved.
    assert_eq!(unsafe { libc::kill(pid, libc::SIGTERM) }, 0);
    eventually("its end", || !lives(pid));
    assert_eq!(place.sandbox("status", &[]).code, 4);
}

#[test]
fn two_stand_side_by_side_under_long_names_and_without_a_home() {
    let mut place = Place::new();
    let long = place.world.path(&"d".repeat(120)).join("e".repeat(120));
    let (one, two) = (place.world.path("one"), long);
    let _ends = [&one, &two].map(|directory| Place {
        world: World::new(),
        directory: directory.clone(),
    });
    for name in [
        "HOME",
        "XDG_CONFIG_HOME",
        "XDG_CACHE_HOME",
        "XDG_STATE_HOME",
    ] {
        place.world.env.remove(name);
    }
    let outcome = place.sandbox("up", &[]);
    if outcome.code == 0 {
        // The system's list of users knows one; that is where it went.
        place.sandbox("down", &[]).succeeded();
    }
    for directory in [&one, &two] {
        place
            .sandbox("up", &["--dir", directory.to_str().unwrap()])
            .succeeded();
    }
    let run = |directory: &Path, arguments: &[&str]| {
        let profile = directory.join("hdikafka.toml");
        let config = ["--config", profile.to_str().unwrap()];
        place.world.run(&[&config[..], arguments].concat())
    };
    let hosts = |directory: &Path| run(directory, &["hosts"]).succeeded().out;
    assert_ne!(hosts(&one), hosts(&two), "they share addresses");
    run(&two, &["setup", "--yes", "--stable-for", "0s"]).succeeded();
    assert_eq!(run(&one, &["connector", "status"]).code, 4);
    place
        .sandbox("down", &["--dir", one.to_str().unwrap()])
        .succeeded();
    hosts(&two);
    place
        .sandbox("down", &["--dir", two.to_str().unwrap()])
        .succeeded();
    nothing_is_left(&two);
}

#[test]
fn nobody_needs_to_be_root() {
    let place = Place::new();
    let copy = place.world.path("bin/hdikafka");
    if fs::hard_link(program(), &copy).is_err() {
        fs::copy(program(), &copy).unwrap();
    }
    // SAFETY: geteuid has no effects.
    let root = unsafe { libc::geteuid() } == 0;
    let run = |arguments: &[&str]| {
        let mut command = match root {
            true => {
                let mut command = Command::new("/usr/bin/setpriv");
                command
                    .args(["--reuid=65534", "--regid=65534", "--clear-groups", "--"])
                    .arg(&copy);
                command
            }
            false => Command::new(&copy),
        };
        command
            .args(arguments)
            .env_clear()
            .envs(&place.world.env)
            .current_dir(place.world.path("work"));
        Going::start(&mut command).finish()
    };
    if root {
        give_away(place.world.dir.path());
    }
    let up = run(&["sandbox", "up", "-o", "json"]).succeeded().json();
    let status = fs::read_to_string(format!("/proc/{}/status", up["pid"])).unwrap();
    assert!(!status.contains("Uid:\t0\t"), "{status}");
    run(&["-p", "sandbox", "setup", "--yes", "--stable-for", "0s"]).succeeded();
    run(&["-p", "sandbox", "send", "-d", "fakepi", "hello"]).succeeded();
    let device = run(&[
        "-p",
        "sandbox",
        "device",
        "simulate",
        "fakepi",
        "--no-telemetry",
        "-n",
        "1",
    ]);
    assert!(device.succeeded().out.contains("Receive message: hello"));
    run(&["sandbox", "down"]).succeeded();
    assert!(!place.directory.exists());
    if root {
        let closed = place.world.path("closed");
        fs::create_dir(&closed).unwrap();
        let directory = closed.join("x");
        run(&["sandbox", "up", "--dir", directory.to_str().unwrap()])
            .failed(6, &["closed/x", "Permission denied", "hint: ", "--dir"]);
    }
}

/// Said at once, not by the first command that the node's own programs are needed for.
#[test]
fn where_no_program_may_be_started_it_does_not_come_up() {
    let place = Place::new();
    let disk = place.world.path("disk");
    fs::create_dir(&disk).unwrap();
    // In a namespace of its own: nobody else sees the mount, and it ends with the command.
    let script = "mount -t tmpfs -o noexec none \"$1\" && exec \"$2\" sandbox up --dir \"$1/x\"";
    let mut command = Command::new("/usr/bin/unshare");
    command
        .args(["-rm", "/bin/sh", "-c", script, "sh"])
        .args([disk.as_os_str(), program().as_os_str()])
        .env_clear()
        .envs(&place.world.env)
        .env("PATH", "/usr/bin:/bin");
    Going::start(&mut command)
        .finish()
        .failed(1, &["disk/x", "no program may be started there", "noexec"]);
    eventually("no process", || processes_of(&disk).is_empty());
}

/// To the user 65534, all of it.
fn give_away(directory: &Path) {
    std::os::unix::fs::chown(directory, Some(65534), Some(65534)).unwrap();
    for entry in fs::read_dir(directory).unwrap().flatten() {
        match entry.file_type().unwrap().is_dir() {
            true => give_away(&entry.path()),
            // The program stays everybody's.
            false => continue,
        }
    }
}

//! `sandbox demo`: done only when every hop was seen; a hop that breaks is named, and nothing is left in any case.

use super::stage::{Going, eventually, program};
use crate::cli::World;
use hdikafka::sandbox::http::Fault;
use hdikafka::sandbox::rehearsal::demo::{Demo, Hop, Unseen};
use hdikafka::sandbox::rehearsal::{Faults, process};
use std::fs;
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::time::Duration;

#[test]
fn every_hop_is_seen() {
    let world = World::new();
    let mut command = Command::new(program());
    command
        .args(["sandbox", "demo"])
        .env_clear()
        .envs(&world.env)
        .env("TMPDIR", world.path("work"));
    let outcome = Going::start(&mut command).finish().succeeded();
    println!("    sandbox demo: {:.1} s", outcome.took.as_secs_f64());
    let mut rest = outcome.out.as_str();
    for words in [
        "$ hdikafka sandbox up",
        "$ hdikafka -p sandbox setup --yes",
        "start the source",
        "Nothing to do",
        "$ hdikafka -p sandbox device simulate fakepi",
        "Sent message: ",
        "$ hdikafka -p sandbox tail iotin",
        "temperature",
        "$ hdikafka -p sandbox send --device fakepi 'Turn On'",
        "iotout-",
        "Receive message: Turn On",
        "$ hdikafka -p sandbox connector status",
        "healthy",
        "$ hdikafka sandbox down",
    ] {
        let at = rest
            .find(words)
            .unwrap_or_else(|| panic!("{words:?} is not in its place: {}", outcome.out));
        rest = &rest[at..];
    }
    assert!(
        outcome.err.contains("every hop was seen"),
        "{}",
        outcome.err
    );
    let left = fs::read_dir(world.path("work")).unwrap().count();
    assert_eq!(left, 0, "something is left");
}

/// Plays the demo and breaks something before one of its hops.
fn broken(at: Hop, harm: impl Fn(&Path)) {
    let mut place = PathBuf::new();
    let mut said = String::new();
    let error = Demo {
        program: program(),
        out: &mut |line| {
            said.push_str(line);
            said.push('\n');
            Ok(())
        },
        colors: false,
        prompt: &|line| format!("$ {line}"),
        remark: &|text| text.to_owned(),
        before: &mut |hop, directory| {
            directory.clone_into(&mut place);
            if hop == at {
                harm(directory);
            }
            Ok(())
        },
        patience: Duration::from_secs(15),
    }
    .run()
    .unwrap_err();
    let unseen = error
        .downcast_ref::<Unseen>()
        .unwrap_or_else(|| panic!("{error:#}"));
    assert_eq!(unseen.0, at, "{error:#}\n{said}");
    assert!(error.to_string().contains(at.word()), "{error:#}");
    assert!(!place.exists(), "{at:?}: {} is left", place.display());
    eventually("no process", || {
        super::sandbox::processes_of(&place).is_empty()
    });
}

fn hub_fault(directory: &Path, path: &str) {
    let hub = [(path.to_owned(), Fault::answer(401, "text/plain", "no"))].into();
    process::set_faults(
        directory,
        &Faults {
            hub,
            ..Faults::default()
        },
    )
    .unwrap();
}

#[test]
fn a_hop_that_breaks_is_named_and_nothing_is_left() {
    std::thread::scope(|scope| {
        scope.spawn(|| {
            broken(Hop::Up, |directory| {
                fs::create_dir_all(directory).unwrap();
                fs::write(directory.join("mine"), "").unwrap();
            });
            broken(Hop::Setup, |directory| {
                let faults = Faults {
                    sudo_refuses: true,
                    ..Faults::default()
                };
                process::set_faults(directory, &faults).unwrap();
            });
        });
        scope.spawn(|| {
            broken(Hop::Telemetry, |directory| {
                hub_fault(directory, "/devices/fakepi/messages/events")
            })
        });
        scope.spawn(|| {
            broken(Hop::Command, |directory| {
                hub_fault(directory, "/devices/fakepi/messages/devicebound")
            })
        });
        scope.spawn(|| {
            broken(Hop::Status, |directory| {
                let workers = super::sandbox::processes_of(directory);
                let workers = workers.into_iter().filter(|pid| {
                    let argv = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
                    String::from_utf8_lossy(&argv).contains("ConnectStandalone")
                });
                let killed = workers.map(|pid| {
                    // SAFETY: no memory is involved.
                    unsafe { libc::kill(pid, libc::SIGKILL) }
                });
                assert_eq!(killed.collect::<Vec<_>>(), [0, 0]);
            })
        });
        scope.spawn(|| {
            broken(Hop::Down, |directory| {
                // Then it is anybody's directory, and not removed.
                fs::remove_file(directory.join("this-is-an-hdikafka-sandbox")).unwrap();
            })
        });
    });
}

/// A demo under way, in a directory where nothing else is.
struct Playing {
    world: World,
    child: std::process::Child,
}

impl Drop for Playing {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        for pid in self.processes() {
            // SAFETY: no memory is involved.
            unsafe { libc::kill(pid, libc::SIGKILL) };
        }
    }
}

impl Playing {
    fn start() -> Self {
        let world = World::new();
        let said = fs::File::create(world.path("said")).unwrap();
        let child = Command::new(program())
            .args(["sandbox", "demo"])
            .env_clear()
            .envs(&world.env)
            .env("TMPDIR", world.path("work"))
            .stdin(Stdio::null())
            .stdout(said.try_clone().unwrap())
            .stderr(said)
            .spawn()
            .unwrap();
        Self { world, child }
    }

    fn said(&self) -> String {
        fs::read_to_string(self.world.path("said")).unwrap()
    }

    /// The signal as soon as it says this; then how it ended.
    fn told(&mut self, signal: i32, words: &str) -> ExitStatus {
        eventually(words, || self.said().contains(words));
        assert!(!self.processes().is_empty(), "there is nothing to end");
        // SAFETY: no memory is involved; the child has not been waited for, so the id is still its own.
        let sent = unsafe { libc::kill(self.child.id().cast_signed(), signal) };
        assert_eq!(sent, 0, "{}", self.said());
        eventually("its end", || self.child.try_wait().unwrap().is_some());
        self.child.wait().unwrap()
    }

    /// The sandbox, all that it runs, and the commands of the demo; not the demo itself.
    fn processes(&self) -> Vec<i32> {
        let needle = self.world.path("work");
        let needle = needle.to_str().unwrap();
        let mut all = super::sandbox::processes_of(self.world.dir.path());
        let pids = fs::read_dir("/proc").unwrap().flatten();
        let pids = pids.filter_map(|entry| entry.file_name().to_str()?.parse::<i32>().ok());
        all.extend(pids.filter(|pid| {
            let environment = fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
            String::from_utf8_lossy(&environment).contains(needle)
        }));
        all.retain(|pid| *pid != self.child.id().cast_signed());
        all
    }
}

#[test]
fn interrupted_at_any_time_it_leaves_nothing() {
    std::thread::scope(|scope| {
        for (signal, words) in [
            (libc::SIGINT, "ok: start the source"),
            (libc::SIGTERM, "temperature"),
            (libc::SIGHUP, "Receive message: "),
        ] {
            scope.spawn(move || {
                let mut playing = Playing::start();
                let status = playing.told(signal, words);
                let said = playing.said();
                assert_eq!(status.code(), Some(130), "{words}: {status}: {said}");
                eventually("no process", || playing.processes().is_empty());
                let left: Vec<_> = fs::read_dir(playing.world.path("work"))
                    .unwrap()
                    .map(|entry| entry.unwrap().path())
                    .collect();
                assert!(left.is_empty(), "{words}: {left:?} are left: {said}");
            });
        }
    });
}

/// It cannot say so any more: the sandbox sees it.
#[test]
fn killed_it_leaves_nothing_running() {
    let mut playing = Playing::start();
    let status = playing.told(libc::SIGKILL, "Sent message: ");
    assert_eq!(status.signal(), Some(libc::SIGKILL));
    eventually("no process", || playing.processes().is_empty());
}

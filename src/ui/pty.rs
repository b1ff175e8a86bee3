//! Questions and bars on a real pseudo-terminal: this test binary starts itself again with the terminal as its stdin and
//! stderr, and the test types and reads as a person would, each key after the text that it answers.

use super::{ColorChoice, Consent, Format, PromptError, Question, Ui};
use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

const SCENARIO: &str = "HDIKAFKA_TEST_SCENARIO";
const CANARY: &str = "hunter2-canary";
const PATIENCE: Duration = Duration::from_secs(30);

/// The side of the person; the child's side is the other function's.
struct Person {
    master: File,
    slave: OwnedFd,
    child: Child,
    before: (u32, u32),
    seen: String,
}

/// What runs in the child. Without a scenario it is a test like any other: questions are refused when `--no-input` says so.
#[test]
fn scenario() {
    let Ok(name) = std::env::var(SCENARIO) else {
        let ui = Ui::new(ColorChoice::Auto, Format::Table, false, 0, true);
        assert!(matches!(
            ui.secret("Password"),
            Err(PromptError::NotInteractive(_))
        ));
        return;
    };
    let ui = Ui::new(ColorChoice::Auto, Format::Table, false, 0, false);
    assert!(ui.interactive());
    let validate = |text: &str| {
        if text == "good" {
            Ok(())
        } else {
            Err("must be good".to_owned())
        }
    };
    let answer = match name.as_str() {
        "ask" => {
            let question = Question {
                label: "Cluster",
                help: Some("its name"),
                validate: Some(&validate),
                ..Question::default()
            };
            ui.ask(&question).unwrap()
        }
        "secret" => ui.secret("Password").unwrap().len().to_string(),
        "choose" => ui
            .choose("Which", &["first".into(), "second".into()])
            .unwrap()
            .to_string(),
        "confirm" => ui
            .confirm("key SHA256:abc", "Trust it?")
            .unwrap()
            .to_string(),
        "consent" => match ui.consent("the plan\x1b[2J", "the explanation") {
            Ok(Consent::Yes) => "yes".into(),
            Ok(Consent::No) => "no".into(),
            Err(PromptError::Closed(_)) => "closed".into(),
            Err(error) => panic!("{error}"),
        },
        "progress" => {
            let (upload, wait) = (ui.bytes("upload", 1000), ui.task("wait"));
            for step in 1..=10 {
                upload.set(step * 100);
                wait.message(&format!("step {step}"));
                ui.note(&format!("note {step}"));
            }
            upload.done();
            wait.failed();
            drop(ui.task("left alone"));
            "end".into()
        }
        other => panic!("no scenario {other}"),
    };
    ui.note(&format!("answer={answer}."));
}

impl Person {
    fn new(scenario: &str) -> Self {
        Self::who_typed(scenario, "")
    }

    /// With keys that the terminal has taken before the program is even there.
    fn who_typed(scenario: &str, keys: &str) -> Self {
        let (master, slave) = open();
        (&master).write_all(keys.as_bytes()).unwrap();
        // A terminal takes keys in its own time: what it echoes it has taken.
        let mut echo = [0; 64];
        let mut echoed = 0;
        while !keys.is_empty() && !echo[..echoed].ends_with(b"\n") {
            echoed += (&master).read(&mut echo[echoed..]).unwrap();
        }
        let terminal = || Stdio::from(slave.try_clone().unwrap());
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args([
            "--exact",
            "ui::pty::scenario",
            "--nocapture",
            "--test-threads=1",
        ]);
        command
            .env(SCENARIO, scenario)
            .env("TERM", "xterm")
            .env_remove("NO_COLOR");
        command
            .stdin(terminal())
            .stderr(terminal())
            .stdout(Stdio::null());
        // SAFETY: both calls are async-signal-safe; the terminal is fd 0 by then.
        unsafe {
            command.pre_exec(|| {
                libc::setsid();
                libc::ioctl(0, libc::TIOCSCTTY, 0);
                Ok(())
            });
        }
        let before = modes(&slave);
        let child = command.spawn().unwrap();
        Self {
            master,
            slave,
            child,
            before,
            seen: String::new(),
        }
    }

    /// Waits for a text on the screen that was not waited for yet.
    fn sees(&mut self, text: &str) {
        let deadline = Instant::now() + PATIENCE;
        while !self.seen.contains(text) {
            assert!(
                Instant::now() < deadline,
                "{text:?} did not come: {:?}",
                self.seen
            );
            self.read(100);
        }
        let end = self.seen.find(text).unwrap() + text.len();
        self.seen.drain(..end);
    }

    fn types(&mut self, keys: &str) {
        self.master.write_all(keys.as_bytes()).unwrap();
    }

    /// Waits for the end: the signal that ended the child, if one did, and all that is still on the screen.
    fn ends(&mut self) -> (Option<i32>, String) {
        let deadline = Instant::now() + PATIENCE;
        let status = loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                break status;
            }
            assert!(
                Instant::now() < deadline,
                "it does not end: {:?}",
                self.seen
            );
            self.read(20);
        };
        while self.read(0) {}
        assert!(
            status.success() || status.signal().is_some(),
            "{status}: {:?}",
            self.seen
        );
        assert_eq!(
            modes(&self.slave),
            self.before,
            "the terminal's modes were not put back"
        );
        (status.signal(), std::mem::take(&mut self.seen))
    }

    fn read(&mut self, millis: i32) -> bool {
        let mut poll = libc::pollfd {
            fd: self.master.as_raw_fd(),
            events: libc::POLLIN,
            revents: 0,
        };
        // SAFETY: one pollfd is passed.
        if unsafe { libc::poll(&raw mut poll, 1, millis) } < 1 || poll.revents & libc::POLLIN == 0 {
            return false;
        }
        let mut bytes = [0; 4096];
        let length = self.master.read(&mut bytes).unwrap_or(0);
        self.seen
            .push_str(&String::from_utf8_lossy(&bytes[..length]));
        length > 0
    }
}

impl Drop for Person {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

fn open() -> (File, OwnedFd) {
    let (mut master, mut slave) = (-1, -1);
    let size = libc::winsize {
        ws_row: 24,
        ws_col: 80,
        ws_xpixel: 0,
        ws_ypixel: 0,
    };
    // SAFETY: both descriptors are written by openpty and owned by nobody else.
    unsafe {
        let null = std::ptr::null_mut();
        assert_eq!(
            libc::openpty(
                &raw mut master,
                &raw mut slave,
                null,
                std::ptr::null(),
                &raw const size
            ),
            0
        );
        // Another test's child must not hold this terminal open.
        libc::fcntl(master, libc::F_SETFD, libc::FD_CLOEXEC);
        libc::fcntl(slave, libc::F_SETFD, libc::FD_CLOEXEC);
        (File::from_raw_fd(master), OwnedFd::from_raw_fd(slave))
    }
}

fn modes(terminal: &OwnedFd) -> (u32, u32) {
    // SAFETY: termios is plain data that tcgetattr fills.
    unsafe {
        let mut modes: libc::termios = std::mem::zeroed();
        assert_eq!(libc::tcgetattr(terminal.as_raw_fd(), &raw mut modes), 0);
        (modes.c_lflag, modes.c_iflag)
    }
}

#[test]
fn a_text_is_asked_for_until_it_is_valid() {
    let mut person = Person::new("ask");
    person.sees("its name");
    person.sees("Cluster");
    person.types("bad\r");
    person.sees("must be good");
    person.types("good\r");
    person.sees("answer=good.");
    assert_eq!(person.ends().0, None);
}

#[test]
fn a_secret_is_never_on_the_screen() {
    let mut person = Person::new("secret");
    person.sees("Password");
    person.types(&format!("{CANARY}\r"));
    let (signal, rest) = person.ends();
    assert_eq!(signal, None);
    assert!(
        rest.contains(&format!("answer={}.", CANARY.len())) && !rest.contains("hunter2"),
        "{rest:?}"
    );
}

#[test]
fn ctrl_c_in_a_secret_brings_the_echo_back() {
    let mut person = Person::new("secret");
    person.sees("Password");
    assert_ne!(modes(&person.slave), person.before);
    person.types("hunt");
    person.types("\x03");
    assert_eq!(person.ends().0, Some(libc::SIGINT));
}

#[test]
fn an_item_is_chosen_with_the_arrows() {
    let mut person = Person::new("choose");
    person.sees("second");
    person.types("\x1b[B");
    person.sees("second");
    person.types("\r");
    person.sees("answer=1.");
    assert_eq!(person.ends().0, None);
}

#[test]
fn ctrl_c_in_a_choice_brings_the_cursor_back() {
    let mut person = Person::new("choose");
    person.sees("\x1b[?25l");
    person.sees("second");
    person.types("\x03");
    let (signal, rest) = person.ends();
    assert_eq!(signal, Some(libc::SIGINT));
    assert!(rest.contains("\x1b[?25h"), "{rest:?}");
}

#[test]
fn consent_explains_and_asks_again() {
    let mut person = Person::new("consent");
    person.sees("the plan\\x1b[2J");
    person.sees("Go ahead?");
    person.types("e\r");
    person.sees("the explanation");
    person.sees("Go ahead?");
    person.types("y\r");
    person.sees("answer=yes.");
    assert_eq!(person.ends().0, None);
}

#[test]
fn only_yes_is_yes() {
    for (keys, times, answer) in [
        ("\r", 1, "no"),
        ("\x04", 1, "closed"),
        ("no\r", 1, "no"),
        ("sure\r", 3, "no"),
    ] {
        // Typed before the question is there: not an answer to it.
        let mut person = Person::who_typed("consent", "y\r");
        for _ in 0..times {
            person.sees("Go ahead?");
            // The question's end is printed with it; only then is it read.
            person.sees(":");
            person.types(keys);
        }
        person.sees(&format!("answer={answer}."));
        assert_eq!(person.ends().0, None, "{keys:?}");
    }
}

#[test]
fn a_grave_yes_is_written_out() {
    let mut person = Person::new("confirm");
    person.sees("key SHA256:abc");
    person.sees("Trust it?");
    person.types("y\r");
    person.sees("Answer yes or no.");
    person.types("yes\r");
    person.sees("answer=true.");
    assert_eq!(person.ends().0, None);
}

#[test]
fn bars_leave_whole_lines_only() {
    let mut person = Person::new("progress");
    let (signal, screen) = person.ends();
    assert_eq!(signal, None);
    for step in 1..=10 {
        assert!(screen.contains(&format!("note {step}\r\n")), "{screen:?}");
    }
    let last = screen
        .rfind("\x1b[2K")
        .map_or(&screen[..], |at| &screen[at..]);
    let visible = last.trim_start_matches("\x1b[2K").trim_start_matches('\r');
    assert!(
        visible.contains("answer=end.\r\n") && visible.ends_with("\r\n"),
        "{screen:?}"
    );
    assert!(
        screen.contains("ok:\x1b[0m upload (") && screen.contains("failed:\x1b[0m wait (after"),
        "{screen:?}"
    );
    assert!(!visible.contains("left alone"), "{screen:?}");
}

//! A person at a terminal: the real binary on a pseudo-terminal, read by what stands on its screen. Each key is typed
//! after the text that it answers.

use crate::rehearsal::stage::{PATIENCE, Stage, program};
use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

pub const WIDE: (u16, u16) = (50, 100);

pub struct Person {
    master: Box<dyn MasterPty + Send>,
    keys: Box<dyn Write + Send>,
    child: Box<dyn Child + Send + Sync>,
    screen: Arc<(Mutex<Screen>, Condvar)>,
    modes: Modes,
    /// Lines of the screen's history that were seen and answered.
    answered: usize,
    tty: PathBuf,
}

struct Screen {
    parser: vt100::Parser,
    /// Every byte, for what must never have been there, not even for a moment.
    raw: Vec<u8>,
    open: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Modes {
    local: u32,
    input: u32,
}

/// How it ended.
pub struct End {
    /// As a shell shows it: 128 and the signal's number for one that a signal ended.
    pub code: i32,
    /// All that was printed, without escape sequences.
    pub text: String,
    pub raw: Vec<u8>,
}

impl Person {
    /// Starts the binary in the stage's working directory, with the surroundings of its rehearsal given by variables.
    pub fn start(
        stage: &Stage,
        arguments: &[&str],
        more: &[(&str, &str)],
        size: (u16, u16),
    ) -> Self {
        let mut command = CommandBuilder::new(program());
        command.args(arguments);
        command.env_clear();
        command.cwd(stage.world.path("work"));
        for (name, value) in stage
            .world
            .env
            .iter()
            .map(|(n, v)| (n.as_str(), v.as_str()))
        {
            command.env(name, value);
        }
        for (name, value) in surroundings(stage) {
            command.env(name, value);
        }
        command.env("TERM", "xterm");
        command.env("NO_COLOR", "1");
        for (name, value) in more {
            match value.is_empty() {
                true => command.env_remove(name),
                false => command.env(name, value),
            }
        }
        Self::run(command, size)
    }

    fn run(command: CommandBuilder, (rows, cols): (u16, u16)) -> Self {
        let pair = native_pty_system()
            .openpty(PtySize {
                rows,
                cols,
                ..PtySize::default()
            })
            .unwrap();
        let tty = pair.master.tty_name().unwrap();
        let modes = modes(&tty);
        let child = pair.slave.spawn_command(command).unwrap();
        // The child's side stays open by its name as long as somebody looks at its modes.
        drop(pair.slave);
        let screen = Arc::new((
            Mutex::new(Screen {
                // So high that nothing scrolls away unread.
                parser: vt100::Parser::new(2000, cols, 0),
                raw: Vec::new(),
                open: true,
            }),
            Condvar::new(),
        ));
        read_on(pair.master.try_clone_reader().unwrap(), Arc::clone(&screen));
        Self {
            keys: pair.master.take_writer().unwrap(),
            master: pair.master,
            child,
            screen,
            modes,
            answered: 0,
            tty,
        }
    }

    /// Waits until the text stands on the screen, below what was answered before.
    #[track_caller]
    pub fn sees(&mut self, text: &str) {
        let end = Instant::now() + PATIENCE;
        let (lock, changed) = &*self.screen;
        let mut screen = lock.lock().unwrap();
        loop {
            let lines = lines(&screen);
            let below = lines.get(self.answered..).unwrap_or_default().join("\n");
            if below.contains(text) {
                return;
            }
            let left = end.saturating_duration_since(Instant::now());
            assert!(
                screen.open && !left.is_zero(),
                "{text:?} does not come:\n{}",
                lines.join("\n")
            );
            screen = changed
                .wait_timeout(screen, left.min(Duration::from_millis(200)))
                .unwrap()
                .0;
        }
    }

    /// Types an answer to a question that is seen first; what is on the screen by then counts as read.
    #[track_caller]
    pub fn answers(&mut self, question: &str, keys: &str) {
        self.sees(question);
        self.reads();
        self.types(&format!("{keys}\r"));
    }

    pub fn reads(&mut self) {
        let (row, _) = self
            .screen
            .0
            .lock()
            .unwrap()
            .parser
            .screen()
            .cursor_position();
        self.answered = usize::from(row);
        // The line of the cursor has the question: an answer to it is in the same line.
        self.answered += 1;
    }

    pub fn types(&mut self, keys: &str) {
        self.keys.write_all(keys.as_bytes()).unwrap();
        self.keys.flush().unwrap();
    }

    pub fn resizes(&self, rows: u16, cols: u16) {
        self.master
            .resize(PtySize {
                rows,
                cols,
                ..PtySize::default()
            })
            .unwrap();
        self.screen
            .0
            .lock()
            .unwrap()
            .parser
            .screen_mut()
            .set_size(400, cols);
    }

    pub fn screen(&self) -> String {
        lines(&self.screen.0.lock().unwrap()).join("\n")
    }

    pub fn cursor_is_hidden(&self) -> bool {
        self.screen.0.lock().unwrap().parser.screen().hide_cursor()
    }

    pub fn echoes(&self) -> bool {
        modes(&self.tty).local & libc::ECHO != 0
    }

    /// Waits for the end; the terminal has to be as it was found.
    #[track_caller]
    pub fn ends(mut self) -> End {
        let end = Instant::now() + PATIENCE;
        let status = loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                break status;
            }
            assert!(Instant::now() < end, "it does not end:\n{}", self.screen());
            std::thread::sleep(Duration::from_millis(10));
        };
        assert!(!self.cursor_is_hidden(), "the cursor is hidden");
        let raw = self.all_read();
        let text = self.screen();
        let last = |sequence: &str| find_last(&raw, sequence.as_bytes());
        assert!(
            last("\x1b[?2004l") >= last("\x1b[?2004h"),
            "pastes are still marked"
        );
        assert!(
            last("\x1b[?25h") >= last("\x1b[?25l"),
            "the cursor is still hidden"
        );
        assert_eq!(modes(&self.tty), self.modes, "modes of the terminal");
        assert!(!text.contains("panicked"), "{text}");
        let code = match status.signal() {
            // portable-pty tells signals by their names
            Some(signal) if signal.contains("Interrupt") => 130,
            Some(signal) => panic!("ended by {signal}"),
            None => i32::try_from(status.exit_code()).unwrap(),
        };
        End { code, text, raw }
    }

    /// What was printed last may still be on its way.
    fn all_read(&self) -> Vec<u8> {
        let (lock, changed) = &*self.screen;
        let mut screen = lock.lock().unwrap();
        let end = Instant::now() + Duration::from_secs(5);
        while screen.open && Instant::now() < end {
            let length = screen.raw.len();
            screen = changed
                .wait_timeout(screen, Duration::from_millis(100))
                .unwrap()
                .0;
            if screen.raw.len() == length {
                break;
            }
        }
        screen.raw.clone()
    }
}

impl Drop for Person {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

impl End {
    #[track_caller]
    pub fn never_showed(&self, secrets: &[String]) {
        for secret in secrets {
            // A part of it is already too much.
            let part = &secret.as_bytes()[..secret.len().min(10)];
            assert_eq!(
                find_last(&self.raw, part),
                None,
                "a secret was on the screen"
            );
        }
    }
}

fn read_on(mut reader: Box<dyn Read + Send>, screen: Arc<(Mutex<Screen>, Condvar)>) {
    std::thread::spawn(move || {
        let mut bytes = [0; 4096];
        loop {
            let length = reader.read(&mut bytes).unwrap_or(0);
            // A test that failed is no reason to stop reading.
            let mut screen_now = screen.0.lock().unwrap_or_else(PoisonError::into_inner);
            screen_now.parser.process(&bytes[..length]);
            screen_now.raw.extend_from_slice(&bytes[..length]);
            screen_now.open = length > 0;
            screen.1.notify_all();
            if length == 0 {
                return;
            }
        }
    });
}

fn lines(screen: &Screen) -> Vec<String> {
    let (_, cols) = screen.parser.screen().size();
    let mut lines: Vec<String> = screen.parser.screen().rows(0, cols).collect();
    let (cursor, _) = screen.parser.screen().cursor_position();
    lines.truncate(usize::from(cursor) + 1);
    lines
}

fn find_last(all: &[u8], part: &[u8]) -> Option<usize> {
    all.windows(part.len()).rposition(|window| window == part)
}

fn modes(tty: &Path) -> Modes {
    use std::os::fd::AsRawFd;
    use std::os::unix::fs::OpenOptionsExt;
    let file = std::fs::File::options()
        .read(true)
        .write(true)
        .custom_flags(libc::O_NOCTTY)
        .open(tty)
        .unwrap();
    // SAFETY: termios is plain data that tcgetattr fills.
    unsafe {
        let mut modes: libc::termios = std::mem::zeroed();
        assert_eq!(libc::tcgetattr(file.as_raw_fd(), &raw mut modes), 0);
        Modes {
            local: modes.c_lflag,
            input: modes.c_iflag,
        }
    }
}

/// What an operator of the rehearsal would not have to say of a real cluster, where names lead to the right place.
fn surroundings(stage: &Stage) -> Vec<(&'static str, String)> {
    let value = |section: &str, key: &str| setting(stage, section, key);
    vec![
        ("HDIKAFKA_CA_FILE", value("cluster", "ca_file")),
        ("HDIKAFKA_EDGE_PORT", value("edge", "port")),
        ("HDIKAFKA_KNOWN_HOSTS", value("edge", "known_hosts")),
        ("HDIKAFKA_HUB_GATEWAY", value("hub", "gateway")),
        ("HDIKAFKA_RECEIVE_TIMEOUT", "1s".to_owned()),
        ("HDIKAFKA_SOURCE_PORT", value("source", "rest_port")),
        ("HDIKAFKA_SINK_PORT", value("sink", "rest_port")),
        ("HDIKAFKA_STABLE_FOR", "0s".to_owned()),
        ("HDIKAFKA_VIA", "tunnel".to_owned()),
        ("USER", "ann".to_owned()),
    ]
}

/// A value of the rehearsal's own profile.
pub fn setting(stage: &Stage, section: &str, key: &str) -> String {
    let text = std::fs::read_to_string(stage.place().profile()).unwrap();
    let table: toml::Table = text.parse().unwrap();
    match &table[section][key] {
        toml::Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

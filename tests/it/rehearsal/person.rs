//! A person at a terminal of the binary's own: what stands on it, and what is typed.

use super::stage::{PATIENCE, Stage};
use portable_pty::{Child, CommandBuilder, PtySize, native_pty_system};
use std::io::{Read, Write};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

pub struct Person {
    child: Box<dyn Child + Send + Sync>,
    keyboard: Box<dyn Write + Send>,
    screen: Receiver<Vec<u8>>,
    seen: String,
    read: usize,
}

impl Person {
    pub fn at(stage: &Stage, arguments: &[&str], more: &[(&str, &str)]) -> Self {
        let size = PtySize {
            rows: 40,
            cols: 200,
            ..PtySize::default()
        };
        let pty = native_pty_system().openpty(size).unwrap();
        let command = stage.command(arguments);
        let mut builder = CommandBuilder::new(command.get_program());
        builder.args(command.get_args());
        builder.env_clear();
        for (name, value) in command.get_envs().filter_map(|(n, v)| Some((n, v?))) {
            builder.env(name, value);
        }
        builder.env("TERM", "xterm");
        for (name, value) in more {
            builder.env(name, value);
        }
        builder.cwd(command.get_current_dir().unwrap());
        let child = pty.slave.spawn_command(builder).unwrap();
        drop(pty.slave);
        let (keyboard, mut reader) = (
            pty.master.take_writer().unwrap(),
            pty.master.try_clone_reader().unwrap(),
        );
        let (tell, screen) = channel();
        std::thread::spawn(move || {
            let mut piece = [0; 4096];
            // The end of the terminal is an error on Linux.
            while let Ok(count @ 1..) = reader.read(&mut piece) {
                if tell.send(piece[..count].to_vec()).is_err() {
                    break;
                }
            }
            drop(pty.master);
        });
        Self {
            child,
            keyboard,
            screen,
            seen: String::new(),
            read: 0,
        }
    }

    /// Waits until the text stands on the screen, after what was waited for before.
    #[track_caller]
    pub fn reads(&mut self, text: &str) {
        let end = Instant::now() + PATIENCE;
        loop {
            if let Some(at) = self.seen[self.read..].find(text) {
                self.read += at + text.len();
                return;
            }
            let left = end.saturating_duration_since(Instant::now());
            match self.screen.recv_timeout(left) {
                Ok(bytes) => self.seen += &String::from_utf8_lossy(&bytes),
                Err(_) => panic!("{text:?} never came: {}", self.seen),
            }
        }
    }

    /// Nothing more is printed as long as nothing is typed: looked at for several ticks of a progress bar.
    #[track_caller]
    pub fn is_waited_for(&mut self) {
        while let Ok(bytes) = self.screen.recv_timeout(Duration::from_millis(400)) {
            self.seen += &String::from_utf8_lossy(&bytes);
            let after = self.seen[self.read..].trim_start_matches([':', ' ']);
            assert!(after.is_empty(), "printed over the question: {after:?}");
        }
    }

    pub fn types(&mut self, line: &str) {
        self.keyboard
            .write_all(format!("{line}\n").as_bytes())
            .unwrap();
    }

    /// The exit code and all that stood on the screen; no secret did.
    #[track_caller]
    pub fn leaves(mut self, secrets: &[&str]) -> (u32, String) {
        let code = self.child.wait().unwrap().exit_code();
        while let Ok(bytes) = self.screen.recv_timeout(PATIENCE) {
            self.seen += &String::from_utf8_lossy(&bytes);
        }
        for secret in secrets {
            assert!(!self.seen.contains(secret), "a secret was echoed");
        }
        (code, self.seen)
    }
}

//! Where the scratch root is not built: it says so, and nothing else can happen.

use super::Spawn;
use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitStatus;
use std::sync::Arc;

const WORDS: &str = "the rehearsal's edge node is built for Linux on x86_64 only";

pub fn supported() -> Result<(), String> {
    Err(WORDS.into())
}

/// There is none.
pub enum Scratch {}

/// There is none.
pub enum Child {}

impl Scratch {
    pub fn new(_dir: &Path, _prefixes: &[&str]) -> io::Result<Arc<Self>> {
        Err(io::Error::new(io::ErrorKind::Unsupported, WORDS))
    }

    pub fn host_path(&self, _guest: &str) -> PathBuf {
        match *self {}
    }

    pub fn set_owner(&self, _guest: &str, _uid: u32, _gid: u32) -> io::Result<()> {
        match *self {}
    }

    pub fn set_mode(&self, _guest: &str, _mode: u32) -> io::Result<()> {
        match *self {}
    }

    pub fn owner(&self, _guest: &str) -> io::Result<(u32, u32)> {
        match *self {}
    }

    pub fn mode(&self, _guest: &str) -> io::Result<u32> {
        match *self {}
    }

    pub fn set_hostname(&self, _name: &str) {
        match *self {}
    }

    pub fn set_init(&self, _name: &str) -> io::Result<()> {
        match *self {}
    }

    pub fn set_full(&self, _prefix: &str, _full: bool) {
        match *self {}
    }

    pub fn processes(&self) -> Vec<u32> {
        match *self {}
    }

    pub fn kill_all(&self) {
        match *self {}
    }

    pub fn spawn(self: &Arc<Self>, _spawn: Spawn) -> io::Result<Child> {
        match **self {}
    }

    pub fn spawn_in(self: &Arc<Self>, _spawn: Spawn, _cgroup: &str) -> io::Result<Child> {
        match **self {}
    }
}

impl Child {
    pub fn pid(&self) -> u32 {
        match *self {}
    }

    pub fn wait(&self) -> ExitStatus {
        match *self {}
    }

    pub fn try_wait(&self) -> Option<ExitStatus> {
        match *self {}
    }

    pub fn signal(&self, _signal: i32) -> io::Result<()> {
        match *self {}
    }
}

//! Who may log in: one user, by password (plain or asked for) or by a key of its authorized_keys on the node.

use super::super::scratch::Scratch;
use crate::secret::Secret;
use russh::keys::PublicKey;
use russh::{MethodKind, MethodSet};

pub struct Account {
    pub user: String,
    pub password: Option<Secret>,
}

impl Account {
    pub fn accepts_password(&self, user: &str, given: &[u8]) -> bool {
        let expected = self.password.as_ref().map(|p| p.expose().as_bytes());
        user == self.user && expected.is_some_and(|expected| same(expected, given))
    }

    /// Read anew each time: somebody may have added a key on the node.
    pub fn accepts_key(&self, scratch: &Scratch, user: &str, key: &PublicKey) -> bool {
        let path = format!("/home/{}/.ssh/authorized_keys", self.user);
        let text = std::fs::read_to_string(scratch.host_path(&path)).unwrap_or_default();
        user == self.user
            && text
                .lines()
                .filter_map(|line| PublicKey::from_openssh(line.trim()).ok())
                .any(|known| known.key_data() == key.key_data())
    }
}

/// "none" is asked by every client first, and refused.
pub fn methods() -> MethodSet {
    let mut methods = MethodSet::empty();
    for method in [
        MethodKind::PublicKey,
        MethodKind::Password,
        MethodKind::KeyboardInteractive,
    ] {
        methods.push(method);
    }
    methods
}

pub fn without_plain_passwords() -> MethodSet {
    let mut methods = methods();
    methods.remove(MethodKind::Password);
    methods
}

/// Without telling by its time where the first difference is.
fn same(expected: &[u8], given: &[u8]) -> bool {
    let differs = expected
        .iter()
        .zip(given)
        .fold(0, |acc, (a, b)| acc | (a ^ b));
    expected.len() == given.len() && differs == 0
}

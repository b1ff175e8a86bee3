//! Private key files as far as they can be read without a passphrase: whether they need one, and their public half.
//! What is inside is for libssh2.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::path::Path;

const MAGIC: &[u8] = b"openssh-key-v1\0";

/// The blob of `FILE.pub`; without that file, what OpenSSH's own format shows of it.
pub fn public_half(path: &Path) -> Option<Vec<u8>> {
    let mut name = path.as_os_str().to_owned();
    name.push(".pub");
    match std::fs::read_to_string(name) {
        Ok(text) => STANDARD.decode(text.split_whitespace().nth(1)?).ok(),
        Err(_) => in_the_clear(&std::fs::read_to_string(path).ok()?),
    }
}

/// PEM says it in a header; OpenSSH's own format names its cipher after the magic. libssh2 calls a wrong passphrase a wrong
/// format, so it has to be known before.
pub fn is_encrypted(text: &str) -> bool {
    if text.contains("BEGIN ENCRYPTED PRIVATE KEY") || text.contains("Proc-Type: 4,ENCRYPTED") {
        return true;
    }
    let body = openssh_body(text).unwrap_or_default();
    let cipher = body.strip_prefix(MAGIC).and_then(|rest| string(rest));
    cipher.is_some_and(|(cipher, _)| cipher != b"none")
}

/// After the magic: cipher, key derivation, its options, the number of keys, and the public one.
fn in_the_clear(text: &str) -> Option<Vec<u8>> {
    let body = openssh_body(text)?;
    let mut rest = body.strip_prefix(MAGIC)?;
    for _ in 0..3 {
        rest = string(rest)?.1;
    }
    Some(string(rest.get(4..)?)?.0.to_vec())
}

fn openssh_body(text: &str) -> Option<Vec<u8>> {
    let (_, body) = text.split_once("-----BEGIN OPENSSH PRIVATE KEY-----")?;
    let body: String = body.split("-----").next()?.split_whitespace().collect();
    STANDARD.decode(body).ok()
}

/// A length in four bytes and so many bytes; and what follows.
fn string(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_first_chunk::<4>()?;
    rest.split_at_checked(u32::from_be_bytes(*length) as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(kind: &[&str]) -> String {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("key");
        let output = std::process::Command::new("ssh-keygen")
            .args(["-q", "-f"])
            .arg(&path)
            .args(kind)
            .output()
            .unwrap();
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        std::fs::read_to_string(path).unwrap()
    }

    #[test]
    fn encrypted_keys_are_recognised_in_every_format() {
        assert!(is_encrypted(&key(&["-t", "ed25519", "-N", "words"])));
        assert!(!is_encrypted(&key(&["-t", "ed25519", "-N", ""])));
        assert!(is_encrypted(&key(&[
            "-t", "ecdsa", "-m", "PEM", "-N", "words"
        ])));
        assert!(!is_encrypted(&key(&["-t", "ecdsa", "-m", "PEM", "-N", ""])));
        assert!(is_encrypted(&key(&[
            "-t", "ecdsa", "-m", "PKCS8", "-N", "words"
        ])));
        assert!(!is_encrypted(&key(&[
            "-t", "ecdsa", "-m", "PKCS8", "-N", ""
        ])));
        assert!(!is_encrypted(""));
    }

    #[test]
    fn the_public_half_is_read_of_the_private_file_too() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("key");
        let made = std::process::Command::new("ssh-keygen")
            .args(["-q", "-t", "ed25519", "-N", "words", "-f"])
            .arg(&path)
            .status();
        assert!(made.unwrap().success());
        let beside = public_half(&path).unwrap();
        std::fs::remove_file(path.with_extension("pub")).unwrap();
        assert_eq!(public_half(&path), Some(beside));
        std::fs::write(&path, "no key").unwrap();
        assert_eq!(public_half(&path), None);
    }
}

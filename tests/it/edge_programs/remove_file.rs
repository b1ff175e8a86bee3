//! A file of secrets that nothing needs any more: it goes only if it is still the one that was seen, and leaves no copy.

use super::{SHELLS, run, shell, text};
use sha2::{Digest, Sha256};
use std::fs;

#[test]
fn a_file_goes_only_if_it_is_the_one_that_was_seen() {
    let program = text("files.sh") + &text("remove-file.sh");
    for which in SHELLS {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("a b-secrets.properties");
        let name = path.to_str().unwrap();
        fs::write(&path, "k=canary\n").unwrap();
        let seen = hex::encode(Sha256::digest(b"k=canary\n"));
        let remove = |arguments: &[&str]| run(shell(which, &program, arguments), b"");

        let other = remove(&[name, &"0".repeat(64)]);
        assert_eq!(other.code, Some(10), "{which:?}: {other:?}");
        assert!(other.err.contains("is not as expected"), "{other:?}");
        assert!(path.exists());
        let relative = remove(&["a", &seen]);
        assert_eq!(relative.code, Some(17), "{which:?}: {relative:?}");

        let removed = remove(&[name, &seen]);
        assert_eq!(
            (removed.code, removed.err.as_str()),
            (Some(0), ""),
            "{which:?}"
        );
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 0);
        // one that is gone is no error: another run may have been first
        assert_eq!(remove(&[name, &seen]).code, Some(0), "{which:?}");
    }
}

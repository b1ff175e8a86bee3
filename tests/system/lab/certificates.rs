//! Certificates of the lab's own authorities. By openssl and not by our own code: what is tested with them must not have
//! made them.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};

/// `ca.pem` and `ca.key` in this directory.
pub fn make_authority(dir: &Path) -> Result<()> {
    let extensions = ["-addext", "keyUsage=critical,keyCertSign,cRLSign"];
    openssl(
        dir,
        &[
            &[
                "req",
                "-x509",
                "-newkey",
                "ec",
                "-pkeyopt",
                "ec_paramgen_curve:P-256",
                "-nodes",
                "-days",
                "30",
            ][..],
            &[
                "-subj",
                "/CN=CA of the lab",
                "-keyout",
                "ca.key",
                "-out",
                "ca.pem",
            ],
            &extensions,
        ]
        .concat(),
    )
}

/// `NAME.pem` and `NAME.key` for these hosts, by the authority of the same directory.
pub fn make_certificate(dir: &Path, name: &str, hosts: &[&str]) -> Result<()> {
    let names: Vec<String> = hosts.iter().map(|host| format!("DNS:{host}")).collect();
    let [request, key, certificate, extensions] =
        ["csr", "key", "pem", "ext"].map(|kind| format!("{name}.{kind}"));
    let text = format!(
        "subjectAltName={}\nbasicConstraints=critical,CA:FALSE\nextendedKeyUsage=serverAuth\n",
        names.join(",")
    );
    fs::write(dir.join(&extensions), text)?;
    let subject = format!("/CN={}", hosts.first().copied().unwrap_or(name));
    openssl(
        dir,
        &[
            &[
                "req",
                "-new",
                "-newkey",
                "ec",
                "-pkeyopt",
                "ec_paramgen_curve:P-256",
                "-nodes",
                "-subj",
                &subject,
            ][..],
            &["-keyout", &key, "-out", &request],
        ]
        .concat(),
    )?;
    openssl(
        dir,
        &[
            &[
                "x509",
                "-req",
                "-in",
                &request,
                "-CA",
                "ca.pem",
                "-CAkey",
                "ca.key",
                "-CAcreateserial",
                "-days",
                "30",
            ][..],
            &["-extfile", &extensions, "-out", &certificate],
        ]
        .concat(),
    )
}

pub fn openssl(dir: &Path, args: &[&str]) -> Result<()> {
    let output = Command::new("openssl")
        .args(args)
        .current_dir(dir)
        .output()
        .context("starting openssl")?;
    if !output.status.success() {
        bail!(
            "openssl {}: {}",
            args.join(" "),
            String::from_utf8_lossy(&output.stderr).trim()
        );
    }
    Ok(())
}

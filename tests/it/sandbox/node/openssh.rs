//! OpenSSH's own ssh, scp and sftp against the node.

use super::stage::{PASSWORD, Stage, noise};
use crate::edge::node::require;
use std::fs;
use std::io::Write;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Output, Stdio};

fn run(command: &mut Command) -> (Option<i32>, String, String) {
    let Output {
        status,
        stdout,
        stderr,
    } = command.stdin(Stdio::null()).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    (status.code(), text(stdout), text(stderr))
}

#[test]
fn ssh_with_and_without_a_terminal() {
    let Some(_) = require("ssh") else { return };
    let stage = Stage::new();
    let ssh = |args: &[&str]| run(stage.openssh("ssh").args(args));
    assert_eq!(
        ssh(&["edge", "echo out; echo err >&2; exit 5"]),
        (Some(5), "out\n".into(), "err\n".into())
    );
    let (code, out, err) = ssh(&["-tt", "edge", "test -t 0 && tty && stty size && echo $TERM"]);
    assert_eq!(code, Some(0), "{out}{err}");
    assert!(out.starts_with("/dev/pts/"), "{out}");
    let (_, out, _) = ssh(&[
        "-o",
        "SendEnv=LANG",
        "-o",
        "SetEnv=LC_NAME=x",
        "edge",
        "echo $LC_NAME",
    ]);
    assert_eq!(out, "x\n");
    let (code, _, err) = ssh(&["-o", "LogLevel=INFO", "-W", "example.org:80", "edge"]);
    assert_eq!(code, Some(255));
    assert!(err.contains("administratively prohibited"), "{err}");
}

#[test]
fn a_password_that_is_asked_for() {
    let Some(_) = require("ssh") else { return };
    let stage = Stage::new();
    let ask = stage.at("ask");
    for (password, code) in [(PASSWORD, 0), ("wrong", 255)] {
        fs::write(&ask, format!("#!/bin/sh\necho '{password}'\n")).unwrap();
        fs::set_permissions(&ask, fs::Permissions::from_mode(0o700)).unwrap();
        for method in ["keyboard-interactive", "password"] {
            let mut ssh = stage.openssh("ssh");
            ssh.args([
                "-o",
                "BatchMode=no",
                "-o",
                "NumberOfPasswordPrompts=1",
                "-o",
                "PubkeyAuthentication=no",
            ])
            .arg("-o")
            .arg(format!("PreferredAuthentications={method}"))
            .args(["edge", "echo in"])
            .env("SSH_ASKPASS", &ask)
            .env("SSH_ASKPASS_REQUIRE", "force");
            let (ended, out, err) = run(&mut ssh);
            assert_eq!(ended, Some(code), "{method} {out}{err}");
        }
    }
}

#[test]
fn an_interactive_shell() {
    let Some(_) = require("ssh") else { return };
    let stage = Stage::new();
    let mut shell = stage
        .openssh("ssh")
        .args(["-tt", "edge"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut typed = shell.stdin.take().unwrap();
    typed
        .write_all(b"sudo id -u | sed s/^/root=/\nexit 4\n")
        .unwrap();
    let output = shell.wait_with_output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(text.contains("This is a rehearsal"), "{text}");
    assert!(text.contains("root=0"), "{text}");
    assert_eq!(output.status.code(), Some(4), "{text}");
}

#[test]
fn scp_both_ways_in_both_protocols() {
    let Some(_) = require("scp") else { return };
    let stage = Stage::new();
    let bytes = noise(3 << 20);
    fs::write(stage.at("there"), &bytes).unwrap();
    for (index, protocol) in ["-O", "-s"].into_iter().enumerate() {
        let name = format!("file{index}");
        let scp = |from: &str, to: &str| run(stage.openssh("scp").args(["-p", protocol, from, to]));
        let there = stage.at("there").display().to_string();
        let (code, _, err) = scp(&there, &format!("edge:{name}"));
        assert_eq!(code, Some(0), "{protocol} {err}");
        let host = stage
            .node
            .scratch()
            .host_path(&format!("/home/sshuser/{name}"));
        assert!(fs::read(host).unwrap() == bytes);
        let back = stage.at("back").display().to_string();
        let (code, _, err) = scp(&format!("edge:/home/sshuser/{name}"), &back);
        assert_eq!(code, Some(0), "{protocol} {err}");
        assert!(fs::read(&back).unwrap() == bytes);
        let (code, _, err) = scp(&there, "edge:/etc/hosts");
        assert_ne!(code, Some(0), "{err}");
        assert!(err.to_lowercase().contains("permission denied"), "{err}");
    }
}

#[test]
fn sftp_with_the_users_rights() {
    let Some(_) = require("sftp") else { return };
    let stage = Stage::new();
    fs::write(stage.at("local"), "hello\n").unwrap();
    let batch = format!(
        "pwd\nput {0} a\nchmod 600 a\nrename a b\nmkdir d\nln -s b l\nls -l\n-rm /etc/passwd\n-get /etc/sudoers {0}.x\n\
         get /etc/os-release {0}.os\nrmdir d\nrm l\n",
        stage.at("local").display()
    );
    fs::write(stage.at("batch"), batch).unwrap();
    let (code, out, err) = run(stage
        .openssh("sftp")
        .arg("-b")
        .arg(stage.at("batch"))
        .arg("edge"));
    assert_eq!(code, Some(0), "{out}{err}");
    assert!(out.contains("/home/sshuser\n"), "{out}");
    assert!(out.contains("-rw-------"), "{out}");
    assert!(
        err.contains("Permission denied") || err.contains("Failure"),
        "{err}"
    );
    assert!(!stage.at("local.x").exists() || fs::read(stage.at("local.x")).unwrap().is_empty());
    assert!(
        fs::read_to_string(stage.at("local.os"))
            .unwrap()
            .contains("18.04.6")
    );
    let host = stage.node.scratch().host_path("/home/sshuser/b");
    assert_eq!(fs::read_to_string(host).unwrap(), "hello\n");
    assert_eq!(
        stage.node.scratch().owner("/home/sshuser/b").unwrap(),
        (1000, 1000)
    );
}

#[test]
fn rekeying_and_forwarding() {
    let Some(_) = require("ssh") else { return };
    let stage = Stage::new();
    let many = "head -c 30000000 /dev/zero | tr '\\0' x";
    let (code, out, err) = run(stage
        .openssh("ssh")
        .args(["-o", "RekeyLimit=4M", "edge", many]));
    assert_eq!((code, out.len()), (Some(0), 30_000_000), "{err}");
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let target = format!("localhost:{}", listener.local_addr().unwrap().port());
    // Whoever comes: another test may try a port that was its own a moment ago.
    std::thread::spawn(move || {
        for peer in listener.incoming() {
            let _ = peer.unwrap().write_all(b"from there");
        }
    });
    let (code, out, err) = run(stage.openssh("ssh").args(["-W", &target, "edge"]));
    assert_eq!((code, out.as_str()), (Some(0), "from there"), "{err}");
}

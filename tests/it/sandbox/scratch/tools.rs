//! Everyday programs: what they do on a machine they do here.

use super::{Stage, has};

#[test]
fn coreutils() {
    let stage = Stage::new();
    stage
        .sh(
            "root",
            "cd /etc/hdikafka
             install -m 640 -o root -g kafka /etc/passwd a && stat -c '%a %U:%G %s' a
             cp -p a b && stat -c '%a %U:%G' b && cmp a b
             mv b c && test ! -e b
             mkdir -p x/y/z && touch x/y/z/f && find . -type f | sort
             chmod -R go-rwx x && stat -c %a x/y/z/f
             chown -R kafka:hadoop x && find x -user kafka | wc -l
             ls -l c | awk '{ print $1, $3, $4 }'
             rm -r x && ls
             ln c d && stat -c %h c
             ln -s c e && cat e | wc -l && readlink e
             touch -d '2020-02-02 00:00:00 UTC' c && stat -c %Y c
             sha256sum < c | cut -c 1-8 > s && test -s s
             cat c > /var/log/hdikafka/log; tail -n 1 /var/log/hdikafka/log | cut -d : -f 1
             dd if=/dev/zero of=z bs=1024 count=3 2>/dev/null && stat -c %s z && truncate -s 1 z && stat -c %s z
             d=$(mktemp -d) && test -d $d && stat -c %a $d && f=$(mktemp -u $d/.hdikafka-XXXXXX) && test ! -e $f",
        )
        .is("640 root:kafka 112\n640 root:kafka\n./a\n./c\n./x/y/z/f\n600\n4\n-rw-r----- root kafka\na\nc\n2\n3\nc\n1580601600\nkafka\n3072\n1\n700\n");
}

#[test]
fn shells() {
    let line = "umask 077; cd /tmp; for i in 1 2 3; do echo $i > f$i; done; cat f?; set -C; (: > f1) 2>/dev/null || echo kept
        stat -c %a f1; (exit 7); echo $?; echo $(echo a | tr a b); cat <<X
here
X
";
    for shell in ["dash", "bash", "busybox"] {
        if !has(shell) {
            continue;
        }
        let stage = Stage::new();
        let argv: &[&str] = if shell == "busybox" {
            &["busybox", "sh", "-c", line]
        } else {
            &[shell, "-c", line]
        };
        stage
            .run("sshuser", argv, b"")
            .is("1\n2\n3\nkept\n600\n7\nb\nhere\n");
    }
}

#[test]
fn scripts_run_by_their_first_line() {
    let stage = Stage::new();
    stage
        .sh(
            "root",
            "cd /tmp && printf '#!/bin/sh -e\\necho \"$0\" \"$@\"\\n' > s && chmod 755 s && ./s a 'b c' && /tmp/s d
             printf '#!/tmp/s\\n' > t && chmod 755 t && ./t x
             printf 'echo plain' > p && chmod 755 p && ./p
             printf '#!/no/such\\n' > n && chmod 755 n; ./n 2>/dev/null || echo $?
             chmod 644 s; ./s 2>/dev/null || echo $?",
        )
        .is("./s a b c\n/tmp/s d\n/tmp/s ./t x\nplain\n127\n126\n");
}

/// ldconfig is linked statically everywhere.
#[test]
fn a_static_program_is_mapped_too() {
    if !has("ldconfig") {
        return;
    }
    let stage = Stage::new();
    stage
        .sh("root", "ldconfig -X -C /etc/hdikafka/cache 2>/dev/null; test -s /etc/hdikafka/cache && ldconfig -p -C /etc/hdikafka/cache | grep -o -m 1 'libc.so.6 '")
        .is("libc.so.6 \n");
}

#[test]
fn the_host_cannot_be_reached_by_number() {
    if !has("renice") || !has("prlimit") {
        return;
    }
    let stage = Stage::new();
    let own = std::process::id();
    stage
        .sh("root", &format!("renice 5 {own}"))
        .fails("not permitted");
    stage
        .sh("root", &format!("prlimit --pid {own} --nofile=100:100"))
        .fails("not permitted");
    stage.sh("root", "ulimit -n 100 && ulimit -n").is("100\n");
}

#[test]
fn sed_tar_and_awk() {
    let stage = Stage::new();
    stage
        .sh(
            "root",
            "cd /etc/hdikafka && printf 'a=1\\n' > f && chmod 640 f && chown root:kafka f && sed -i s/1/2/ f && cat f && stat -c '%a %U %G' f
             awk -F = '{ print $2 > \"/tmp/w\" }' f && cat /tmp/w",
        )
        .is("a=2\n640 root kafka\n2\n");
    if has("tar") {
        stage
            .sh("root", "tar -C /etc/hdikafka -cf /tmp/t.tar f && mkdir /tmp/u && tar -C /tmp/u -xpf /tmp/t.tar && stat -c '%a %U %G' /tmp/u/f")
            .is("640 root kafka\n");
    }
}

#[test]
fn flock_keeps_the_second_out() {
    if !has("flock") {
        return;
    }
    let stage = Stage::new();
    stage
        .sh("root", "exec 9>>/run/hdikafka.lock; flock -n 9 && { flock -n /run/hdikafka.lock echo both || echo out; }; ls -l /run/hdikafka.lock | cut -c 1-10")
        .is("out\n-rw-r--r--\n");
}

#[test]
fn tail_follows_a_file_that_grows() {
    let stage = Stage::new();
    stage
        .sh(
            "root",
            "echo 1 > /var/log/hdikafka/l; tail -f /var/log/hdikafka/l > /tmp/seen & until grep -q 1 /tmp/seen; do :; done
             echo 2 >> /var/log/hdikafka/l; until grep -q 2 /tmp/seen; do :; done; kill $!; wait; cat /tmp/seen",
        )
        .is("1\n2\n");
}

#[test]
fn python_with_threads_and_children() {
    if !has("python3") {
        return;
    }
    let stage = Stage::new();
    let program = r#"
import os, subprocess, threading, pathlib
def work(n):
    for i in range(20):
        p = pathlib.Path(f"/tmp/{n}-{i}")
        p.write_text(str(n))
        assert p.read_text() == str(n) and p.owner() == "sshuser"
        p.unlink()
threads = [threading.Thread(target=work, args=(n,)) for n in range(8)]
[t.start() for t in threads]
[t.join() for t in threads]
print(subprocess.run(["sh", "-c", "id -un; exit 3"], stdout=subprocess.PIPE, text=True))
print(os.spawnlp(os.P_WAIT, "true", "true"), os.path.realpath("/usr/hdp/current/kafka-broker"))
"#;
    stage
        .run("sshuser", &["python3", "-c", program], b"")
        .is("CompletedProcess(args=['sh', '-c', 'id -un; exit 3'], returncode=3, stdout='sshuser\\n')\n0 /usr/hdp/2.4.1/kafka\n");
}

#[test]
fn pgrep_finds_the_nodes_processes_only() {
    if !has("pgrep") {
        return;
    }
    let stage = Stage::new();
    stage
        .sh(
            "root",
            "pgrep -x systemd; pgrep -f '^/sbin/init'; pgrep -x sleep",
        )
        .fails("");
    stage
        .sh("root", "pgrep -x systemd; pgrep -f '^/sbin/init'")
        .is("1\n1\n");
    stage
        .sh(
            "sshuser",
            "sleep 100 & until pgrep -u sshuser -x sleep > /dev/null; do :; done; pgrep -u kafka -x sleep || echo none; kill $!")
        .is("none\n");
}

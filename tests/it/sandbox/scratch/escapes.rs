//! Nothing of the host is changed, and no way around leads out of the scratch unnoticed.

use super::{Stage, has};

#[test]
fn the_host_is_read_only() {
    let stage = Stage::new();
    for line in [
        "touch /etc/hdikafka-was-here",
        "mkdir /usr/hdikafka-was-here",
        "echo x >> /etc/hosts",
        "rm -f /etc/hosts",
        "chmod 600 /etc/hosts",
        "chown 1 /etc/hosts",
        "ln /etc/hosts /etc/hosts2",
        "mv /etc/hosts /etc/hosts2",
        "ln -s a /etc/hdikafka-link",
        "touch -d 2020-01-01 /etc/hosts",
        "truncate -s 0 /etc/hosts",
        "mkfifo /var/hdikafka-pipe",
        "echo 1 > /proc/sys/vm/drop_caches",
        "cd /etc/hdikafka && echo x > ../hdikafka-was-here",
        "cd /etc/hdikafka && ln -s /etc l && echo x > l/hdikafka-was-here",
    ] {
        stage.sh("root", line).fails("Read-only file system");
    }
    stage
        .sh("root", "ln /etc/hosts /etc/hdikafka/h")
        .fails("ross-device");
    // A move across the border is a copy and an unlink, and the unlink is refused.
    stage
        .sh("root", "mv /etc/hosts /etc/hdikafka/h")
        .fails("Read-only file system");
    assert!(!std::path::Path::new("/etc/hdikafka-was-here").exists());
}

#[test]
fn devices_without_memory_may_be_written() {
    let stage = Stage::new();
    stage
        .sh(
            "sshuser",
            "echo x > /dev/null; echo y > /dev/stdout; echo z >&2; echo w > /dev/fd/1",
        )
        .is("y\nw\n");
    stage.sh("root", "echo x > /dev/mem").fails("");
}

#[test]
fn dots_lead_to_the_guests_parent() {
    let stage = Stage::new();
    stage
        .sh("sshuser", "cd /etc/hdikafka/.. && pwd -P && cd ../etc/./hdikafka && /bin/pwd && cd -P .. && /bin/pwd && test -e os-release && head -c 4 passwd")
        .is("/etc\n/etc/hdikafka\n/etc\nroot");
    stage
        .sh("root", "cd /usr/hdp/current/kafka-broker/ && /bin/pwd && ls .. && ls /usr/hdp/current/kafka-broker/..")
        .is("/usr/hdp/2.4.1/kafka\nkafka\nkafka\n");
    stage
        .sh(
            "sshuser",
            "cd / && cat etc/group | head -n 1; cd usr && ls hdp/current",
        )
        .is("root:x:0:\nkafka-broker\n");
}

#[test]
fn links_are_guest_paths() {
    let stage = Stage::new();
    stage
        .sh("root", "cd /usr/hdp/current/kafka-broker/config && echo v > p && readlink -f p && readlink /usr/hdp/current/kafka-broker && cat /usr/hdp/current/kafka-broker/config/p")
        .is("/usr/hdp/2.4.1/kafka/config/p\n/usr/hdp/2.4.1/kafka\nv\n");
    stage
        .sh(
            "root",
            "ln -s /etc/passwd /tmp/l && head -c 5 /tmp/l && ln -s /tmp/m /tmp/m && cat /tmp/m",
        )
        .fails("Too many levels");
    stage
        .sh("root", "ln -s ../../../../../../../../etc/hdikafka /tmp/up && touch /tmp/up/x && ls /etc/hdikafka")
        .is("x\n");
}

#[test]
fn the_magic_links_of_proc_stay_inside() {
    let stage = Stage::new();
    let line = "for way in /proc/self/root /proc/$$/root /proc/thread-self/root /proc/$$/task/$$/root; do head -n 1 $way/etc/group; done
        cd /proc/self/root && cat etc/passwd | wc -l
        cd /etc/hdikafka; readlink /proc/self/cwd; ls -d /proc/self/cwd/../hdikafka
        readlink /proc/1/root || echo none";
    stage.sh("root", line).is(
        "root:x:0:\nroot:x:0:\nroot:x:0:\nroot:x:0:\n3\n/etc/hdikafka\n/proc/self/cwd/../hdikafka\nnone\n",
    );
    stage
        .sh("root", "exec 3>/etc/hdikafka/f; readlink /proc/self/fd/3; echo x > /proc/self/fd/3; cat /etc/hdikafka/f")
        .is("/etc/hdikafka/f\nx\n");
    let dir = stage.dir.path().canonicalize().unwrap();
    stage
        .sh("root", &format!("ls {}", dir.display()))
        .fails("No such file");
}

#[test]
fn directories_of_descriptors_lead_where_they_are_on_the_node() {
    if !has("python3") {
        return;
    }
    let stage = Stage::new();
    let program = r#"
import os, socket, array
fd = os.open("/etc/hdikafka", os.O_RDONLY | os.O_DIRECTORY)
print(os.read(os.open("../group", os.O_RDONLY, dir_fd=fd), 9).decode())
a, b = socket.socketpair()
root = os.open("/", os.O_RDONLY)
socket.send_fds(a, [b"x"], [root])
_, fds, _, _ = socket.recv_fds(b, 1, 1)
print(os.read(os.open("etc/group", os.O_RDONLY, dir_fd=fds[0]), 9).decode())
os.fchdir(fd)
print(os.getcwd(), os.listdir(".."  )[:0])
try:
    os.mkdir("../hdikafka-was-here")
except OSError as error:
    print(error.strerror)
try:
    os.chroot("/tmp")
except OSError as error:
    print(error.strerror)
print(os.fstat(fd).st_uid)
"#;
    stage.run("root", &["python3", "-c", program], b"").is(
        "root:x:0:\nroot:x:0:\n/etc/hdikafka []\nRead-only file system\nOperation not permitted\n0\n",
    );
}

#[test]
fn sockets_are_the_nodes_own() {
    if !has("python3") {
        return;
    }
    let stage = Stage::new();
    let program = r#"
import os, socket
name = "/home/sshuser/a-rather-long-name-that-does-not-fit-with-the-place-of-the-scratch-before-it-0123456789"
s = socket.socket(socket.AF_UNIX)
s.bind(name)
s.listen(1)
socket.socket(socket.AF_UNIX).connect(name)
print(os.stat(name).st_uid, oct(os.stat(name).st_mode))
for other in ["/run/docker.sock", "\0abstract"]:
    try:
        socket.socket(socket.AF_UNIX).connect(other)
    except OSError as error:
        print(type(error).__name__)
"#;
    let said = stage.run("sshuser", &["python3", "-c", program], b"");
    assert!(said.status.success(), "{}", said.err);
    assert!(said.out.starts_with("1001 0o140755\n"), "{}", said.out);
    assert!(
        said.out.ends_with("ConnectionRefusedError\n"),
        "{}",
        said.out
    );
}

#[test]
fn only_the_nodes_processes_exist() {
    let stage = Stage::new();
    let own = std::process::id();
    stage
        .sh(
            "root",
            &format!("test -e /proc/{own} || echo none; kill -0 {own}"),
        )
        .fails("No such process");
    stage.sh("root", "cat /proc/1/comm").is("systemd\n");
    let said = stage.sh("sshuser", "cd /proc; for p in [0-9]*; do tr '\\0' ' ' < $p/cmdline; echo; done; test -e /proc/uptime && ls /proc | grep -c meminfo");
    assert!(said.out.starts_with("/sbin/init \n"), "{}", said.out);
    assert_eq!(said.out.lines().count(), 3, "{}", said.out);
    stage.sh("sshuser", "kill -9 1").fails("not permitted");
}

#[test]
fn a_full_disk_is_full_below_its_prefix() {
    let stage = Stage::new();
    stage.scratch.set_full("/etc/hdikafka", true);
    stage
        .sh("root", "echo x > /etc/hdikafka/x")
        .fails("No space left");
    stage
        .sh(
            "root",
            "df -Pk /etc/hdikafka | awk 'NR == 2 { print $4 }'; touch /tmp/x",
        )
        .is("0\n");
    stage.scratch.set_full("/etc/hdikafka", false);
    stage.sh("root", "echo x > /etc/hdikafka/x").is("");
}

//! Who may do what: virtual users, groups, modes, and how they change.

use super::{Stage, has};

#[test]
fn a_program_sees_its_own_person() {
    let stage = Stage::new();
    stage
        .sh("sshuser", "id")
        .is("uid=1001(sshuser) gid=1001(sshuser) groups=1001(sshuser),27(sudo)\n");
    stage.sh("root", "id -u; id -g").is("0\n0\n");
}

#[test]
fn root_writes_where_a_user_may_not() {
    let stage = Stage::new();
    stage
        .sh("sshuser", "echo x > /etc/hdikafka/a")
        .fails("ermission denied");
    stage
        .sh(
            "root",
            "umask 027; echo x > /etc/hdikafka/a; chown root:kafka /etc/hdikafka/a
             stat -c '%a %U %G' /etc/hdikafka/a; cat /etc/hdikafka/a",
        )
        .is("640 root kafka\nx\n");
    stage
        .sh("sshuser", "cat /etc/hdikafka/a")
        .fails("ermission denied");
    stage.sh("kafka", "cat /etc/hdikafka/a").is("x\n");
    stage
        .sh("kafka", "echo y >> /etc/hdikafka/a")
        .fails("ermission denied");
}

/// Every operation on a file of root's in a directory of root's, as a stranger; then as root, on modes that would stop
/// an ordinary owner.
#[test]
fn the_matrix() {
    let stage = Stage::new();
    stage
        .sh(
            "root",
            "cd /etc/hdikafka && mkdir d && echo x > d/f && chmod 600 d/f && chmod 755 d && mkdir s && chmod 700 s && echo y > s/f",
        )
        .is("");
    for refused in [
        "cat d/f",
        "echo z > d/f",
        "rm -f d/f",
        "mv d/f d/g",
        "mv d e",
        "mkdir d/x",
        "ln -s a d/l",
        "mkfifo d/p",
        "chmod 666 d/f",
        "chown sshuser d/f",
        "chgrp sudo d/f",
        "touch d/f",
        "touch -d 2020-01-01 d/f",
        "truncate -s 0 d/f",
        "rmdir s",
        "ls s",
        "cat s/f",
        "cd s",
        "cp d/f /tmp/f",
    ] {
        let said = stage.sh("sshuser", &format!("cd /etc/hdikafka && {refused}"));
        assert!(!said.status.success(), "{refused} worked: {}", said.out);
        let words = said.err.contains("ermission denied")
            || said.err.contains("not permitted")
            || said.err.contains("can't cd to");
        assert!(words, "{refused}: {}", said.err);
    }
    stage
        .sh(
            "sshuser",
            "cd /etc/hdikafka; test -r d/f; echo $?; test -w d; echo $?; test -x d; echo $?",
        )
        .is("1\n1\n0\n");
    stage
        .sh(
            "root",
            "cd /etc/hdikafka && chmod 0 d/f d && cat d/f && echo more >> d/f && wc -l < d/f && stat -c %a d/f d && rm -r d && test ! -e d",
        )
        .is("x\n2\n0\n0\n");
}

#[test]
fn a_user_may_give_a_file_to_an_own_group_only() {
    let stage = Stage::new();
    stage
        .sh(
            "sshuser",
            "cd; touch f && chgrp sudo f && stat -c '%U %G' f",
        )
        .is("sshuser sudo\n");
    stage
        .sh("sshuser", "cd; chgrp kafka f")
        .fails("not permitted");
    stage
        .sh("sshuser", "cd; chown root f")
        .fails("not permitted");
    assert_eq!(stage.scratch.owner("/home/sshuser/f").unwrap(), (1001, 27));
}

#[test]
fn the_sticky_bit_keeps_the_files_of_others() {
    let stage = Stage::new();
    stage
        .sh("kafka", "echo k > /tmp/k; chmod 666 /tmp/k")
        .is("");
    stage.sh("sshuser", "rm -f /tmp/k").fails("not permitted");
    stage
        .sh("sshuser", "mv /tmp/k /tmp/l")
        .fails("not permitted");
    stage.sh("sshuser", "echo s >> /tmp/k").is("");
    stage.sh("kafka", "rm /tmp/k").is("");
}

#[test]
fn set_user_id_gives_roots_rights_and_remembers_who_asked() {
    let stage = Stage::new();
    let program = stage.scratch.host_path("/bin/asroot");
    std::fs::write(
        &program,
        "#!/bin/sh -p\nid -ru; id -u; cat /etc/hdikafka/secret\n",
    )
    .unwrap();
    stage
        .sh("root", "umask 077; echo s > /etc/hdikafka/secret")
        .is("");
    stage.scratch.set_mode("/bin/asroot", 0o755).unwrap();
    stage.sh("sshuser", "asroot").fails("ermission denied");
    stage.scratch.set_mode("/bin/asroot", 0o4755).unwrap();
    stage.sh("sshuser", "asroot").is("1001\n0\ns\n");
    stage
        .sh(
            "sshuser",
            "stat -c '%a %U' /usr/bin/asroot; ls -l /bin/asroot | cut -c 1-10",
        )
        .is("4755 root\n-rwsr-xr-x\n");
    // Giving it away takes the bit.
    stage
        .sh("root", "chown kafka /bin/asroot; stat -c %a /bin/asroot")
        .is("755\n");
}

#[test]
fn root_may_become_anybody_and_nobody_comes_back() {
    if !has("setpriv") {
        return;
    }
    let stage = Stage::new();
    let line = "setpriv --reuid kafka --regid $(id -g kafka) --init-groups";
    stage
        .sh("root", &format!("{line} id"))
        .is("uid=1010(kafka) gid=1011(hadoop) groups=1011(hadoop),1012(kafka)\n");
    stage
        .sh("root", &format!("{line} test -w /etc/hdikafka; echo $?"))
        .is("1\n");
    stage
        .sh("root", &format!("{line} setpriv --reuid 0 id"))
        .fails("not permitted");
    stage
        .sh("sshuser", "setpriv --reuid kafka id")
        .fails("not permitted");
    stage
        .sh("root", &format!("{line} grep -E '^(Uid|Gid|CapEff)' /proc/self/status"))
        .is("Uid:\t1010\t1010\t1010\t1010\nGid:\t1011\t1011\t1011\t1011\nCapEff:\t0000000000000000\n");
}

#[test]
fn the_library_sees_and_sets_owners() {
    let stage = Stage::new();
    let file = stage
        .scratch
        .host_path("/usr/hdp/current/kafka-broker/config/x");
    assert!(file.starts_with(stage.dir.path().canonicalize().unwrap()));
    assert!(file.ends_with("usr/hdp/2.4.1/kafka/config/x"));
    std::fs::write(&file, "x").unwrap();
    let guest = "/usr/hdp/2.4.1/kafka/config/x";
    assert_eq!(stage.scratch.owner(guest).unwrap(), (0, 0));
    stage.scratch.set_owner(guest, 1010, 1011).unwrap();
    stage.scratch.set_mode(guest, 0o640).unwrap();
    stage
        .sh("root", &format!("stat -c '%a %u %g' {guest}"))
        .is("640 1010 1011\n");
    let error = stage
        .scratch
        .set_owner("/etc/os-release", 1, 1)
        .unwrap_err();
    assert_eq!(error.raw_os_error(), Some(libc::EROFS));
    assert!(stage.scratch.owner("/etc/hdikafka/none").is_err());
}

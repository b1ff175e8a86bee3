//! The scratch root: real programs in it, as a user and as root of the node.

mod stage;

use stage::Stage;

#[test]
fn a_program_sees_its_own_root_and_person() {
    let stage = Stage::new();
    let said = stage.sh(
        "sshuser",
        "id; cd /etc/hdikafka && pwd && readlink -f . && readlink /proc/self/cwd",
    );
    said.is("uid=1001(sshuser) gid=1001(sshuser) groups=1001(sshuser),27(sudo)\n/etc/hdikafka\n/etc/hdikafka\n/etc/hdikafka\n");
}

#[test]
fn root_writes_where_a_user_may_not() {
    let stage = Stage::new();
    stage
        .sh("sshuser", "echo x > /etc/hdikafka/a")
        .fails("ermission denied");
    stage
        .sh("root", "umask 027; echo x > /etc/hdikafka/a; chown root:kafka /etc/hdikafka/a; stat -c '%a %U %G' /etc/hdikafka/a; cat /etc/hdikafka/a")
        .is("640 root kafka\nx\n");
    stage
        .sh("sshuser", "cat /etc/hdikafka/a")
        .fails("ermission denied");
    stage.sh("kafka", "cat /etc/hdikafka/a").is("x\n");
    stage
        .sh("kafka", "echo y >> /etc/hdikafka/a")
        .fails("ermission denied");
}

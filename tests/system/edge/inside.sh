#!/bin/sh
# Runs inside of the fresh root, before it ever boots.
set -eu

# systemd-networkd and -resolved would take the lab's network apart; getty has no terminal to sit on. Not logind:
# without it a reboot hangs.
systemctl mask systemd-networkd.service systemd-networkd.socket systemd-resolved.service systemd-timesyncd.service \
  console-getty.service getty.target apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer \
  fstrim.timer systemd-networkd-wait-online.service

useradd --create-home --shell /bin/bash sshuser
# Locked with '*', not '!': without PAM sshd refuses the keys of an account whose password begins with '!'.
usermod --password '*' sshuser
echo 'sshuser ALL=(ALL) NOPASSWD:ALL' >/etc/sudoers.d/90-sshuser
chmod 0440 /etc/sudoers.d/90-sshuser
install -d -o sshuser -g sshuser -m 0700 /home/sshuser/.ssh
useradd --system --user-group --home-dir /var/lib/kafka --shell /usr/sbin/nologin kafka
install -d -o kafka -g kafka -m 0755 /var/log/kafka

# The lab gives every edge host keys of its own.
rm -f /etc/ssh/ssh_host_*
mkdir -p /etc/ssh/sshd_config.d
cat >/etc/ssh/sshd_config.d/lab.conf <<'CONF'
UsePAM no
UseDNS no
PasswordAuthentication yes
CONF

# Empty, so that every edge makes an id of its own; dbus keeps a second copy.
: >/etc/machine-id
rm -f /var/lib/dbus/machine-id

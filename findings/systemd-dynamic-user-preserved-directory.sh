#!/usr/bin/env bash
# RuntimeDirectoryPreserve=yes of a service with DynamicUser=yes makes its runtime directory inaccessible to every other user.
#
# Software: systemd 252 (Debian 12)
# Guess:    RuntimeDirectoryPreserve= decides only when the folder is removed; who may enter it is decided by RuntimeDirectoryMode=0755.
# Reality:  with RuntimeDirectoryPreserve=no every user may enter the folder; with yes it becomes a symbolic link to a folder below
#           /run/private, which only root may enter, even if a user of that name exists. A consumer's connect(2) to a socket in it
#           fails with EACCES, and root's does not.
# Source:   systemd.exec(5), RuntimeDirectoryPreserve= and DynamicUser=
# Date:     2026-11-30
# Needs:    root, and Debian's debootstrap and systemd-container: systemd runs in a container of its own.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
root=$folder/root
debootstrap --variant=minbase --include=systemd,systemd-sysv bookworm "$root" http://deb.debian.org/debian > "$folder/log" 2>&1
units=$root/etc/systemd/system
for preserve in no yes; do
    chroot "$root" useradd --system "user-$preserve"
    cat > "$units/preserve-$preserve.service" <<UNIT
[Service]
ExecStart=/bin/sleep 60
User=user-$preserve
DynamicUser=yes
RuntimeDirectory=preserve-$preserve
RuntimeDirectoryMode=0755
RuntimeDirectoryPreserve=$preserve
UNIT
done
cat > "$root/look" <<'CHECK'
#!/bin/sh
systemctl --version | head -1
systemctl start preserve-no preserve-yes
for preserve in no yes; do
    su -s /bin/sh daemon -c "cd /run/preserve-$preserve" 2>/dev/null && echo "$preserve: entered" || echo "$preserve: refused"
done
systemctl poweroff
CHECK
chmod +x "$root/look"
printf '[Service]\nType=oneshot\nExecStart=/look\nStandardOutput=file:/seen\n' > "$units/look.service"
mkdir -p "$units/multi-user.target.wants"
ln -s ../look.service "$units/multi-user.target.wants/look.service"
timeout 120 systemd-nspawn --quiet --directory="$root" --boot --console=pipe --register=no --keep-unit > "$folder/console" 2>&1 < /dev/null || true
cat "$root/seen"
grep -q '^systemd 252 ' "$root/seen"
grep -qx 'no: entered' "$root/seen"
grep -qx 'yes: refused' "$root/seen"

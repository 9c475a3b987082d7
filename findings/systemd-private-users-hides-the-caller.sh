#!/usr/bin/env bash
# A service with PrivateUsers=yes sees every caller of its Unix socket as 65534, except root and its own user.
#
# Software: systemd 252 (Debian 12)
# Guess:    it changes what the service may do to others' files and processes; who connects to its Unix socket is still reported by the kernel
#           (SO_PEERCRED), since that is the caller's identity and not the service's.
# Reality:  ids outside the service's user namespace, in which only root and its own user are, become the overflow id in SO_PEERCRED too. A
#           service that admits callers by their id refuses them all, or mixes them up, while tests as root or as the service's user pass.
# Source:   systemd.exec(5), PrivateUsers=
# Date:     2026-11-30
# Needs:    root, and Debian's debootstrap and systemd-container: systemd runs in a container of its own.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
root=$folder/root
debootstrap --variant=minbase --include=systemd,systemd-sysv,python3-minimal bookworm "$root" http://deb.debian.org/debian > "$folder/log" 2>&1
units=$root/etc/systemd/system
cat > "$root/serve.py" <<'PYTHON'
import socket, struct
listener = socket.socket(fileno=3)
while True:
    connection, _ = listener.accept()
    _, user, _ = struct.unpack("3i", connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))
    connection.sendall(str(user).encode())
    connection.close()
PYTHON
cat > "$root/ask.py" <<'PYTHON'
import socket, sys
connection = socket.socket(socket.AF_UNIX)
connection.connect(f"/run/peer-{sys.argv[1]}.sock")
print(connection.recv(20).decode())
PYTHON
for private in no yes; do
    printf '[Socket]\nListenStream=/run/peer-%s.sock\n' "$private" > "$units/peer-$private.socket"
    cat > "$units/peer-$private.service" <<UNIT
[Service]
ExecStart=/usr/bin/python3 /serve.py
User=service
PrivateUsers=$private
UNIT
done
cat > "$root/look" <<'CHECK'
#!/bin/sh
systemctl --version | head -1
systemctl start peer-no.socket peer-yes.socket
for private in no yes; do
    for user in root service consumer; do
        echo "PrivateUsers=$private: $user ($(id -u $user)) is $(su -s /bin/sh $user -c "python3 /ask.py $private")"
    done
done
systemctl poweroff 2>/dev/null
CHECK
chmod +x "$root/look"
chroot "$root" useradd --system --uid 990 service
chroot "$root" useradd --system --uid 991 consumer
printf '[Service]\nType=oneshot\nExecStart=/look\nStandardOutput=file:/seen\n' > "$units/look.service"
mkdir -p "$units/multi-user.target.wants"
ln -s ../look.service "$units/multi-user.target.wants/look.service"
timeout 120 systemd-nspawn --quiet --directory="$root" --boot --console=pipe --register=no --keep-unit > "$folder/console" 2>&1 < /dev/null || true
cat "$root/seen"
[ "$(tail -n +2 "$root/seen")" = "PrivateUsers=no: root (0) is 0
PrivateUsers=no: service (990) is 990
PrivateUsers=no: consumer (991) is 991
PrivateUsers=yes: root (0) is 0
PrivateUsers=yes: service (990) is 990
PrivateUsers=yes: consumer (991) is 65534" ]

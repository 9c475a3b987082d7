#!/usr/bin/env bash
# echo SECRET | secret-tool store … stores the newline as part of the secret.
#
# Software: libsecret-tools 0.20.5 with gnome-keyring 42.1 (Debian 12: libsecret-tools, gnome-keyring, dbus-daemon)
# Guess:    the line's end is not part of the secret, as with the passwords that other tools read from standard input, and as when it is
#           typed at the prompt.
# Reality:  the piped secret has a newline at its end, the typed one has none. `secret=$(secret-tool lookup …)` removes it, so that
#           scripts never notice; a program that reads the keyring over D-Bus sends it, percent-encoded or in Basic credentials, and
#           gets invalid_client. Write printf %s SECRET | secret-tool store ….
# Source:   libsecret, tool/secret-tool.c
# Date:     2026-11-30
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
chmod 700 "$folder"
# The bus starts no services, or a second keyring could be the one that answers.
cat > "$folder/bus.conf" <<CONF
<busconfig>
  <type>session</type>
  <listen>unix:tmpdir=$folder</listen>
  <policy context="default">
    <allow send_destination="*"/><allow receive_sender="*"/><allow own="*"/><allow user="*"/>
  </policy>
</busconfig>
CONF
cat > "$folder/type.py" <<'PYTHON'
import os, pty
process, terminal = pty.fork()
if process == 0:
    os.execvp("secret-tool", ["secret-tool", "store", "--label=typed", "client", "typed"])
seen = b""
while not seen.endswith(b": "):
    seen += os.read(terminal, 100)
os.write(terminal, b"secret\n")
try:
    while os.read(terminal, 100):
        pass
except OSError:
    pass
os.waitpid(process, 0)
PYTHON
cat > "$folder/try" <<'TRY'
printf password | gnome-keyring-daemon --foreground --components=secrets --unlock > /dev/null 2>&1 & keyring=$!
until secret-tool search --all client none 2> /dev/null; do sleep 0.1; done
echo secret | secret-tool store --label=piped client piped
python3 "$HOME/type.py"
echo "piped: $(secret-tool lookup client piped | wc -c) bytes"
echo "typed: $(secret-tool lookup client typed | wc -c) bytes"
kill "$keyring"
TRY
dpkg-query --show libsecret-tools gnome-keyring
seen=$(HOME=$folder XDG_DATA_HOME=$folder XDG_RUNTIME_DIR=$folder dbus-run-session --config-file="$folder/bus.conf" -- bash "$folder/try")
echo "$seen"
[ "$seen" = "piped: 7 bytes
typed: 6 bytes" ]

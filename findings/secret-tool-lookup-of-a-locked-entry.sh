#!/usr/bin/env bash
# secret-tool lookup of a locked entry fails without a word, as for an entry that does not exist.
#
# Software: libsecret-tools 0.20.5 with gnome-keyring 42.1 (Debian 12: libsecret-tools, gnome-keyring, dbus-daemon)
# Guess:    where no program can ask for the password, lookup says on standard error that the entry is locked; without a message there is no
#           such entry.
# Reality:  both fail with status 1, without output and without a message. search tells them apart: it lists a locked entry, and says that it
#           cannot read its secret. A script that stores a new secret after a silent lookup does so although there is one already.
# Source:   libsecret, tool/secret-tool.c
# Date:     2026-11-30
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
chmod 700 "$folder"
# The bus starts no services: no program asks for a password.
cat > "$folder/bus.conf" <<CONF
<busconfig>
  <type>session</type>
  <listen>unix:tmpdir=$folder</listen>
  <policy context="default">
    <allow send_destination="*"/><allow receive_sender="*"/><allow own="*"/><allow user="*"/>
  </policy>
</busconfig>
CONF
cat > "$folder/try" <<'TRY'
printf password | gnome-keyring-daemon --foreground --components=secrets --unlock > /dev/null 2>&1 & keyring=$!
until printf secret | secret-tool store --label=entry client there 2> /dev/null; do sleep 0.1; done
kill "$keyring"; wait "$keyring" 2> /dev/null || true
gnome-keyring-daemon --foreground --components=secrets < /dev/null > /dev/null 2>&1 & keyring=$!
until secret-tool search client none 2> /dev/null; do sleep 0.1; done
for name in there missing; do
    message=$(secret-tool lookup client "$name" 2>&1) && status=0 || status=$?
    echo "lookup of $name: status $status, message '$message'"
    echo "search of $name: $(secret-tool search client "$name" 2> "$HOME/errors" | wc -l) lines, $(head -n 1 "$HOME/errors")"
done
kill "$keyring"
TRY
dpkg-query --show libsecret-tools gnome-keyring
seen=$(LC_ALL=C.UTF-8 HOME=$folder XDG_DATA_HOME=$folder XDG_RUNTIME_DIR=$folder dbus-run-session --config-file="$folder/bus.conf" -- bash "$folder/try")
echo "$seen"
[ "$seen" = "lookup of there: status 1, message ''
search of there: 5 lines, secret-tool: Cannot get secret of a locked object
lookup of missing: status 1, message ''
search of missing: 0 lines, " ]

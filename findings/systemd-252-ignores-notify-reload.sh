#!/usr/bin/env bash
# A unit with Type=notify-reload is a unit without readiness and without reload on Debian 12.
#
# Software: systemd 252 (Debian 12; the type came with 253)
# Guess:    an unknown Type= keeps the unit from loading, so that the mistake is seen at installation.
# Reality:  the line is ignored with a warning in the journal, and the unit becomes Type=simple: units ordered after it start before it is ready, and
#           `systemctl reload` is refused. Type=notify with ExecReload=/bin/kill -HUP $MAINPID works with every version, and programs
#           that send RELOADING=1 need no change.
# Source:   systemd, NEWS of version 253
# Date:     2026-11-30
set -euo pipefail
systemctl --version | grep -q '^systemd 252 '
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
printf '[Service]\nType=notify-reload\nExecStart=/bin/true\n' > "$folder/finding.service"
seen=$(systemd-analyze verify --man=no "$folder/finding.service" 2>&1)
echo "$seen"
[[ $seen == *"Failed to parse service type, ignoring: notify-reload"* ]]
systemd-analyze verify --man=no "$folder/finding.service" 2>/dev/null

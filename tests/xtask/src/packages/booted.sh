#!/bin/sh
# Runs as a service of systemd in the copy of this system, with the packages installed: see booted.rs.
set -eux
unit=genesys-token-broker
folder=/etc/$unit
# As a user whose only right is to connect.
ask() {
    setpriv --reuid=65534 --regid=65534 --clear-groups \
        env GENESYS_TOKEN_BROKER=/run/$unit/socket genesys-token get > /token
    test "$(wc -c < /token)" -gt 20
}
pid() {
    systemctl show --property=MainPID --value $unit.service
}
trap 'journalctl --no-pager --unit=$unit.service | tail -20' EXIT

systemctl start $unit.socket $unit.service
ask
test "$(systemctl show --property=DynamicUser --value $unit.service)" = yes
test "$(stat --format='%U %a' /run/$unit)" = 'root 755'
test "$(stat --format='%U %a' /var/lib/private/$unit)" = "$unit 700"
test "$(readlink /var/lib/$unit)" = private/$unit
first=$(pid)
test "$(ps --format=user:32= "$first")" = $unit

# A reload keeps the process.
systemctl reload $unit.service
ask
test "$(pid)" = "$first"

# A restart keeps the socket, and so does a stop: the next consumer starts the broker again.
systemctl restart $unit.service
ask
test "$(pid)" != "$first"
systemctl stop $unit.service
test "$(systemctl show --property=Result --value $unit.service)" = success
test "$(pid)" = 0
ask
test "$(pid)" != 0

# An encrypted credential instead of the file, by the commands in docs/operations.md.
cp $folder/client-secret /secret.txt
(cd / && sh -eux /install/credential.sh)
sed -i 's|^client_secret_file.*|systemd_credential = "genesys-client-secret"|' $folder/config.toml
rm $folder/client-secret
systemctl restart $unit.service
ask

# Without the account of the package: systemd makes one for the time that the broker runs.
systemctl stop $unit.socket $unit.service
userdel $unit
chmod 755 $folder
chmod 644 $folder/config.toml
systemctl start $unit.service
ask
test "$(ps --format=user:32= "$(pid)")" = $unit

trap - EXIT
echo passed

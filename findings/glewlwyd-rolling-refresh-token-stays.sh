#!/usr/bin/env bash
# glewlwyd's rolling refresh tokens are not rotated: the same token lives longer with each use.
#
# Software: glewlwyd 2.7.5 (Debian 12: glewlwyd, curl)
# Guess:    "refresh-token-rolling": true is rotation: each refresh returns a new refresh token, and the old one is refused from then on
#           (RFC 9700 section 4.14.2); false keeps the same token.
# Reality:  with true as with false the old token is the only one, and no refresh returns another; true moves its end, false leaves it. A
#           client tried against glewlwyd has not shown that it stores what a rotating server sends; and with true a token that was
#           copied once is good for as long as anyone uses it.
# Source:   glewlwyd, src/plugin/protocol_oauth2.c
# Date:     2026-11-30
set -euo pipefail
folder=$(mktemp -d); server=; trap '[ -z "$server" ] || kill "$server"; rm -rf "$folder"' EXIT
cd "$folder"
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
python3 - <<'PYTHON'
import pathlib, sqlite3
# The package's schema has a first administrator, admin.
schema = pathlib.Path("/usr/share/dbconfig-common/data/glewlwyd/install/sqlite3").read_text()
with sqlite3.connect("glewlwyd.db") as database:
    database.executescript(schema)
PYTHON
cat > glewlwyd.conf <<CONF
port=$port
bind_address="127.0.0.1"
external_url="http://localhost:$port/"
login_url="login.html"
api_prefix="api"
static_files_path="/usr/share/glewlwyd/webapp/"
log_mode="console"
log_level="ERROR"
cookie_secure=0
session_key="SESSION"
admin_scope="g_admin"
profile_scope="g_profile"
user_module_path="/usr/lib/glewlwyd/user"
user_middleware_module_path="/usr/lib/glewlwyd/user_middleware"
client_module_path="/usr/lib/glewlwyd/client"
user_auth_scheme_module_path="/usr/lib/glewlwyd/scheme"
plugin_module_path="/usr/lib/glewlwyd/plugin"
hash_algorithm="SHA512"
database = { type = "sqlite3" path = "$folder/glewlwyd.db" };
CONF
glewlwyd --config-file=glewlwyd.conf > glewlwyd.log 2>&1 & server=$!
until curl --silent --output /dev/null "http://localhost:$port/"; do sleep 0.2; done
api=http://localhost:$port/api
post() {
    curl --silent --fail --cookie-jar jar --cookie jar --header 'Content-Type: application/json' --data "$2" "$api/$1"
}
post auth/ '{"username": "admin", "password": "password"}'
post scope/ '{"name": "read", "display_name": "Read", "password_required": false, "scheme": {}}'
post client/ '{"client_id": "id", "name": "Client", "confidential": true, "password": "secret", "enabled": true,
    "authorization_type": ["password", "refresh_token"], "scope": ["read"], "redirect_uri": []}'
post user/ '{"username": "user", "password": "password", "name": "User", "enabled": true, "scope": ["read"]}'
ask() {
    curl --silent --output body --write-out '%{http_code}' --user id:secret "$@" "$api/$plugin/token"
}
refresh_token() { python3 -c 'import json; print(json.load(open("body")).get("refresh_token", "none"))'; }
# When the refresh token that was issued last ends.
end() {
    python3 -c 'import sqlite3; print(*sqlite3.connect("glewlwyd.db").execute(
        "SELECT gpgr_expires_at FROM gpg_refresh_token ORDER BY gpgr_id DESC LIMIT 1").fetchone())'
}
for rolling in false true; do
    plugin=rolling-$rolling
    post mod/plugin/ '{"module": "oauth2-glewlwyd", "name": "'$plugin'", "display_name": "OAuth 2", "parameters": {
        "jwt-type": "sha", "jwt-key-size": "256", "key": "key", "access-token-duration": 60, "refresh-token-duration": 600,
        "refresh-token-rolling": '$rolling', "code-duration": 60, "auth-type-code-enabled": false, "auth-type-implicit-enabled": false,
        "auth-type-password-enabled": true, "auth-type-client-enabled": false, "auth-type-refresh-enabled": true, "scope": [],
        "additional-parameters": []}}'
    ask --data grant_type=password --data username=user --data password=password --data scope=read > status
    token=$(refresh_token) before=$(end)
    sleep 2
    for use in first second; do
        echo "rolling $rolling, $use use: $(ask --data grant_type=refresh_token --data "refresh_token=$token"), new refresh token: $(refresh_token)"
    done
    echo "rolling $rolling, its end moved: $([ "$(end)" -gt "$before" ] && echo yes || echo no)"
done > seen
cat seen
[ "$(cat seen)" = "rolling false, first use: 200, new refresh token: none
rolling false, second use: 200, new refresh token: none
rolling false, its end moved: no
rolling true, first use: 200, new refresh token: none
rolling true, second use: 200, new refresh token: none
rolling true, its end moved: yes" ]

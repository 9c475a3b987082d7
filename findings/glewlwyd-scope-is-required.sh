#!/usr/bin/env bash
# glewlwyd refuses client credentials without a scope with an empty 403, the same answer as for a wrong secret.
#
# Software: glewlwyd 2.7.5 (Debian 12: glewlwyd, curl)
# Guess:    without scope the token has the scopes of the client (RFC 6749 section 3.3: a default, or an invalid_scope error).
# Reality:  403 without a body, whether the scope is missing or the secret wrong: a user who checks the secret again and again finds
#           nothing. Secrets in the body get the same answer.
# Source:   glewlwyd, src/plugin/protocol_oauth2.c, check_auth_type_client_credentials_grant
# Date:     2026-11-29
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
post mod/plugin/ '{"module": "oauth2-glewlwyd", "name": "oauth2", "display_name": "OAuth 2", "parameters": {
    "jwt-type": "sha", "jwt-key-size": "256", "key": "key", "access-token-duration": 60, "refresh-token-duration": 600,
    "code-duration": 60, "auth-type-code-enabled": false, "auth-type-implicit-enabled": false, "auth-type-password-enabled": false,
    "auth-type-client-enabled": true, "auth-type-refresh-enabled": false, "scope": [], "additional-parameters": []}}'
post scope/ '{"name": "read", "display_name": "Read", "password_required": false, "scheme": {}}'
post client/ '{"client_id": "id", "name": "Client", "confidential": true, "password": "secret", "enabled": true,
    "authorization_type": ["client_credentials"], "scope": ["read"], "redirect_uri": []}'
answer() {
    curl --silent --output body --write-out '%{http_code}' "$@" --data grant_type=client_credentials "$api/oauth2/token"
    echo ", $([ -s body ] && echo 'a body' || echo 'no body')"
}
seen="with a scope: $(answer --user id:secret --data scope=read)
without a scope: $(answer --user id:secret)
with a wrong secret: $(answer --user id:wrong --data scope=read)
with the secret in the body: $(answer --data client_id=id --data client_secret=secret --data scope=read)"
echo "$seen"
[ "$seen" = "with a scope: 200, a body
without a scope: 403, no body
with a wrong secret: 403, no body
with the secret in the body: 403, no body" ]

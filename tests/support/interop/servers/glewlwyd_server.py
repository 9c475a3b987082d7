"""glewlwyd (Debian): client credentials, authorization code with PKCE, refresh tokens with rotation.

Starts glewlwyd with a database of its own in the working directory, configures it over its administration API, and forwards POST /token
to it. POST /codes issues a code: a user logs in, consents, and is redirected with it.
"""
import pathlib
import socket
import sqlite3
import subprocess
import time
from urllib.parse import parse_qs, urlsplit

import requests
from flask import Flask, Response, request

from common import CLIENTS, REDIRECT_URI, serve

# The Debian package initializes a database with the user admin.
SCHEMA = "/usr/share/dbconfig-common/data/glewlwyd/install/sqlite3"
SCOPE = "read"

CONFIGURATION = """
port={port}
bind_address="127.0.0.1"
external_url="http://localhost:{port}/"
login_url="login.html"
api_prefix="api"
static_files_path="/usr/share/glewlwyd/webapp/"
log_mode="console"
log_level="ERROR"
cookie_secure=0
session_key="GLEWLWYD2_SESSION_ID"
admin_scope="g_admin"
profile_scope="g_profile"
user_module_path="/usr/lib/glewlwyd/user"
user_middleware_module_path="/usr/lib/glewlwyd/user_middleware"
client_module_path="/usr/lib/glewlwyd/client"
user_auth_scheme_module_path="/usr/lib/glewlwyd/scheme"
plugin_module_path="/usr/lib/glewlwyd/plugin"
hash_algorithm="SHA512"
database = {{ type = "sqlite3" path = "{database}" }};
"""

PLUGIN = {
    "module": "oauth2-glewlwyd",
    "name": "oauth2",
    "display_name": "OAuth 2",
    "parameters": {
        "jwt-type": "sha", "jwt-key-size": "256", "key": "a key for tests",
        "access-token-duration": 60, "refresh-token-duration": 600, "code-duration": 300, "refresh-token-rolling": True,
        "auth-type-code-enabled": True, "auth-type-implicit-enabled": False, "auth-type-password-enabled": False,
        "auth-type-client-enabled": True, "auth-type-refresh-enabled": True,
        "pkce-allowed": True, "pkce-method-plain-allowed": False, "scope": [], "additional-parameters": [],
    },
}


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def start():
    database = pathlib.Path("glewlwyd.db").absolute()
    with sqlite3.connect(database) as connection:
        connection.executescript(pathlib.Path(SCHEMA).read_text())
    # Another process may take the port between choosing and listening.
    for _ in range(8):
        port = free_port()
        pathlib.Path("glewlwyd.conf").write_text(CONFIGURATION.format(port=port, database=database))
        process = subprocess.Popen(["glewlwyd", "--config-file=glewlwyd.conf"], stdout=subprocess.DEVNULL)
        while process.poll() is None:
            try:
                socket.create_connection(("127.0.0.1", port)).close()
                return f"http://localhost:{port}/api"
            except ConnectionRefusedError:
                time.sleep(0.05)
    raise SystemExit("glewlwyd does not start")


def session(username, password):
    session = requests.Session()
    session.trust_env = False
    session.post(f"{api}/auth/", json={"username": username, "password": password}).raise_for_status()
    return session


def configure():
    admin = session("admin", "password")
    grants = {"client_credentials": "client_credentials", "authorization_code": "code", "refresh_token": "refresh_token"}
    steps = [("mod/plugin/", PLUGIN), ("scope/", {"name": SCOPE, "display_name": SCOPE, "password_required": False, "scheme": {}}),
             ("user/", {"username": "owner", "name": "Owner", "password": "owner", "enabled": True, "scope": [SCOPE]})]
    for client in CLIENTS:
        public = client["auth"] == "none"
        steps.append(("client/", {
            "client_id": client["id"], "name": client["id"], "enabled": True, "confidential": not public, "scope": [SCOPE],
            "authorization_type": [grants[grant] for grant in client["grants"]], "redirect_uri": [REDIRECT_URI],
            **({} if public else {"password": client["secret"]}),
        }))
    for path, body in steps:
        admin.post(f"{api}/{path}", json=body).raise_for_status()


api = start()
configure()
application = Flask(__name__)


@application.post("/token")
def token():
    headers = {name: request.headers[name] for name in ("Authorization", "Content-Type") if name in request.headers}
    with requests.Session() as direct:
        direct.trust_env = False
        answer = direct.post(f"{api}/oauth2/token", data=request.get_data(), headers=headers)
    return Response(answer.content, answer.status_code, content_type=answer.headers.get("Content-Type"))


@application.post("/codes")
def issue_code():
    owner = session("owner", "owner")
    client = request.form["client_id"]
    owner.put(f"{api}/auth/grant/{client}", json={"scope": SCOPE}).raise_for_status()
    query = {"response_type": "code", "client_id": client, "redirect_uri": REDIRECT_URI, "scope": SCOPE, "g_continue": ""}
    if "code_challenge" in request.form:
        query |= {"code_challenge": request.form["code_challenge"], "code_challenge_method": "S256"}
    redirect = owner.get(f"{api}/oauth2/auth", params=query, allow_redirects=False)
    return parse_qs(urlsplit(redirect.headers["Location"]).query)["code"][0]


serve(application)

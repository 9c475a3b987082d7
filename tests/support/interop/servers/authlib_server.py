"""Authlib's OAuth 2 server in Flask: client credentials, authorization code with PKCE, refresh tokens with rotation.

POST /token is the token endpoint; POST /codes issues a code as after a user's consent.
"""
import os
import secrets
import time

os.environ["AUTHLIB_INSECURE_TRANSPORT"] = "1"  # nginx is the TLS terminator

from authlib.integrations.flask_oauth2 import AuthorizationServer
from authlib.oauth2.rfc6749 import ClientMixin, grants
from authlib.oauth2.rfc6749.models import AuthorizationCodeMixin
from authlib.oauth2.rfc7636 import CodeChallenge
from flask import Flask, request

from common import CLIENTS, REDIRECT_URI, RESERVED, serve


class Client(ClientMixin):
    def __init__(self, id, secret, auth, grants):
        self.client_id, self.secret, self.auth, self.grants = id, secret, auth, grants

    def get_client_id(self):
        return self.client_id

    def get_default_redirect_uri(self):
        return REDIRECT_URI

    def get_allowed_scope(self, scope):
        return scope or ""

    def check_redirect_uri(self, redirect_uri):
        return redirect_uri == REDIRECT_URI

    def check_client_secret(self, client_secret):
        return secrets.compare_digest(self.secret, client_secret)

    def check_endpoint_auth_method(self, method, endpoint):
        return method == self.auth

    def check_response_type(self, response_type):
        return response_type == "code"

    def check_grant_type(self, grant_type):
        return grant_type in self.grants


class Code(AuthorizationCodeMixin):
    def __init__(self, client_id, code_challenge):
        self.client_id, self.code_challenge = client_id, code_challenge
        self.code_challenge_method = "S256" if code_challenge else None

    def get_redirect_uri(self):
        return REDIRECT_URI

    def get_scope(self):
        return ""


class RefreshToken:
    def __init__(self, client_id):
        self.client_id = client_id

    def check_client(self, client):
        return client.client_id == self.client_id

    def get_scope(self):
        return ""


clients = {client["id"]: Client(**client) for client in CLIENTS}
codes, refresh_tokens = {}, {}


def save_token(token, request):
    if "refresh_token" in token:
        refresh_tokens[token["refresh_token"]] = RefreshToken(request.client.client_id)


class AuthorizationCodeGrant(grants.AuthorizationCodeGrant):
    TOKEN_ENDPOINT_AUTH_METHODS = ["client_secret_basic", "client_secret_post", "none"]

    def query_authorization_code(self, code, client):
        found = codes.get(code)
        return found if found and found.client_id == client.client_id else None

    def delete_authorization_code(self, authorization_code):
        for text in [text for text, code in codes.items() if code is authorization_code]:
            del codes[text]

    def authenticate_user(self, authorization_code):
        return "user"


class RefreshTokenGrant(grants.RefreshTokenGrant):
    INCLUDE_NEW_REFRESH_TOKEN = True
    TOKEN_ENDPOINT_AUTH_METHODS = ["client_secret_basic", "client_secret_post", "none"]

    def authenticate_refresh_token(self, refresh_token):
        return refresh_tokens.get(refresh_token)

    def authenticate_user(self, refresh_token):
        return "user"

    def revoke_old_credential(self, refresh_token):
        for text in [text for text, token in refresh_tokens.items() if token is refresh_token]:
            del refresh_tokens[text]


class ClientCredentialsGrant(grants.ClientCredentialsGrant):
    TOKEN_ENDPOINT_AUTH_METHODS = ["client_secret_basic", "client_secret_post"]


application = Flask(__name__)
application.config["OAUTH2_REFRESH_TOKEN_GENERATOR"] = True
server = AuthorizationServer(application, query_client=clients.get, save_token=save_token)
server.register_grant(ClientCredentialsGrant)
server.register_grant(AuthorizationCodeGrant, [CodeChallenge(required=False)])
server.register_grant(RefreshTokenGrant)


@application.post("/token")
def token():
    return server.create_token_response()


@application.post("/codes")
def issue_code():
    code = secrets.token_urlsafe(32) + RESERVED
    codes[code] = Code(request.form["client_id"], request.form.get("code_challenge"))
    return code


serve(application)

#!/usr/bin/env bash
# django-oauth-toolkit refuses an authorization request without PKCE, also of a client that has a secret.
#
# Software: django-oauth-toolkit 3.4.0 with Django 5.2.19 (PyPI)
# Guess:    PKCE is needed for public clients only; a confidential client gets its code without a code_challenge (RFC 6749 section 4.1).
# Reality:  the browser comes back with invalid_request "Code challenge required." The setting PKCE_REQUIRED is on by default. A client
#           library that sends code_challenge for public clients only works with other servers and fails here.
# Source:   oauth2_provider/settings.py
# Date:     2026-11-29
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m pip install --quiet --no-warn-conflicts --no-compile --target "$folder" django-oauth-toolkit==3.4.0 Django==5.2.19

cat > "$folder/try.py" <<'PYTHON'
import urllib.parse
import django
from django.conf import settings

settings.configure(
    SECRET_KEY="key", ALLOWED_HOSTS=["*"], ROOT_URLCONF=__name__, USE_TZ=True, DEFAULT_AUTO_FIELD="django.db.models.AutoField",
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
    INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions", "oauth2_provider"],
    MIDDLEWARE=["django.contrib.sessions.middleware.SessionMiddleware", "django.contrib.auth.middleware.AuthenticationMiddleware"],
)
django.setup()
from django.contrib.auth.models import User
from django.core.management import call_command
from django.test import Client
from django.urls import include, path
from oauth2_provider.models import Application

urlpatterns = [path("o/", include("oauth2_provider.urls", namespace="oauth2_provider"))]
call_command("migrate", verbosity=0)
user = User.objects.create_user("user")
Application.objects.create(
    client_id="id", client_secret="secret", client_type="confidential", authorization_grant_type="authorization-code",
    redirect_uris="https://app.example/callback", user=user, skip_authorization=True)
browser = Client()
browser.force_login(user)
request = {"client_id": "id", "response_type": "code", "redirect_uri": "https://app.example/callback", "scope": "read"}
challenge = {"code_challenge": "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM", "code_challenge_method": "S256"}
for name, parameters in (("without PKCE", {}), ("with PKCE", challenge)):
    response = browser.get("/o/authorize/", request | parameters)
    query = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(response.headers["Location"]).query))
    print(f"{name}:", query.get("error_description", "a code" if "code" in query else query))
PYTHON
seen=$(PYTHONPATH=$folder python3 "$folder/try.py")
echo "$seen"
[ "$seen" = "without PKCE: Code challenge required.
with PKCE: a code" ]

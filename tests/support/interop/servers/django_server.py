"""django-oauth-toolkit: client credentials, authorization code with PKCE, refresh tokens with rotation.

POST /token is the token endpoint; POST /codes issues a code as after a user's consent.
"""
import datetime
import secrets

import django
from django.conf import settings

settings.configure(
    SECRET_KEY=secrets.token_hex(),
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF=__name__,
    USE_TZ=True,
    DEFAULT_AUTO_FIELD="django.db.models.AutoField",
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "django.sqlite3"}},
    INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "oauth2_provider"],
    PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],  # quick, for tests
    # By default it requires PKCE of confidential clients as well.
    OAUTH2_PROVIDER={"ROTATE_REFRESH_TOKEN": True, "ACCESS_TOKEN_EXPIRE_SECONDS": 60, "PKCE_REQUIRED": False},
)
django.setup()

from django.core.management import call_command
from django.core.wsgi import get_wsgi_application
from django.http import HttpResponse
from django.urls import path
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from oauth2_provider.models import Application, Grant
from oauth2_provider.views import TokenView

from common import CLIENTS, REDIRECT_URI, RESERVED, serve


@csrf_exempt
def issue_code(request):
    code = secrets.token_urlsafe(32) + RESERVED
    challenge = request.POST.get("code_challenge", "")
    Grant.objects.create(
        application=Application.objects.get(client_id=request.POST["client_id"]),
        user=owner,
        code=code,
        expires=timezone.now() + datetime.timedelta(minutes=5),
        redirect_uri=REDIRECT_URI,
        code_challenge=challenge,
        code_challenge_method="S256" if challenge else "",
    )
    # With a length, because the WSGI server would send chunks, also to a client of HTTP/1.0.
    return HttpResponse(code, headers={"Content-Length": str(len(code))})


urlpatterns = [path("token", TokenView.as_view()), path("codes", issue_code)]
call_command("migrate", verbosity=0)
from django.contrib.auth.models import User

owner = User.objects.create_user("owner")
for client in CLIENTS:
    Application.objects.create(
        client_id=client["id"],
        client_secret=client["secret"],
        client_type="public" if client["auth"] == "none" else "confidential",
        authorization_grant_type="client-credentials" if "client_credentials" in client["grants"] else "authorization-code",
        redirect_uris=REDIRECT_URI,
        user=owner,
    )

serve(get_wsgi_application())

"""What the Python servers share: the clients, the log that the tests read, and the start of the HTTP server.

Standard output: one JSON object per line, first {"event":"listening","port":…}, then one {"event":"request",…} per token request,
written before its response is sent. No secret and no token is logged.
"""
import json
import logging
import pathlib

from werkzeug.serving import make_server

CLIENTS = json.loads((pathlib.Path(__file__).parent / "clients.json").read_text())
REDIRECT_URI = "http://localhost:8085/callback"
# At the end of each code: characters that a form has to encode.
RESERVED = "+/=%&"


def emit(**event):
    print(json.dumps(event), flush=True)


def recording(application):
    """WSGI middleware that logs status and form fields of POST /token that are not secret."""
    from urllib.parse import parse_qs
    import io

    def wrapped(environ, start_response):
        if environ["PATH_INFO"] != "/token":
            return application(environ, start_response)
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        environ["wsgi.input"] = io.BytesIO(body)
        form = parse_qs(body.decode())

        def record(status, headers, exc_info=None):
            emit(event="request", status=int(status.split()[0]), grant_type=form.get("grant_type", [""])[0],
                 has_verifier="code_verifier" in form, has_secret="client_secret" in form)
            return start_response(status, headers, exc_info)

        return application(environ, record)

    return wrapped


def serve(application):
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = make_server("127.0.0.1", 0, recording(application), threaded=True)
    emit(event="listening", port=server.server_port)
    server.serve_forever()

"""An HTTPS server with the OpenSSL that the package cryptography contains: HOST PORT CHAIN KEY [P-256 | small]"""

import socket
import sys

from OpenSSL import SSL, crypto

HEAD = b"HTTP/1.0 200 OK\r\n\r\n"
PIECE = 200


def serve(context, connection, count):
    session = SSL.Connection(context, connection)
    session.set_accept_state()
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        head += session.recv(4096)
    session.sendall(HEAD)
    # Each call makes a record.
    for _ in range(count):
        session.sendall(b"p" * PIECE)
    session.shutdown()


def main(host, port, chain, key, option=None):
    version = SSL.SSLeay_version(SSL.SSLEAY_VERSION).decode()
    if not version.startswith("OpenSSL 4."):
        sys.exit(f"this server needs OpenSSL 4, but the package cryptography contains {version}")
    context = SSL.Context(SSL.TLS_SERVER_METHOD)
    context.use_certificate_chain_file(chain)
    context.use_privatekey_file(key)
    if option == "P-256":
        context.set_tmp_ecdh(crypto.get_elliptic_curve("prime256v1"))
    listener = socket.create_server((host, int(port)))
    while True:
        connection, _ = listener.accept()
        try:
            serve(context, connection, 20 if option == "small" else 1)
        except SSL.Error:
            # A connection that only checks whether the server listens.
            pass
        connection.close()


if __name__ == "__main__":
    main(*sys.argv[1:])

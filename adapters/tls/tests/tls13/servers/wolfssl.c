/* An HTTPS server with wolfSSL: HOST PORT CHAIN KEY [P-256 | small] */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <wolfssl/options.h>
#include <wolfssl/ssl.h>

static const char HEAD[] = "HTTP/1.0 200 OK\r\n\r\n";
static const char PIECE[200] = "pong";

/* Reads a request to its empty line, and answers. */
static void serve(WOLFSSL *session, int pieces) {
    char head[4096];
    int length = 0;
    while (length < 4 || memcmp(head + length - 4, "\r\n\r\n", 4) != 0) {
        int count = wolfSSL_read(session, head + length, (int)sizeof head - length);
        if (count <= 0) {
            return;
        }
        length += count;
    }
    wolfSSL_write(session, HEAD, sizeof HEAD - 1);
    /* Each call makes a record. */
    while (pieces-- > 0) {
        wolfSSL_write(session, PIECE, sizeof PIECE);
    }
    wolfSSL_shutdown(session);
}

int main(int count, char **arguments) {
    if (count < 5) {
        return 2;
    }
    wolfSSL_Init();
    WOLFSSL_CTX *context = wolfSSL_CTX_new(wolfTLSv1_3_server_method());
    if (wolfSSL_CTX_use_certificate_chain_file(context, arguments[3]) != WOLFSSL_SUCCESS ||
        wolfSSL_CTX_use_PrivateKey_file(context, arguments[4], WOLFSSL_FILETYPE_PEM) != WOLFSSL_SUCCESS) {
        return 3;
    }
    int only_p256[] = {WOLFSSL_ECC_SECP256R1};
    int small = count > 5 && strcmp(arguments[5], "small") == 0;
    if (count > 5 && !small && wolfSSL_CTX_set_groups(context, only_p256, 1) != WOLFSSL_SUCCESS) {
        return 4;
    }
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((unsigned short)atoi(arguments[2]))};
    inet_pton(AF_INET, arguments[1], &address.sin_addr);
    if (bind(listener, (struct sockaddr *)&address, sizeof address) != 0 || listen(listener, 8) != 0) {
        return 5;
    }
    for (;;) {
        int connection = accept(listener, NULL, NULL);
        WOLFSSL *session = wolfSSL_new(context);
        wolfSSL_set_fd(session, connection);
        if (wolfSSL_accept(session) == WOLFSSL_SUCCESS) {
            serve(session, small ? 20 : 1);
        }
        wolfSSL_free(session);
        close(connection);
    }
}

#!/usr/bin/env bash
# Apache answers clients without SNI by 421 for every host but the first one, once the hosts have certificates of their own.
#
# Software: Apache httpd 2.4.71 (Debian 12: apache2-bin, openssl); the version is printed
# Guess:    the virtual host of a request is chosen by Host, also for a client or proxy that sends no SNI and does not mind the name in the
#           certificate (nginx in front of TLS servers does both by default).
# Reality:  only while the hosts share one certificate file: then a name in Host suffices. When one host gets a certificate of its own, requests
#           for it become 421 Misdirected Request although nothing else has changed. Let the proxy send SNI (nginx: proxy_ssl_server_name on,
#           proxy_ssl_name $host), or set SSLVHostSNIPolicy.
# Source:   httpd, modules/ssl/ssl_engine_kernel.c, ssl_hook_ReadReq; SSLVHostSNIPolicy
# Date:     2026-11-30
set -euo pipefail
folder=$(mktemp -d); server=; trap '[ -z "$server" ] || kill "$server"; rm -rf "$folder"' EXIT
cd "$folder"
for name in shared a b; do
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$name.key" -out "$name.pem" -days 10 -subj "/CN=$name.test" \
        -addext subjectAltName=DNS:a.test,DNS:b.test 2> /dev/null
done
for host in a b; do mkdir "$host"; echo "page of $host" > "$host/index.html"; done
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
# Arguments: the certificates of both hosts.
serve() {
    {
        for module in mpm_event ssl socache_shmcb authz_core dir; do
            echo "LoadModule ${module}_module /usr/lib/apache2/modules/mod_$module.so"
        done
        printf '%s\n' "PidFile pid" "ErrorLog error.log" "ServerName localhost" "Listen 127.0.0.1:$port" "DirectoryIndex index.html" \
            "User www-data" "Group www-data"
        for host in a b; do
            printf '<VirtualHost *:%s>\nServerName %s.test\nDocumentRoot %s\n' "$port" "$host" "$folder/$host"
            printf 'SSLEngine on\nSSLCertificateFile %s.pem\nSSLCertificateKeyFile %s.key\n</VirtualHost>\n' "$1" "$1"
            shift
        done
    } > httpd.conf
    chmod -R a+rX "$folder"
    apache2 -d "$folder" -f httpd.conf -D FOREGROUND 2> /dev/null & server=$!
    until (exec 3<> "/dev/tcp/127.0.0.1/$port") 2> /dev/null; do sleep 0.1; done
}
stop() { kill "$server"; wait "$server" 2> /dev/null || true; server=; }
ask() {
    printf 'GET / HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n' "$2" |
        openssl s_client -quiet -connect "127.0.0.1:$port" $1 2> /dev/null | sed -n '1s/HTTP.1.1 \(...\).*/\1/p; /^page/p' | tr '\n' ' ' | sed 's/ $//'
}
both() { echo "no SNI: a is $(ask -noservername a.test), b is $(ask -noservername b.test); SNI b: b is $(ask '-servername b.test' b.test)"; }
apache2 -v
serve shared shared; shared=$(both); stop
serve a b; own=$(both); stop
seen="one certificate. $shared
two certificates. $own"
echo "$seen"
[ "$seen" = "one certificate. no SNI: a is 200 page of a, b is 200 page of b; SNI b: b is 200 page of b
two certificates. no SNI: a is 200 page of a, b is 421; SNI b: b is 200 page of b" ]

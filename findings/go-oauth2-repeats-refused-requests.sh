#!/usr/bin/env bash
# Go's x/oauth2 answers a rate limit by a second token request at once, with the secret in the body.
#
# Software: golang.org/x/oauth2 0.3.0 (Debian 12: golang-go, golang-golang-x-oauth2-dev); the version is printed
# Guess:    one request; a 429 is returned as an error.
# Reality:  after any failure of the first request, a 429 or 503 included, it takes the server for one that reads no Basic credentials,
#           and sends the id and the secret in the body. So a rate limit is charged twice, and the secret is where servers and proxies may
#           log it. clientcredentials.Config{AuthStyle: oauth2.AuthStyleInHeader} sends one request.
# Source:   golang.org/x/oauth2/internal/token.go, RetrieveToken
# Date:     2026-11-29
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
cd "$folder"
dpkg-query --show golang-golang-x-oauth2-dev
cat > try.go <<'GO'
package main

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"
)

func main() {
	for _, style := range []oauth2.AuthStyle{oauth2.AuthStyleAutoDetect, oauth2.AuthStyleInHeader} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			_, _, basic := r.BasicAuth()
			fmt.Printf("style %d: Basic %v, secret in the body %v\n", style, basic, r.FormValue("client_secret") != "")
			w.Header().Set("Retry-After", "60")
			w.WriteHeader(429)
		}))
		config := clientcredentials.Config{ClientID: "id", ClientSecret: "secret", TokenURL: server.URL, AuthStyle: style}
		config.Token(context.Background())
		server.Close()
	}
}
GO
seen=$(GO111MODULE=off GOFLAGS='' GOPATH=/usr/share/gocode GOCACHE=$folder/cache NO_PROXY=127.0.0.1 go run try.go)
echo "$seen"
[ "$seen" = "style 0: Basic true, secret in the body false
style 0: Basic false, secret in the body true
style 2: Basic true, secret in the body false" ]

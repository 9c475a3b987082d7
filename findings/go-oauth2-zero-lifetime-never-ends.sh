#!/usr/bin/env bash
# To Go's x/oauth2 a token with "expires_in": 0 is valid forever.
#
# Software: golang.org/x/oauth2 0.3.0 (Debian 12: golang-go, golang-golang-x-oauth2-dev); the version is printed
# Guess:    the token has expired on arrival: each use makes a token request, or there is an error.
# Reality:  0 is taken for "no lifetime given", and a token without one is used until the program ends. A server or gateway that hands out
#           tokens from a cache states the remaining seconds and so, in a token's last second, 0: from then on the program sends a dead
#           token with every call, while with "expires_in": 1 the next use asks for a new one.
# Source:   golang.org/x/oauth2/internal/token.go, expiry
# Date:     2026-11-30
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

	"golang.org/x/oauth2/clientcredentials"
)

func main() {
	for _, lifetime := range []string{"0", "1"} {
		requests := 0
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			requests++
			w.Header().Set("Content-Type", "application/json")
			fmt.Fprintf(w, `{"access_token":"token","token_type":"bearer","expires_in":%s}`, lifetime)
		}))
		config := clientcredentials.Config{ClientID: "id", ClientSecret: "secret", TokenURL: server.URL}
		source := config.TokenSource(context.Background())
		for i := 0; i < 3; i++ {
			if _, err := source.Token(); err != nil {
				fmt.Println(err)
			}
		}
		token, _ := source.Token()
		fmt.Printf("expires_in %s: %d token requests for 4 uses, an expiry %v\n", lifetime, requests, !token.Expiry.IsZero())
		server.Close()
	}
}
GO
seen=$(GO111MODULE=off GOFLAGS='' GOPATH=/usr/share/gocode GOCACHE=$folder/cache NO_PROXY=127.0.0.1 go run try.go)
echo "$seen"
[ "$seen" = "expires_in 0: 1 token requests for 4 uses, an expiry false
expires_in 1: 4 token requests for 4 uses, an expiry true" ]

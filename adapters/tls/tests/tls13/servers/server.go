// An HTTPS server: ADDRESS CHAIN KEY [P-256]
package main

import (
	"crypto/tls"
	"log"
	"net/http"
	"os"
)

func main() {
	config := &tls.Config{}
	if len(os.Args) > 4 {
		config.CurvePreferences = []tls.CurveID{tls.CurveP256}
	}
	handler := http.HandlerFunc(func(response http.ResponseWriter, request *http.Request) {
		response.Write([]byte("pong"))
	})
	server := &http.Server{Addr: os.Args[1], Handler: handler, TLSConfig: config}
	log.Fatal(server.ListenAndServeTLS(os.Args[2], os.Args[3]))
}

// An HTTPS server: ADDRESS CHAIN KEY [P-256 | small]
package main

import (
	"bytes"
	"crypto/tls"
	"log"
	"net/http"
	"os"
)

func main() {
	piece := bytes.Repeat([]byte("pong"), 50)
	config := &tls.Config{}
	pieces := 1
	if len(os.Args) > 4 && os.Args[4] == "small" {
		pieces = 20
	} else if len(os.Args) > 4 {
		config.CurvePreferences = []tls.CurveID{tls.CurveP256}
	}
	handler := http.HandlerFunc(func(response http.ResponseWriter, request *http.Request) {
		for count := 0; count < pieces; count++ {
			response.Write(piece)
			// Makes a record.
			response.(http.Flusher).Flush()
		}
	})
	server := &http.Server{Addr: os.Args[1], Handler: handler, TLSConfig: config}
	log.Fatal(server.ListenAndServeTLS(os.Args[2], os.Args[3]))
}

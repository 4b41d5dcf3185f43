// Web answers each request with what was asked: the service of the reference image that has the least rights.
package main

import (
	"fmt"
	"io"
	"log"
	"net/http"
	"time"
)

const largestBody = 64 << 10

func echo(response http.ResponseWriter, request *http.Request) {
	response.Header().Set("Content-Type", "text/plain; charset=utf-8")
	response.Header().Set("X-Content-Type-Options", "nosniff")
	fmt.Fprintf(response, "%s %s\n", request.Method, request.URL.Path)
	if _, err := io.Copy(response, http.MaxBytesReader(response, request.Body, largestBody)); err != nil {
		log.Print(err)
	}
}

func main() {
	server := &http.Server{
		Addr:              ":8080",
		Handler:           http.HandlerFunc(echo),
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       10 * time.Second,
		WriteTimeout:      10 * time.Second,
		IdleTimeout:       30 * time.Second,
		MaxHeaderBytes:    16 << 10,
	}
	log.Fatal(server.ListenAndServe())
}

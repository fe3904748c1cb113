// SPDX-License-Identifier: MIT
// Go's net/http, on one processor.
package main

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"os"
	"runtime"
	"strconv"
)

func main() {
	if len(os.Args) != 3 || os.Args[1] != "--port" {
		fmt.Fprintln(os.Stderr, "usage: --port P")
		os.Exit(2)
	}
	runtime.GOMAXPROCS(1)
	hello := []byte("Hello, World!")
	big := bytes.Repeat([]byte("x"), 1<<20)
	answer := func(w http.ResponseWriter, r *http.Request) {
		head := w.Header()
		head.Set("Content-Type", "text/plain")
		head.Set("Server", "go")
		switch {
		case r.Method == http.MethodPost:
			// Whole: to an HTTP/1 client net/http throws away what is unread when it begins to answer.
			body, err := io.ReadAll(r.Body)
			if err != nil {
				return
			}
			head.Set("Content-Length", strconv.Itoa(len(body)))
			w.Write(body)
		case r.URL.Path == "/big":
			head.Set("Content-Length", strconv.Itoa(len(big)))
			w.Write(big)
		default:
			w.Write(hello)
		}
	}
	if err := http.ListenAndServe("127.0.0.1:"+os.Args[2], http.HandlerFunc(answer)); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

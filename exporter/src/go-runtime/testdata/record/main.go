// Writes what net/http/pprof and expvar of this Go version answer, as recorded bodies for the tests, named by the version:
//
//	for go in /usr/lib/go-1.19/bin/go go; do $go run record/main.go . && GOGC=off $go run record/main.go . ; done
//
// The paths in them are shortened, and the command line is another one.
package main

import (
	"expvar"
	"net/http"
	"net/http/httptest"
	_ "net/http/pprof"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

func main() {
	expvar.NewString("password").Set(`no "memstats": {"HeapAlloc": 1}`)
	block := make(chan bool)
	for i := 0; i < 40; i++ {
		go func() { <-block }()
	}
	for i := 0; i < 300; i++ { // more than the 256 pauses that the ring holds
		runtime.GC()
	}
	name := strings.Join(strings.Split(runtime.Version(), ".")[:2], ".")
	if os.Getenv("GOGC") == "off" {
		name += "-gogc-off"
	}
	for _, page := range [][2]string{
		{"expvar-" + name + ".json", "/debug/vars"},
		{"index-" + name + ".html", "/debug/pprof/"},
		{"heap-debug1-" + name + ".txt", "/debug/pprof/heap?debug=1"},
	} {
		recorder := httptest.NewRecorder()
		http.DefaultServeMux.ServeHTTP(recorder, httptest.NewRequest("GET", page[1], nil))
		os.WriteFile(filepath.Join(os.Args[1], page[0]), recorder.Body.Bytes(), 0o644)
	}
}

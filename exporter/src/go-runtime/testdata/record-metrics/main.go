// Writes what client_golang exposes of the Go runtime, to standard output:
//
//	cp -r record-metrics /tmp/m && cd /tmp/m && go mod init m && go get github.com/prometheus/client_golang@v1.23.0 && go mod tidy
//	go run . > metrics-go1.26.txt ; GOGC=off GOMEMLIMIT=1GiB go run . > metrics-go1.26-gogc-off.txt
//
// metrics-prometheus-2.42.txt is /metrics of Debian's Prometheus (Go 1.19, client_golang 1.14), as `curl` got it.
package main

import (
	"net/http/httptest"
	"os"
	"runtime"

	"github.com/prometheus/client_golang/prometheus/promhttp"
)

func main() {
	runtime.GC()
	recorder := httptest.NewRecorder()
	promhttp.Handler().ServeHTTP(recorder, httptest.NewRequest("GET", "/metrics", nil))
	os.Stdout.Write(recorder.Body.Bytes())
}

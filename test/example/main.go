// Command shop is a small service with a leak, and everything that "leakline verify" needs to find it in CI.
package main

import (
	"expvar"
	"flag"
	"fmt"
	"log"
	"net/http"
	_ "net/http/pprof" // the one line that profiles need
	"time"

	"example.com/shop/cache"
)

var (
	requests = expvar.NewInt("requests")
	quotes   = cache.New(1000)
)

// quote prices one basket. Its answer is remembered, since customers ask for the same basket again.
func quote(w http.ResponseWriter, r *http.Request) {
	requests.Add(1)
	basket := r.URL.Query().Get("basket")
	answer, ok := quotes.Get(basket)
	if !ok {
		answer = []byte(fmt.Sprintf("%-500s", basket))
		quotes.Put(basket, answer)
	}
	w.Write(answer)
}

func main() {
	addr := flag.String("addr", "127.0.0.1:8080", "address to listen on")
	flag.Parse()
	http.HandleFunc("/quote", quote)
	http.HandleFunc("/healthz", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") })
	server := &http.Server{Addr: *addr, ReadHeaderTimeout: 5 * time.Second}
	log.Printf("shop listens on %s", *addr)
	log.Fatal(server.ListenAndServe())
}

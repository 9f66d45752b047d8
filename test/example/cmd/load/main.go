// Command load asks the shop for ever new baskets at an even pace, and says at the end how many requests it made.
package main

import (
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/signal"
	"time"
)

func main() {
	url := flag.String("url", "http://127.0.0.1:8080/quote", "address of the shop")
	rate := flag.Int("rate", 400, "requests a second")
	flag.Parse()
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, os.Interrupt)
	pace := time.NewTicker(time.Second / time.Duration(*rate))
	for n := 0; ; n++ {
		select {
		case <-stop:
			fmt.Printf("made %d requests\n", n)
			return
		case <-pace.C:
		}
		answer, err := http.Get(fmt.Sprintf("%s?basket=%d-%d", *url, time.Now().UnixNano(), n))
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		io.Copy(io.Discard, answer.Body)
		answer.Body.Close()
	}
}

// Embed mounts the contents of a table in a program of its own, next to what
// else that program serves, behind its own authentication and logging:
//
//	DATABASE_URL=postgres://... API_TOKEN=secret go run ./examples/embed
//	curl -H 'Authorization: Bearer secret' localhost:8080/api/data
package main

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"log"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/dbcontents/httpapi"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Getenv); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, getenv func(string) string) error {
	token := getenv("API_TOKEN")
	if token == "" {
		return errors.New("API_TOKEN is not set; clients must send it as a bearer token")
	}
	store, err := dbcontents.Open(dbcontents.Config{ConnString: getenv("DATABASE_URL"), Tables: []string{"test_table"}})
	if err != nil {
		return err
	}
	defer store.Close()

	addr := getenv("ADDR")
	if addr == "" {
		addr = "localhost:8080"
	}
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		return err
	}
	fmt.Println("listening on", listener.Addr())
	server := &http.Server{
		Handler:           routes(store, token),
		ReadHeaderTimeout: 5 * time.Second,
		// No WriteTimeout: it would end long answers. The handler sets a
		// deadline before each block that it writes.
	}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	grace, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	return server.Shutdown(grace)
}

// routes is the program's mux. The handler sees the whole path, so it is told
// the prefix and needs no StripPrefix.
func routes(store *dbcontents.Store, token string) http.Handler {
	data := httpapi.New(store, httpapi.Options{Prefix: "/api/data"})
	mux := http.NewServeMux()
	mux.Handle("/api/data", authenticated(token, data))
	mux.Handle("/api/data/", authenticated(token, data))
	mux.HandleFunc("GET /livez", data.Livez)
	mux.HandleFunc("GET /readyz", data.Readyz)
	mux.HandleFunc("GET /hello", func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintln(w, "this program serves other things as well")
	})
	return logged(mux)
}

// authenticated lets requests with the token pass.
func authenticated(token string, next http.Handler) http.Handler {
	want := []byte("Bearer " + token)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got := []byte(r.Header.Get("Authorization"))
		if subtle.ConstantTimeCompare(got, want) != 1 {
			w.Header().Set("WWW-Authenticate", "Bearer")
			http.Error(w, "a bearer token is needed", http.StatusUnauthorized)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// logged writes a line for every request, also for one that is broken off.
func logged(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := time.Now()
		recorder := &statusRecorder{ResponseWriter: w, status: http.StatusOK}
		defer func() {
			log.Printf("%s %s: %d in %v", r.Method, r.URL.Path, recorder.status, time.Since(start).Round(time.Microsecond))
		}()
		next.ServeHTTP(recorder, r)
	})
}

// statusRecorder remembers the status. Its Unwrap lets the handler reach the
// server's writer: without it large answers could be neither flushed nor
// bounded in time, and the handler would refuse them.
type statusRecorder struct {
	http.ResponseWriter
	status int
}

func (w *statusRecorder) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}

func (w *statusRecorder) Unwrap() http.ResponseWriter { return w.ResponseWriter }

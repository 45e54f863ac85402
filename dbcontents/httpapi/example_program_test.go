package httpapi_test

import (
	"log"
	"net/http"
	"time"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/dbcontents/httpapi"
)

// A program that serves a table beside what else it serves. Without a ConnString, PGHOST, PGUSER and so on say
// where the database is, as with psql.
func ExampleHandler_Register() {
	store, err := dbcontents.Open(dbcontents.Config{Tables: []string{"test_table"}})
	if err != nil {
		log.Fatal(err)
	}
	defer store.Close()

	handler := httpapi.New(store, httpapi.Options{Prefix: "/api/data"})
	mux := http.NewServeMux()
	handler.Register(mux) // at /api/data, and below it
	mux.HandleFunc("GET /livez", handler.Livez)
	mux.HandleFunc("GET /readyz", handler.Readyz)

	server := &http.Server{
		Addr:              "localhost:8080",
		Handler:           mux,
		ReadHeaderTimeout: 5 * time.Second,
		// No WriteTimeout: it would end large responses.
	}
	log.Fatal(server.ListenAndServe())
}

// A handler in a middleware. Both patterns are needed: ServeMux would redirect the path without the slash.
func ExampleNew() {
	store, err := dbcontents.Open(dbcontents.Config{Tables: []string{"test_table"}})
	if err != nil {
		log.Fatal(err)
	}
	defer store.Close()

	handler := onlyKnown(httpapi.New(store, httpapi.Options{Prefix: "/api/data"}))
	mux := http.NewServeMux()
	mux.Handle("/api/data", handler)
	mux.Handle("/api/data/", handler)
	log.Fatal(http.ListenAndServe("localhost:8080", mux))
}

// onlyKnown stands for the login of the program.
func onlyKnown(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, _, ok := r.BasicAuth(); !ok {
			http.Error(w, "log in first", http.StatusUnauthorized)
			return
		}
		next.ServeHTTP(w, r)
	})
}

package httpapi_test

import (
	"log"
	"log/slog"
	"net/http"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/dbcontents/httpapi"
)

// The handler under a prefix of another program's mux. Both patterns are
// needed: ServeMux would redirect the one without the slash.
func ExampleNew() {
	store, err := dbcontents.Open(dbcontents.Config{Tables: []string{"test_table"}})
	if err != nil {
		log.Fatal(err)
	}
	defer store.Close()

	handler := httpapi.New(store, httpapi.Options{Prefix: "/api/data"})
	mux := http.NewServeMux()
	mux.Handle("/api/data", handler)
	mux.Handle("/api/data/", handler)
	mux.HandleFunc("/livez", handler.Livez)
	mux.HandleFunc("/readyz", handler.Readyz)
	log.Fatal(http.ListenAndServe("localhost:8080", mux))
}

// An access log, and metrics if they are wanted, from one hook.
func ExampleOptions_observe() {
	var store *dbcontents.Store // from dbcontents.Open
	handler := httpapi.New(store, httpapi.Options{
		Observe: func(r *http.Request, o httpapi.Observation) {
			slog.Info("request", "method", r.Method, "route", o.Route, "table", o.Table, "status", o.Status,
				"rows", o.Rows, "bytes", o.Bytes, "duration", o.Duration, "cause", o.Cause)
		},
	})
	log.Fatal(http.ListenAndServe("localhost:8080", handler))
}

package httpapi_test

import (
	"log"
	"log/slog"
	"net/http"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/dbcontents/httpapi"
)

// An access log, and metrics if they are wanted, from one hook.
func ExampleOptions_observe() {
	store, err := dbcontents.Open(dbcontents.Config{Tables: []string{"test_table"}})
	if err != nil {
		log.Fatal(err)
	}
	defer store.Close()
	handler := httpapi.New(store, httpapi.Options{
		Observe: func(r *http.Request, o httpapi.Observation) {
			slog.Info("request", "method", r.Method, "route", o.Route, "table", o.Table, "status", o.Status,
				"rows", o.Rows, "bytes", o.Bytes, "duration", o.Duration, "cause", o.Cause)
		},
	})
	log.Fatal(http.ListenAndServe("localhost:8080", handler))
}

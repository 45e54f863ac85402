package httpapi_test

import (
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/dbcontents/httpapi"
)

// An observation says how a request ended, and names only what exists.
func TestObservation(t *testing.T) {
	t.Parallel()
	store, _ := setup(t, dbcontents.Config{FirstRowTimeout: 300 * time.Millisecond, Tables: append(slices.Clone(exposed), "sleep")},
		`CREATE VIEW sleep AS SELECT 1 AS id, pg_sleep(60)::text AS value`)
	seen := make(chan httpapi.Observation, 1)
	server := serve(t, httpapi.New(store, httpapi.Options{Observe: func(_ *http.Request, o httpapi.Observation) { seen <- o }}))
	response, _ := fetch(t, server, http.MethodGet, "/dbcontents/test_table")
	<-seen
	tag := response.Header.Get("Etag")
	for _, tt := range []struct {
		path, header, value    string
		status                 int
		outcome, route, format string
		table                  string
	}{
		{"/dbcontents/test_table", "", "", 200, "ok", "/dbcontents/{table}", "json", "public.test_table"},
		{"/dbcontents", "Accept", "text/csv", 200, "ok", "/dbcontents", "csv", "public.test_table"},
		{"/dbcontents/test_table?format=html", "", "", 200, "ok", "/dbcontents/{table}", "html", "public.test_table"},
		{"/dbcontents/test_table", "If-None-Match", tag, 304, "not_modified", "/dbcontents/{table}", "json", "public.test_table"},
		{"/dbcontents/test_table?id=eq.x", "", "", 400, "refused", "/dbcontents/{table}", "json", "public.test_table"},
		{"/dbcontents/nowhere", "", "", 404, "refused", "/dbcontents/{table}", "json", ""},
		{"/dbcontents/absent", "", "", 404, "refused", "/dbcontents/{table}", "json", ""},
		{"/nowhere", "", "", 404, "refused", "*", "", ""},
		{"/dbcontents/broken_early", "", "", 500, "failed", "/dbcontents/{table}", "json", "public.broken_early"},
		{"/dbcontents/sleep", "", "", 504, "timeout", "/dbcontents/{table}", "json", ""},
	} {
		var header []string
		if tt.header != "" {
			header = []string{tt.header, tt.value}
		}
		response, _ := fetch(t, server, http.MethodGet, tt.path, header...)
		o := <-seen
		if o.Status != tt.status || o.Outcome() != tt.outcome || o.Route != tt.route || string(o.Format) != tt.format || o.Table != tt.table {
			t.Errorf("%s: %d %s %s %s %s", tt.path, o.Status, o.Outcome(), o.Route, o.Format, o.Table)
		}
		if o.FirstByte <= 0 || o.FirstByte > o.Duration || o.RequestID != response.Header.Get("X-Request-Id") {
			t.Errorf("%s: first byte after %v of %v, request %s", tt.path, o.FirstByte, o.Duration, o.RequestID)
		}
	}
}

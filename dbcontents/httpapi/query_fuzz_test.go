package httpapi_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/dbcontents/httpapi/internal/pgrest"
)

// Whatever the query string, an answer comes, and what is wrong in itself is
// told without the database: there is none here, and asking it is a 503.
func FuzzQueryString(f *testing.F) {
	store, err := dbcontents.Open(dbcontents.Config{ConnString: "postgres://nobody@127.0.0.1:1/none?sslmode=disable", Tables: []string{"things"}})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { store.Close() })
	h := handler(store)
	for _, position := range positions {
		if u, err := url.Parse(position); err == nil {
			f.Add(u.RawQuery)
		}
	}
	f.Fuzz(func(t *testing.T, raw string) {
		r := &http.Request{
			Method: http.MethodGet, URL: &url.URL{Path: "/dbcontents/things", RawQuery: raw},
			Header: http.Header{}, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r.WithContext(t.Context()))
		problemIn(t, w.Result(), w.Body.String())
		_, bad := pgrest.Parse(raw)
		if bad != nil && w.Code != bad.Status {
			t.Errorf("%q: %d, want %d: %s", raw, w.Code, bad.Status, w.Body)
		}
		// A name that no column can have is for the Store to refuse, also without asking.
		if bad == nil && w.Code != http.StatusServiceUnavailable && w.Code != http.StatusBadRequest {
			t.Errorf("%q: %d %s", raw, w.Code, w.Body)
		}
	})
}

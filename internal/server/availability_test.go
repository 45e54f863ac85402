package server

import (
	"errors"
	"log/slog"
	"net/http/httptest"
	"testing"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/dbcontents/httpapi"
)

// Whatever status a response has for which the database was read, it tells that the database is back.
func TestDatabaseIsSeen(t *testing.T) {
	t.Parallel()
	away := &dbcontents.Error{Op: "connect", Code: "connection_refused", Err: errors.New("refused")}
	for _, tt := range []struct {
		reason, method string
		o              httpapi.Observation
		was, want      state
	}{
		{"rows", "GET", httpapi.Observation{Status: 200, Table: "public.t"}, down, up},
		{"a part of the rows", "GET", httpapi.Observation{Status: 206, Table: "public.t"}, down, up},
		{"rows that the client has", "GET", httpapi.Observation{Status: 304, Table: "public.t"}, down, up},
		{"a probe", "GET", httpapi.Observation{Status: 200, Route: "/readyz"}, down, up},
		{"a probe that asks nothing", "GET", httpapi.Observation{Status: 200, Route: "/livez"}, down, down},
		{"a preflight", "OPTIONS", httpapi.Observation{Status: 200, Table: "public.t"}, down, down},
		{"a redirect", "GET", httpapi.Observation{Status: 301, Table: "public.t"}, down, down},
		{"a mistake", "GET", httpapi.Observation{Status: 404, Table: "public.t"}, down, down},
		{"broken off", "GET", httpapi.Observation{Status: 200, Table: "public.t", Aborted: true, Err: away}, up, down},
		{"refused", "GET", httpapi.Observation{Status: 503, Err: away}, up, down},
	} {
		a := &availability{log: slog.New(slog.DiscardHandler), state: tt.was}
		a.observe(httptest.NewRequest(tt.method, "/", nil), tt.o)
		if got := a.now(); got != tt.want {
			t.Errorf("%s: %d, want %d", tt.reason, got, tt.want)
		}
	}
}

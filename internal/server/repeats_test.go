package server

import (
	"bytes"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dbcontents/dbcontents-go/dbcontents/httpapi"
	"github.com/dbcontents/dbcontents-go/internal/transcript"
)

func TestRepeats(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var out transcript.Text
		access := NewAccessLog(&out, false, slog.LevelInfo)
		request := httptest.NewRequest("GET", "/dbcontents", nil)
		fail := func(cause string, n int) {
			for range n {
				access.Observe(request, httpapi.Observation{Route: "/dbcontents", Status: 503, Cause: cause, Err: fmt.Errorf("too much")})
			}
		}
		logged := func() (lines []string) {
			access.batch.Flush()
			for line := range strings.Lines(out.Take()) {
				var kept []string
				for word := range strings.FieldsSeq(line) {
					for _, begin := range []string{"level=", "cause=", "requests=", "within=", "table="} {
						if strings.HasPrefix(word, begin) {
							kept = append(kept, word)
						}
					}
				}
				lines = append(lines, strings.Join(kept, " "))
			}
			return lines
		}
		expect := func(when string, want ...string) {
			t.Helper()
			if got := logged(); strings.Join(got, "\n") != strings.Join(want, "\n") {
				t.Errorf("%s: %q, want %q", when, got, want)
			}
		}
		fail("queue_full", 100)
		fail("dns_not_found", 3)
		expect("at once", "level=WARN cause=queue_full", "level=ERROR cause=dns_not_found")
		time.Sleep(repeatsEvery - time.Second)
		fail("queue_full", 1)
		expect("before the end of the interval")
		time.Sleep(2 * time.Second)
		if got := logged(); len(got) != 2 || !strings.Contains(strings.Join(got, "\n"), "level=WARN cause=queue_full requests=100 within=10s") ||
			!strings.Contains(strings.Join(got, "\n"), "level=ERROR cause=dns_not_found requests=2 within=10s") {
			t.Errorf("after the interval: %q", got)
		}
		fail("queue_full", 5)
		time.Sleep(repeatsEvery)
		expect("while it goes on", "level=WARN cause=queue_full requests=5 within=10s")
		time.Sleep(repeatsEvery)
		expect("when it is over")
		fail("queue_full", 2)
		expect("when it begins again", "level=WARN cause=queue_full")
		time.Sleep(2*repeatsEvery + time.Second)
		expect("when it is over again", "level=WARN cause=queue_full requests=1 within=10s")
		for _, table := range []string{"public.a", "public.b", "public.a"} {
			access.Observe(request, httpapi.Observation{Status: 503, Cause: "table_locked", Table: table, Err: fmt.Errorf("locked")})
		}
		expect("of each table", "level=ERROR table=public.a cause=table_locked", "level=ERROR table=public.b cause=table_locked")
		time.Sleep(2*repeatsEvery + time.Second)
		expect("of one table", "level=ERROR cause=table_locked requests=1 within=10s table=public.a")
		fail("queue_full", 2)
		expect("once more", "level=WARN cause=queue_full")
		access.Flush()
		expect("at the end", "level=WARN cause=queue_full requests=1 within=10s")
		fail("queue_full", 2)
		expect("after the end", "level=WARN cause=queue_full", "level=WARN cause=queue_full")
		access.Flush()
	})
}

func TestLevels(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		reason string
		o      httpapi.Observation
		want   string
	}{
		{"a success", httpapi.Observation{Status: 200}, "INFO"},
		{"not modified", httpapi.Observation{Status: 304}, "INFO"},
		{"a mistake of the client", httpapi.Observation{Status: 404, Cause: "table_missing"}, "INFO"},
		{"the client left first", httpapi.Observation{Status: 499, Cause: "canceled"}, "INFO"},
		{"too many requests", httpapi.Observation{Status: 503, Cause: "queue_timeout"}, "WARN"},
		{"a stop", httpapi.Observation{Status: 503, Cause: "stopping"}, "WARN"},
		{"broken off", httpapi.Observation{Status: 200, Aborted: true, Cause: "connection_lost"}, "WARN"},
		{"the database is away", httpapi.Observation{Status: 503, Cause: "connection_refused"}, "ERROR"},
		{"a timeout", httpapi.Observation{Status: 504, Cause: "first_row_timeout"}, "ERROR"},
		{"an error", httpapi.Observation{Status: 500, Cause: "value_failed"}, "ERROR"},
		{"no response", httpapi.Observation{}, "ERROR"},
		{"a slow success", httpapi.Observation{Status: 200, FirstByte: 2 * time.Second}, "WARN slow"},
		{"a slow error", httpapi.Observation{Status: 500, FirstByte: 2 * time.Second}, "ERROR slow"},
		{"a probe", httpapi.Observation{Route: "/readyz", Status: 503, Cause: "draining"}, "DEBUG"},
	} {
		var out bytes.Buffer
		access := NewAccessLog(&out, false, slog.LevelDebug)
		access.slow = time.Second
		access.Observe(httptest.NewRequest("GET", "/", nil), tt.o)
		access.Flush()
		_, level, _ := strings.Cut(out.String(), "level=")
		level, rest, _ := strings.Cut(level, " ")
		if strings.Contains(rest, "slow=true") {
			level += " slow"
		}
		if level != tt.want {
			t.Errorf("%s: %s, want %s", tt.reason, level, tt.want)
		}
	}
}

// Each cause has a kind, and each kind that errors have is one that the metrics begin with.
func TestKinds(t *testing.T) {
	t.Parallel()
	known := map[string]bool{}
	for _, k := range kinds {
		known[k.name] = true
	}
	for _, o := range []httpapi.Observation{
		{Cause: "canceled"},
		{Cause: "slow_client", Aborted: true},
		{Cause: "stopping"},
		{Cause: "max_rows", Aborted: true},
		{Cause: "queue_full", Status: 503},
		{Cause: "refused", Status: 401},
		{Cause: "refused", Status: 403},
		{Cause: "refused", Status: 503},
		{Cause: "key_unknown", Status: 400},
		{Cause: "session_failed", Status: 500},
		{Cause: "value_failed", Status: 200, Aborted: true},
		{},
	} {
		if kind := kindOf(o); !known[kind] {
			t.Errorf("%+v is of kind %q", o, kind)
		}
	}
	for _, k := range kinds {
		if k.sentinel == nil {
			continue
		}
		o := httpapi.Observation{Status: 500, Cause: "x", Err: fmt.Errorf("wrapped: %w", k.sentinel)}
		if got := kindOf(o); got != k.name {
			t.Errorf("%v is of kind %s", k.sentinel, got)
		}
	}
}

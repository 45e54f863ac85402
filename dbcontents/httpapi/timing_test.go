package httpapi_test

import (
	"net/http"
	"regexp"
	"strconv"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/dbcontents/httpapi"
)

var stages = regexp.MustCompile(`^parse;dur=\d+\.\d, wait;dur=(\d+\.\d), transaction;dur=(\d+\.\d)$`)

func TestServerTiming(t *testing.T) {
	t.Parallel()
	store, pool := setup(t, dbcontents.Config{Tables: []string{"test_table", "large", "slow"}}, "CREATE VIEW slow AS SELECT pg_sleep(0.3)::text AS x")
	off := map[string]string{"Server-Timing": ""}
	checkAll(t, handler(store), []rule{{name: "off by default", path: "/dbcontents", status: 200, header: off}})
	h := httpapi.New(store, httpapi.Options{ServerTiming: true})
	checkAll(t, h, []rule{
		{name: "not on a mistake", path: "/dbcontents?id=x", status: 400, header: off},
		{name: "not on what the database refuses", path: "/dbcontents?id=eq.x", status: 400, header: off},
		{name: "not on a range that there is not", path: "/dbcontents?offset=9", send: []string{"Prefer", "count=exact"}, status: 416, header: off},
	})
	milliseconds := func(method, path string) (wait, transaction float64) {
		t.Helper()
		start := time.Now()
		response, _ := do(t, h, method, path)
		whole := float64(time.Since(start)) / float64(time.Millisecond)
		found := stages.FindStringSubmatch(response.Header.Get("Server-Timing"))
		if found == nil || response.StatusCode != http.StatusOK {
			t.Fatalf("%s: %s, Server-Timing %q", path, response.Status, response.Header.Get("Server-Timing"))
		}
		wait, _ = strconv.ParseFloat(found[1], 64)
		transaction, _ = strconv.ParseFloat(found[2], 64)
		if wait+transaction > whole+0.1 { // each is rounded
			t.Errorf("%s: a wait of %.1f and a transaction of %.1f in %.1f ms", path, wait, transaction, whole)
		}
		return wait, transaction
	}
	for _, path := range []string{"/dbcontents", "/dbcontents?limit=1", "/dbcontents/large", "/dbcontents?format=html"} {
		milliseconds("GET", path)
		milliseconds("HEAD", path)
	}
	if _, took := milliseconds("GET", "/dbcontents/slow"); took < 300 || took > 30_000 {
		t.Errorf("a query of 300 ms took %.1f", took)
	}

	// The wait for a connection is told apart from the read.
	held := make([]*pgxpool.Conn, pool.Config().MaxConns)
	for i := range held {
		var err error
		if held[i], err = pool.Acquire(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	time.AfterFunc(time.Second, func() {
		for _, conn := range held {
			conn.Release()
		}
	})
	if waited, _ := milliseconds("GET", "/dbcontents"); waited < 100 {
		t.Errorf("a wait of up to a second is told as %.1f ms", waited)
	}

	// What it took changes with each answer, and its tag must not.
	response, _ := get(t, h, "/dbcontents")
	checkAll(t, h, []rule{{name: "the tag", path: "/dbcontents", send: []string{"If-None-Match", response.Header.Get("Etag")}, status: 304}})
}

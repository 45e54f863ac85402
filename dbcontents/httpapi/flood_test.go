package httpapi_test

import (
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/dbcontents/httpapi"
	"github.com/dbcontents/dbcontents-go/internal/pgtest"
)

// 500 clients at once against a pool of 4: every answer is a whole 200 or a
// problem of 503, and where the queue is short a few are served within its time, and the
// others are turned away at once.
func TestFlood(t *testing.T) {
	t.Parallel()
	const clients, rounds, pool = 500, 3, 4
	db := pgtest.New(t, `CREATE TABLE many AS SELECT i AS id, repeat('x', 100) AS value FROM generate_series(1, 1500) i;
		CREATE VIEW slow AS SELECT id, value FROM many, pg_sleep(0.02)`)
	store, err := dbcontents.Open(dbcontents.Config{ConnString: db.DSN, Tables: []string{"slow", "many"}, PoolSize: pool, ConnectTimeout: time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	var mu sync.Mutex
	var served, turnedAway, inside []time.Duration
	h := httpapi.New(store, httpapi.Options{Queue: 100, QueueTimeout: time.Second, Observe: func(_ *http.Request, o httpapi.Observation) {
		mu.Lock()
		defer mu.Unlock()
		if o.Cause == "queue_full" {
			inside = append(inside, o.Duration) // without what 500 clients in the same process cost
		}
	}})
	server := serve(t, h)
	transport := &http.Transport{MaxIdleConnsPerHost: clients}
	defer transport.CloseIdleConnections()
	client := &http.Client{Transport: transport}
	_, want := get(t, h, "/dbcontents/many?order=id")

	ask := func() {
		start := time.Now()
		response, err := client.Get(server.URL + "/dbcontents/slow?order=id")
		if err != nil {
			t.Error(err)
			return
		}
		defer response.Body.Close()
		body, err := io.ReadAll(response.Body)
		took := time.Since(start)
		mu.Lock()
		defer mu.Unlock()
		switch {
		case err != nil:
			t.Errorf("%s, cut off: %v", response.Status, err)
		case response.StatusCode == 200 && string(body) == want:
			served = append(served, took)
		case response.StatusCode == 503 && response.Header.Get("Retry-After") != "" && strings.Contains(string(body), `"cause":"queue_`):
			turnedAway = append(turnedAway, took)
		default:
			t.Errorf("%s, %d bytes, want %d: %.200s", response.Status, len(body), len(want), body)
		}
	}
	var all sync.WaitGroup
	start := make(chan struct{})
	for range clients {
		all.Go(func() {
			<-start
			for range rounds {
				ask()
			}
		})
	}
	close(start)
	all.Wait()
	mu.Lock()
	defer mu.Unlock()
	slices.Sort(served)
	slices.Sort(turnedAway)
	slices.Sort(inside)
	s := h.Stats()
	if len(served) < pool || len(inside) == 0 || s.Shed != int64(len(turnedAway)) || s.InFlight != 0 || s.Queued != 0 || store.Stats().AcquiredConns != 0 {
		t.Fatalf("%d served, %d turned away, %+v, %+v", len(served), len(turnedAway), s, store.Stats())
	}
	at := func(d []time.Duration, percent int) time.Duration {
		return d[(len(d)-1)*percent/100].Round(10 * time.Microsecond)
	}
	t.Logf("%d clients, %d requests, a pool of %d: %d served, median %v, p99 %v; %d turned away, median %v, p99 %v, in the handler %v",
		clients, clients*rounds, pool, len(served), at(served, 50), at(served, 99), len(turnedAway), at(turnedAway, 50), at(turnedAway, 99), at(inside, 50))
	if at(served, 99) > 20*time.Second || at(turnedAway, 50) > 10*time.Second || at(inside, 50) > 100*time.Millisecond { // on a machine that does much else
		t.Error("that is not in time")
	}
}

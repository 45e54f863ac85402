package httpapi_test

import (
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/dbcontents/httpapi"
	"github.com/dbcontents/dbcontents-go/internal/pgtest"
)

// standbyOf is the connection string of a standby, which has test_table.
func standbyOf(t *testing.T) string {
	t.Helper()
	start := pgtest.Keep(t)
	primary := start(pgtest.Private(t.Context()))
	if _, err := borrow(t, primary.DSN("postgres")).Exec(t.Context(), "CREATE TABLE test_table AS SELECT 1 AS id"); err != nil {
		t.Fatal(err)
	}
	return start(primary.Standby(t.Context())).DSN("postgres")
}

func TestWaitsForAStandby(t *testing.T) {
	t.Parallel()
	dsn := standbyOf(t)
	t.Run("keep no turns", func(t *testing.T) { keepNoTurns(t, dsn) })
	t.Run("that lags keep no turns", func(t *testing.T) { lagKeepsNoTurns(t, dsn) })
	t.Run("are few", func(t *testing.T) { fewWait(t, dsn) })
}

// A request that waits for a server that is behind keeps no turn from others, however few turns there are, and however short
// its wait is.
func keepNoTurns(t *testing.T, dsn string) {
	for _, tt := range []struct {
		reason         string
		pool, inFlight int
		strangers      int
		reads          int
		most           time.Duration // for all reads
	}{
		{"as many wait long as there are turns", 10, 2, 2, 20, 2 * time.Second},
		{"more wait than may wait long", 4, 1, 30, 20, 4 * time.Second},
	} {
		store, err := dbcontents.Open(dbcontents.Config{ConnString: dsn, Tables: []string{"test_table"}, PoolSize: tt.pool, AcquireTimeout: 8 * time.Second})
		if err != nil {
			t.Fatal(err)
		}
		h := httpapi.New(store, httpapi.Options{LSN: true, MaxInFlight: tt.inFlight})
		if response := sendWith(h, "GET", "/dbcontents"); response.StatusCode != 200 {
			t.Fatal(response.Status)
		}
		stop := make(chan struct{})
		var strangers sync.WaitGroup
		for range tt.strangers {
			strangers.Go(func() {
				for {
					select {
					case <-stop:
						return
					case <-time.After(10 * time.Millisecond):
					}
					response := sendWith(h, "GET", "/dbcontents", "Dbcontents-Min-Lsn", "FFFFFFFF/0")
					if response.StatusCode != 503 || response.Header.Get("Retry-After") == "" {
						t.Errorf("%s: %s", tt.reason, response.Status)
					}
				}
			})
		}
		time.Sleep(200 * time.Millisecond)
		began := time.Now()
		for range tt.reads {
			if response := sendWith(h, "GET", "/dbcontents"); response.StatusCode != 200 {
				t.Errorf("%s: %s", tt.reason, response.Status)
			}
		}
		took := time.Since(began)
		close(stop)
		t.Logf("%s: %d reads took %v", tt.reason, tt.reads, took)
		if took > tt.most {
			t.Errorf("%s: %d reads took %v", tt.reason, tt.reads, took)
		}
		strangers.Wait()
		if s := h.Stats(); s.InFlight != 0 || s.Queued != 0 {
			t.Errorf("%s: %+v", tt.reason, s)
		}
		store.Close()
	}
}

// Of those who wait as the only standby is too far behind, none waits for the turn of another.
func lagKeepsNoTurns(t *testing.T, dsn string) {
	store, err := dbcontents.Open(dbcontents.Config{
		ConnString: dsn, Tables: []string{"test_table"}, PoolSize: 20, MaxLag: time.Millisecond, AcquireTimeout: time.Second,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	h := httpapi.New(store, httpapi.Options{MaxInFlight: 1})
	get(t, h, "/dbcontents") // looks the table up
	began := time.Now()
	var requests sync.WaitGroup
	for range 8 {
		requests.Go(func() {
			response, body := get(t, h, "/dbcontents")
			if p := problemIn(t, response, body); response.StatusCode != http.StatusServiceUnavailable || p.Cause != "standby_lagging" || response.Header.Get("Retry-After") == "" {
				t.Errorf("%+v", p)
			}
		})
	}
	requests.Wait()
	if took := time.Since(began); took > 4*time.Second {
		t.Errorf("they took %v", took)
	}
}

// Where no more may wait, a request is refused at once.
func fewWait(t *testing.T, dsn string) {
	store, err := dbcontents.Open(dbcontents.Config{ConnString: dsn, Tables: []string{"test_table"}, PoolSize: 2, AcquireTimeout: 3 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	h := httpapi.New(store, httpapi.Options{LSN: true})
	var first sync.WaitGroup
	first.Go(func() { sendWith(h, "GET", "/dbcontents", "Dbcontents-Min-Lsn", "FFFFFFFF/0") })
	time.Sleep(500 * time.Millisecond)
	began := time.Now()
	response, body := get(t, h, "/dbcontents", "Dbcontents-Min-Lsn", "FFFFFFFF/0")
	if p := problemIn(t, response, body); p.Cause != "standby_behind" || response.StatusCode != 503 || response.Header.Get("Retry-After") == "" {
		t.Errorf("%+v, %v", p, response.Header)
	}
	if took := time.Since(began); took > time.Second {
		t.Errorf("it took %v", took)
	}
	first.Wait()
}

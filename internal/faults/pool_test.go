package faults

import (
	"errors"
	"iter"
	"strings"
	"testing"
	"time"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/dbcontents/httpapi"
)

// terminateOthers ends all other sessions of the database.
const terminateOthers = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"

// hold takes connections of the rig's pool; release gives them back.
func (r *rig) hold(n int) (release func()) {
	r.Helper()
	var open []*dbcontents.Rows
	for range n {
		rows, err := r.store.Query(r.Context(), dbcontents.Query{})
		if err != nil {
			r.Fatal(err)
		}
		open = append(open, rows)
	}
	return func() {
		for _, rows := range open {
			rows.Close()
		}
	}
}

func TestRow22_PoolFull(t *testing.T) {
	begin(t, 22)
	_, dsn := database(t)
	r := build(t, dbcontents.Config{ConnString: dsn, PoolSize: 1, AcquireTimeout: patience}, httpapi.Options{})
	r.healthy("")
	release := r.hold(1)
	before := r.counts()
	start := time.Now()
	a := r.get("/dbcontents")
	if p := r.problem(a); a.StatusCode != 503 || p.Cause != "pool_busy" || a.Header.Get("Retry-After") == "" || time.Since(start) > soon {
		t.Errorf("HTTP: %s after %v: %s", a.Status, time.Since(start), a.body)
	}
	r.moved(before, "pool_busy")
	r.diagnosed(want{cause: "pool_busy", is: dbcontents.ErrBusy}, r.read(""))
	release()
	r.healthy("")
}

func TestRow23_BadRequestsWhileThePoolIsFull(t *testing.T) {
	begin(t, 23)
	_, dsn := database(t)
	r := build(t, dbcontents.Config{ConnString: dsn, PoolSize: 1, AcquireTimeout: wait}, httpapi.Options{})
	release := r.hold(1)
	before, start := r.store.Stats(), time.Now()
	for _, tt := range []struct {
		method, path, accept string
		status               int
	}{
		{"GET", "/dbcontents?order=id..", "", 400},
		{"GET", "/dbcontents?colour=red", "", 400},
		{"GET", "/dbcontents?select=", "image/png", 406},
		{"GET", "/dbcontents/absent", "", 404},
		{"GET", "/dbcontents/test_table/1", "", 404},
		{"GET", "/get_db_contents", "", 404},
		{"POST", "/dbcontents", "", 405},
		{"DELETE", "/dbcontents/test_table", "", 405},
		{"GET", "/dbcontents?select=" + strings.Repeat("a", 40_000), "", 414},
	} {
		a := r.do(tt.method, tt.path, "Accept", tt.accept)
		if a.StatusCode != tt.status {
			t.Errorf("%s %.40s: %s, want %d", tt.method, tt.path, a.Status, tt.status)
		}
	}
	if took := time.Since(start); took > wait/2 {
		t.Errorf("it took %v; somebody has waited for a connection", took)
	}
	if s := r.store.Stats(); s.Lookups != before.Lookups || s.AcquiredConns != 1 || s.Retries != before.Retries {
		t.Errorf("the database was asked: before %+v, after %+v", before, s)
	}
	release()
	r.healthy("")
}

func TestRow24_IdleConnectionKilled(t *testing.T) {
	begin(t, 24)
	db, dsn := database(t)
	r := build(t, dbcontents.Config{ConnString: dsn, PoolSize: 1}, httpapi.Options{})
	r.healthy("")
	before := r.store.Stats()
	db.Exec(terminateOthers)
	if a := r.get("/dbcontents"); a.StatusCode != 200 {
		t.Errorf("HTTP: %s: %s", a.Status, a.body)
	}
	db.Exec(terminateOthers)
	if err := r.read(""); err != nil {
		t.Errorf("Go: %v", err)
	}
	if s := r.store.Stats(); s.Retries != before.Retries+2 || s.Errors != before.Errors {
		t.Errorf("counters: before %+v, after %+v", before, s)
	}
	r.healthy("")
}

func TestRow25_AllIdleConnectionsKilledByARestart(t *testing.T) {
	begin(t, 25)
	p := mortal.take(t)
	const size = 4
	r := build(t, dbcontents.Config{ConnString: p.dsn("sslmode=disable"), PoolSize: size}, httpapi.Options{})
	r.hold(size)()
	before := r.store.Stats()
	if before.IdleConns != size {
		t.Fatalf("%+v", before)
	}
	p.restart()
	for range size {
		if a := r.get("/dbcontents"); a.StatusCode != 200 {
			t.Errorf("HTTP: %s: %s", a.Status, a.body)
		}
	}
	if s := r.store.Stats(); s.Retries <= before.Retries || s.Retries > before.Retries+size || s.Errors != before.Errors {
		t.Errorf("counters: before %+v, after %+v", before, s)
	}
	r.healthy("")
}

func TestRow26_ForgottenReaders(t *testing.T) {
	begin(t, 26)
	_, dsn := database(t)
	const limit = 300 * time.Millisecond
	for name, forget := range map[string]func(*testing.T, *dbcontents.Store) (undo func()){
		"no Close": func(t *testing.T, store *dbcontents.Store) func() {
			rows, err := store.Query(t.Context(), dbcontents.Query{Table: "endless"})
			if err != nil {
				t.Fatal(err)
			}
			rows.Next()
			return func() { rows.Close() }
		},
		"Pull2 without stop": func(t *testing.T, store *dbcontents.Store) func() {
			rows, err := store.Query(t.Context(), dbcontents.Query{Table: "endless"})
			if err != nil {
				t.Fatal(err)
			}
			next, stop := iter.Pull2(rows.All())
			next()
			return stop
		},
	} {
		store, err := dbcontents.Open(dbcontents.Config{ConnString: dsn, PoolSize: 1, Tables: []string{"endless"}, CloseTimeout: limit, TrackReaders: true})
		if err != nil {
			t.Fatal(err)
		}
		undo := forget(t, store)
		start := time.Now()
		err = store.Close()
		if took := time.Since(start); took < limit || took > wait/2 {
			t.Errorf("%s: Close took %v", name, took)
		}
		var e *dbcontents.Error
		if !errors.As(err, &e) || e.Code != "reader_not_closed" || !errors.Is(err, dbcontents.ErrBusy) ||
			!strings.Contains(err.Error(), "public.endless") || !strings.Contains(err.Error(), "pool_test.go:") {
			t.Errorf("%s: Close = %v; it must name the table and the line", name, err)
		}
		undo()
		eventually(t, "the pool is empty after all", func() bool { return store.Stats().Conns == 0 })
	}
	rigOn(t, dsn).healthy("")
}

package dbcontents_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/internal/faultproxy"
	"github.com/dbcontents/dbcontents-go/internal/pgtest"
)

// Readers read whole tables, parts of them, or give up, while the network and the
// server keep failing. A result without an error must be complete, an error must
// be one of those expected, and no connection may be left in use.
func TestReadersUnderRandomFaults(t *testing.T) {
	t.Parallel()
	const duration = 3 * time.Second
	expected := []string{
		"canceled", "connection_lost", "connection_refused", "loopback_in_container", "connect_failed", "hung_up", "connect_timeout",
		"pool_busy", "first_row_timeout", "query_timeout", "snapshot_failed",
	}
	bothPools(t, func(t *testing.T, kind poolKind) {
		db := pgtest.New(t, `CREATE TABLE few AS SELECT i AS id, repeat('x', 50) AS value FROM generate_series(1, 5) AS i;
			CREATE TABLE many AS SELECT i AS id, repeat('x', 500) AS value FROM generate_series(1, 20000) AS i`)
		proxy := faultproxy.New(t, db.DSN)
		config := dbcontents.Config{Tables: []string{"few", "many"}, FirstRowTimeout: 2 * time.Second, AcquireTimeout: 2 * time.Second}
		store := kind.open(t, config, proxy.DSN(db.DSN), 6)
		conn := db.Reader()
		end := time.Now().Add(duration)
		var readers sync.WaitGroup
		for range 10 {
			readers.Go(func() {
				for time.Now().Before(end) {
					err := readSomehow(t.Context(), store)
					var e *dbcontents.Error
					if err != nil && (!errors.As(err, &e) || !slices.Contains(expected, e.Code)) {
						t.Errorf("unexpected: %v", err)
						return
					}
					if store.Stats().Down {
						time.Sleep(5 * time.Millisecond) // reads fail at once; leave the CPUs to the faults
					}
				}
			})
		}
		for time.Now().Before(end) {
			time.Sleep(time.Duration(rand.IntN(400)) * time.Millisecond)
			randomFaults[rand.IntN(len(randomFaults))](conn, proxy)
		}
		readers.Wait()
		t.Logf("%+v", store.Stats())
		eventually(t, "no connection is held", func() bool { return store.Stats().AcquiredConns == 0 })
		eventually(t, "the database can be reached again", func() bool { return store.Ping(t.Context()) == nil })
		if err := errors.Join(readWhole(t.Context(), store.Query, "many", 20000), readInSnapshot(t.Context(), store, "few")); err != nil {
			t.Errorf("after the faults: %v", err)
		}
	})
}

var randomFaults = []func(*pgx.Conn, *faultproxy.Proxy){
	func(conn *pgx.Conn, _ *faultproxy.Proxy) { conn.Exec(context.Background(), terminateAll) },
	func(_ *pgx.Conn, proxy *faultproxy.Proxy) { proxy.Reset() },
	func(_ *pgx.Conn, proxy *faultproxy.Proxy) { proxy.HalfClose() },
	func(_ *pgx.Conn, proxy *faultproxy.Proxy) {
		proxy.CutAfter(rand.IntN(100_000))
		time.Sleep(20 * time.Millisecond)
		proxy.CutAfter(-1)
	},
	func(_ *pgx.Conn, proxy *faultproxy.Proxy) {
		proxy.Hang(true)
		time.Sleep(50 * time.Millisecond)
		proxy.Hang(false)
	},
	func(_ *pgx.Conn, proxy *faultproxy.Proxy) {
		proxy.Refuse(true)
		time.Sleep(20 * time.Millisecond)
		proxy.Refuse(false)
	},
}

// readSomehow reads a random table in a random way, and may give up.
func readSomehow(ctx context.Context, store *dbcontents.Store) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	if rand.IntN(2) == 0 {
		defer time.AfterFunc(time.Duration(rand.IntN(20_000))*time.Microsecond, cancel).Stop()
	}
	table, n := "few", 5
	if rand.IntN(2) == 0 {
		table, n = "many", 20000
	}
	query := store.Query
	if rand.IntN(4) == 0 {
		snapshot, err := store.Snapshot(ctx)
		if err != nil {
			return err
		}
		defer snapshot.Release()
		query = snapshot.Query
	}
	switch rand.IntN(3) {
	case 0:
		return readWhole(ctx, query, table, n)
	case 1:
		return writeWhole(ctx, query, table, n)
	}
	rows, err := query(ctx, dbcontents.Query{Table: table})
	if err != nil {
		return err
	}
	for k := rand.IntN(8); k > 0 && rows.Next(); k-- {
	}
	return rows.Close()
}

type queryFunc func(context.Context, dbcontents.Query) (*dbcontents.Rows, error)

// readWhole returns an error if rows are missing, out of order or repeated.
func readWhole(ctx context.Context, query queryFunc, table string, n int) error {
	rows, err := query(ctx, dbcontents.Query{Table: table})
	if err != nil {
		return err
	}
	seen := 0
	for row, err := range rows.All() {
		if err != nil {
			return err
		}
		var id int
		if seen++; row.Scan(&id, nil) != nil || id != seen {
			return fmt.Errorf("row %d has id %d", seen, id)
		}
	}
	if seen != n {
		return fmt.Errorf("%d rows without an error, want %d", seen, n)
	}
	return nil
}

// writeWhole returns an error unless the JSON is complete. After a failed read the
// JSON must not parse.
func writeWhole(ctx context.Context, query queryFunc, table string, n int) error {
	rows, err := query(ctx, dbcontents.Query{Table: table, Format: dbcontents.JSON})
	if err != nil {
		return err
	}
	var b bytes.Buffer
	_, err = rows.WriteTo(&b)
	var all []struct{ ID int }
	parseErr := json.Unmarshal(b.Bytes(), &all)
	switch {
	case err == nil && (parseErr != nil || len(all) != n):
		return fmt.Errorf("%d rows without an error, want %d; %v", len(all), n, parseErr)
	case err != nil && parseErr == nil:
		return fmt.Errorf("the JSON parses after the error %v", err)
	}
	return err
}

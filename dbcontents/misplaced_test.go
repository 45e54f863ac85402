package dbcontents_test

import (
	"context"
	"errors"
	"io"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgproto3"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/internal/pgscript"
)

// scripted is what a server sends.
func scripted(t testing.TB, messages ...pgproto3.BackendMessage) []byte {
	t.Helper()
	raw := []byte{}
	for _, m := range messages {
		var err error
		if raw, err = m.Encode(raw); err != nil {
			t.Fatal(err)
		}
	}
	return raw
}

// times are so many of a message.
func times(n int, m pgproto3.BackendMessage) (list []pgproto3.BackendMessage) {
	for range n {
		list = append(list, m)
	}
	return list
}

// columns describes so many columns of text.
func columns(n int) *pgproto3.RowDescription {
	d := &pgproto3.RowDescription{}
	for range n {
		d.Fields = append(d.Fields, pgproto3.FieldDescription{Name: []byte("c"), DataTypeOID: 25, DataTypeSize: -1, TypeModifier: -1})
	}
	return d
}

// aRow has so many values.
func aRow(n int) *pgproto3.DataRow {
	d := &pgproto3.DataRow{}
	for range n {
		d.Values = append(d.Values, []byte("1"))
	}
	return d
}

var (
	parseComplete = &pgproto3.ParseComplete{}
	bindComplete  = &pgproto3.BindComplete{}
	finished      = &pgproto3.CommandComplete{CommandTag: []byte("SELECT 1")}
	ready         = &pgproto3.ReadyForQuery{TxStatus: 'T'}
)

// A scriptedWay is a way to read, and the Store for it.
type scriptedWay struct {
	config dbcontents.Config
	read   func(ctx context.Context, store *dbcontents.Store) error
}

// rowsOf is a way to read the rows of q to their end.
func rowsOf(q dbcontents.Query) func(context.Context, *dbcontents.Store) error {
	return func(ctx context.Context, store *dbcontents.Store) error {
		rows, err := store.Query(ctx, q)
		if err != nil {
			return err
		}
		if q.Format == "" {
			for rows.Next() {
				rows.Values() //nolint:errcheck // any outcome will do
			}
			return rows.Close()
		}
		_, err = rows.WriteTo(io.Discard)
		return err
	}
}

var scriptedWays = []scriptedWay{
	{read: rowsOf(dbcontents.Query{})},
	{read: rowsOf(dbcontents.Query{Format: dbcontents.JSON, Limit: 1, Pages: true})},
	{read: rowsOf(dbcontents.Query{Format: dbcontents.CSV, Count: dbcontents.CountExact})},
	{read: rowsOf(dbcontents.Query{Count: dbcontents.CountPlanned})},
	{read: rowsOf(dbcontents.Query{Count: dbcontents.CountEstimated})},
	{read: rowsOf(dbcontents.Query{Count: dbcontents.CountExact, MinLSN: "0/1"})},
	{read: rowsOf(dbcontents.Query{Format: dbcontents.NDJSON, MinLSN: "0/1"})},
	{config: dbcontents.Config{MaxCost: 100}, read: rowsOf(dbcontents.Query{})},
	{config: dbcontents.Config{MaxLag: time.Hour}, read: rowsOf(dbcontents.Query{})},
	{read: func(ctx context.Context, store *dbcontents.Store) error {
		snapshot, err := store.Snapshot(ctx)
		if err != nil {
			return err
		}
		defer snapshot.Release()
		rows, err := snapshot.Query(ctx, dbcontents.Query{})
		if err != nil {
			return err
		}
		return rows.Close()
	}},
	{read: func(ctx context.Context, store *dbcontents.Store) error {
		_, err := store.Export(ctx, dbcontents.Export{Query: dbcontents.Query{Table: "test_table", Format: dbcontents.CSV}, Parallel: 1, Writer: io.Discard})
		return err
	}},
	{read: func(ctx context.Context, store *dbcontents.Store) error { return store.Ping(ctx) }},
	{read: func(ctx context.Context, store *dbcontents.Store) error {
		_, err := store.Tables(ctx)
		return err
	}},
}

// open makes a Store for w. It knows the table already, if that is wanted.
func (w scriptedWay) open(t testing.TB, server *pgscript.Server, knows bool) *dbcontents.Store {
	t.Helper()
	config := w.config
	config.ConnString, config.Tables, config.PoolSize = server.DSN(), []string{"test_table"}, 1
	config.AcquireTimeout, config.CloseTimeout = 5*time.Second, 5*time.Second
	store, err := dbcontents.Open(config)
	if err != nil {
		t.Fatal(err)
	}
	if knows {
		server.Heal()
		if _, err := store.Table(context.Background(), "", "test_table"); err != nil {
			t.Fatal(err)
		}
	}
	return store
}

// holdsNone tells that no connection of the Store is in use, by its end.
func holdsNone(t testing.TB, store *dbcontents.Store) {
	t.Helper()
	if err := store.Close(); err != nil {
		t.Error(err)
	}
	for end := time.Now().Add(5 * time.Second); store.Stats().AcquiredConns > 0; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%+v", store.Stats())
		}
	}
}

// Whatever a server or a pooler sends in place of what belongs there, the connection is lost, and nothing else: no panic, and
// none that is never given back.
func TestMisplacedMessages(t *testing.T) {
	t.Parallel()
	scripts := map[string][]pgproto3.BackendMessage{
		"results":                  append(times(12, finished), bindComplete),
		"statements that are done": append(times(12, finished), ready, bindComplete),
		"parsed":                   times(12, parseComplete),
		"described":                times(12, columns(1)),
		"without columns":          times(12, &pgproto3.NoData{}),
		"bound":                    append(times(12, finished), columns(1)),
		"rows of no columns":       times(12, aRow(0)),
		"rows of many columns":     times(3, aRow(40)),
		"ready":                    times(12, ready),
		"described anew":           {columns(0), bindComplete, aRow(0), columns(3), aRow(3), finished, aRow(1), finished},
		"empty results":            {parseComplete, columns(1), bindComplete, finished, parseComplete, columns(1), bindComplete, finished, parseComplete, columns(0), bindComplete, aRow(0), finished, ready},
	}
	for name, script := range scripts {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := pgscript.New(t)
			for i, w := range scriptedWays {
				for _, point := range []pgscript.Point{pgscript.Begun, pgscript.Lookup, pgscript.Read, pgscript.Row} {
					store := w.open(t, server, point != pgscript.Lookup)
					server.Fail(point, pgscript.Fault{Raw: scripted(t, script...)})
					err := w.read(t.Context(), store)
					var e *dbcontents.Error
					if err != nil && !errors.As(err, &e) {
						t.Errorf("way %d, point %d: %v", i, point, err)
					}
					if _, row := script[0].(*pgproto3.DataRow); row && point == pgscript.Read && i == 0 && (!errors.Is(err, dbcontents.ErrInterrupted) || e.Code != "connection_lost") {
						t.Error(err)
					}
					server.Heal()
					if _, err := store.Table(t.Context(), "", "test_table"); err != nil {
						t.Errorf("way %d, point %d: when the server is well again: %v", i, point, err)
					}
					holdsNone(t, store)
				}
			}
		})
	}
}

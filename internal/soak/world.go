package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"time"

	"github.com/jackc/pgx/v5"
	"go.uber.org/goleak"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/dbcontents/httpapi"
	"github.com/dbcontents/dbcontents-go/internal/faultproxy"
	"github.com/dbcontents/dbcontents-go/internal/pgtest"
)

// A world is a throwaway PostgreSQL, a network that can be broken, and the
// server under test in this process.
type world struct {
	ours     goleak.Option // the goroutines from before
	server   *pgtest.Server
	tb       *testbed
	proxy    *faultproxy.Proxy
	store    *dbcontents.Store
	api      *httpapi.Handler
	http     *http.Server
	url      string
	contents map[string]*contents // by table
}

// poolSize is the pool's, and role the one whose sessions it has.
const (
	poolSize = 4
	role     = "soak"
)

// A commit is on its way to the disk when it is answered: a crash would else
// undo what a fault had mended just before.
const seedSQL = `
SET synchronous_commit = on;
ALTER ROLE CURRENT_USER SET synchronous_commit = on;
CREATE TABLE few (id int PRIMARY KEY, value text, n numeric, at timestamptz, tags text[]);
INSERT INTO few SELECT i, 'a "quoted", value ' || i, i / 3.0, timestamptz '2020-01-01 00:00:00Z' + i * interval '1 hour', ARRAY['x', NULL, 'y,z'] FROM generate_series(1, 7) i;
CREATE TABLE many (id int PRIMARY KEY, value text, n float8, doc jsonb);
INSERT INTO many SELECT i, repeat(md5(i::text), 4), sqrt(i), jsonb_build_object('n', i) FROM generate_series(1, 20000) i;
CREATE TABLE other (id int PRIMARY KEY, value text);
INSERT INTO other SELECT i, 'row ' || i FROM generate_series(1, 500) i;
CREATE TABLE changing (id int PRIMARY KEY, value text);
INSERT INTO changing SELECT i, 'row ' || i FROM generate_series(1, 100) i;
CREATE VIEW slow AS SELECT id, value FROM other, pg_sleep(1.5);
CREATE ROLE soak LOGIN PASSWORD 'soak';
GRANT SELECT ON few, many, other, changing, slow TO soak`

// tables are what clients read; slow never gives a row in time.
var tables = []string{"few", "many", "other", "changing"}

// newWorld makes a world. What it has made by the time of an error is in it,
// to be closed.
func newWorld(ctx context.Context) (w *world, err error) {
	w = &world{ours: goleak.IgnoreCurrent(), tb: &testbed{}, contents: map[string]*contents{}}
	if w.server, err = pgtest.Start(ctx, pgtest.PreferLocal); err != nil {
		return w, err
	}
	if err := w.admin(func(ctx context.Context, conn *pgx.Conn) error {
		if _, err := conn.Exec(ctx, seedSQL); err != nil {
			return err
		}
		for _, t := range tables {
			if w.contents[t], err = readContents(ctx, conn, t); err != nil {
				return err
			}
		}
		return w.contents["changing"].alsoWith(ctx, conn, addColumn, dropColumn)
	}); err != nil {
		return w, err
	}
	dsn, err := url.Parse(w.server.DSN("postgres"))
	if err != nil {
		return w, err
	}
	dsn.User = url.UserPassword(role, role)
	w.proxy = faultproxy.New(w.tb, dsn.String())
	// Short limits, so that many things can go wrong in a minute.
	w.store, err = dbcontents.Open(dbcontents.Config{
		ConnString: w.proxy.DSN(dsn.String()), Tables: append([]string{"slow", "gone"}, tables...), PoolSize: poolSize,
		ConnectTimeout: 500 * time.Millisecond, AcquireTimeout: time.Second, LockTimeout: 150 * time.Millisecond,
		FirstRowTimeout: time.Second, QueryTimeout: 10 * time.Second, TrackReaders: true,
	})
	if err != nil {
		return w, err
	}
	w.api = httpapi.New(w.store, httpapi.Options{WriteTimeout: time.Second, QueueTimeout: 500 * time.Millisecond})
	return w, w.listen()
}

// listen serves as the real server does.
func (w *world) listen() error {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	mux := http.NewServeMux()
	mux.Handle("/", w.api)
	mux.HandleFunc("/livez", w.api.Livez)
	mux.HandleFunc("/readyz", w.api.Readyz)
	w.http = &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second, IdleTimeout: 30 * time.Second}
	w.http.ConnContext = func(ctx context.Context, conn net.Conn) context.Context {
		conn.(*net.TCPConn).SetWriteBuffer(64 << 10) // megabytes else, in which a client that does not read goes unnoticed
		return ctx
	}
	w.url = "http://" + listener.Addr().String()
	go w.http.Serve(listener) //nolint:errcheck // it ends when it is closed
	return nil
}

// admin lends f a superuser's connection past the proxy. It waits for a server
// that is starting again.
func (w *world) admin(f func(context.Context, *pgx.Conn) error) error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	for {
		conn, err := pgx.Connect(ctx, w.server.DSN("postgres"))
		if err == nil {
			defer conn.Close(context.Background())
			return f(ctx, conn)
		}
		select {
		case <-time.After(50 * time.Millisecond):
		case <-ctx.Done():
			return err
		}
	}
}

// sql runs statements as the superuser.
func (w *world) sql(statements string) error {
	return w.admin(func(ctx context.Context, conn *pgx.Conn) error {
		_, err := conn.Exec(ctx, statements)
		return err
	})
}

// sessions counts the sessions of the server under test.
func (w *world) sessions() (n int, err error) {
	err = w.admin(func(ctx context.Context, conn *pgx.Conn) error {
		return conn.QueryRow(ctx, "SELECT count(*) FROM pg_stat_activity WHERE usename = $1", role).Scan(&n)
	})
	return n, err
}

// eventually waits for what takes effect elsewhere.
func eventually(what string, ok func() bool) error {
	for end := time.Now().Add(30 * time.Second); !ok(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			return fmt.Errorf("after 30 s still not: %s", what)
		}
	}
	return nil
}

// healthy reports what has not recovered, now that nothing is broken any more.
func (w *world) healthy() error {
	var problems []error
	c := newClient(w, newTally())
	defer c.close()
	for _, t := range tables {
		for _, f := range formats {
			problems = append(problems, eventually("a whole answer with "+t+" as "+f, func() bool {
				return c.whole(context.Background(), t, f) == whole
			}))
		}
	}
	problems = append(problems,
		eventually("no connection is held and no request under way", func() bool {
			s, h := w.store.Stats(), w.api.Stats()
			return s.AcquiredConns == 0 && h.InFlight == 0 && h.Queued == 0
		}),
		eventually("no more sessions than the pool has connections", func() bool {
			n, err := w.sessions()
			return err == nil && n <= poolSize
		}))
	fmt.Printf("store   %+v\nhandler %+v\n", w.store.Stats(), w.api.Stats())
	return errors.Join(problems...)
}

// close ends everything and reports what stays: readers, sessions, goroutines.
func (w *world) close() error {
	var problems []error
	if w.http != nil {
		problems = append(problems, w.http.Close())
	}
	if w.store != nil {
		problems = append(problems, w.store.Close(), eventually("no session", func() bool {
			n, err := w.sessions()
			return err == nil && n == 0
		}))
	}
	w.tb.cleanup()
	if w.server != nil {
		problems = append(problems, w.server.Stop())
	}
	return errors.Join(append(problems, goleak.Find(w.ours))...)
}

// testbed is what faultproxy takes for a test.
type testbed struct{ cleanups []func() }

func (*testbed) Helper()                           {}
func (b *testbed) Cleanup(f func())                { b.cleanups = append(b.cleanups, f) }
func (*testbed) Fatalf(format string, args ...any) { panic(fmt.Sprintf(format, args...)) }

func (b *testbed) cleanup() {
	for _, f := range b.cleanups {
		f()
	}
}

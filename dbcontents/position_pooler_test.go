package dbcontents_test

import (
	"context"
	"errors"
	"maps"
	"math/rand/v2"
	"net"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgproto3"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/internal/pgtest"
)

// spreading is the DSN of a pooler that sends each transaction to one of the servers, by chance.
func spreading(t *testing.T, c *replicated, servers ...*pgtest.Server) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var clients sync.WaitGroup
	ctx, stop := context.WithCancel(context.Background())
	t.Cleanup(func() {
		stop()
		listener.Close()
		clients.Wait()
	})
	clients.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			clients.Go(func() {
				defer conn.Close()
				defer context.AfterFunc(ctx, func() { conn.Close() })()
				if err := spread1(ctx, conn, c, servers); err != nil && ctx.Err() == nil {
					t.Logf("the pooler: %v", err)
				}
			})
		}
	})
	u, _ := url.Parse(c.dsn("default_query_exec_mode=exec", servers[0]))
	u.Host = listener.Addr().String()
	return u.String()
}

// spread1 serves one client of the pooler.
func spread1(ctx context.Context, conn net.Conn, c *replicated, servers []*pgtest.Server) error {
	client := pgproto3.NewBackend(conn, conn)
	first, err := client.ReceiveStartupMessage()
	if err != nil {
		return nil
	}
	startup, ok := first.(*pgproto3.StartupMessage)
	if !ok {
		return nil // to cancel
	}
	var backends []*pgconn.HijackedConn
	for _, s := range servers {
		config, err := pgconn.ParseConfig(c.dsn("", s))
		if err != nil {
			return err
		}
		maps.Copy(config.RuntimeParams, startup.Parameters)
		delete(config.RuntimeParams, "user")
		delete(config.RuntimeParams, "database")
		pg, err := pgconn.ConnectConfig(ctx, config)
		if err != nil {
			return err
		}
		backend, err := pg.Hijack()
		if err != nil {
			return err
		}
		defer backend.Conn.Close()
		defer context.AfterFunc(ctx, func() { backend.Conn.Close() })()
		backends = append(backends, backend)
	}
	client.Send(&pgproto3.AuthenticationOk{})
	for name, value := range backends[0].ParameterStatuses {
		client.Send(&pgproto3.ParameterStatus{Name: name, Value: value})
	}
	client.Send(&pgproto3.BackendKeyData{SecretKey: make([]byte, 4)})
	client.Send(&pgproto3.ReadyForQuery{TxStatus: 'I'})
	backend, status := backends[0], byte('I')
	for {
		if err := client.Flush(); err != nil {
			return nil
		}
		if status == 'I' {
			backend = backends[rand.N(len(backends))]
		}
		for done := false; !done; {
			message, err := client.Receive()
			if err != nil {
				return nil
			}
			switch message.(type) {
			case *pgproto3.Terminate:
				return nil
			case *pgproto3.Sync, *pgproto3.Query:
				done = true
			}
			backend.Frontend.Send(message)
		}
		if err := backend.Frontend.Flush(); err != nil {
			return err
		}
		for done := false; !done; {
			message, err := backend.Frontend.Receive()
			if err != nil {
				return err
			}
			if ready, ok := message.(*pgproto3.ReadyForQuery); ok {
				status, done = ready.TxStatus, true
			}
			client.Send(message)
		}
	}
}

// Behind a pooler each transaction may be another server's. Rows are as new as was asked for, and
// their position is that of the server that gave them.
func TestPositionsBehindAPoolerOfStandbys(t *testing.T) {
	t.Parallel()
	c := replicate(t, 2)
	store := openOn(t, dbcontents.Config{ConnString: spreading(t, c, c.standbys...), PoolSize: 2, AcquireTimeout: 5 * time.Second})
	await(t, 10*time.Second, func() string { return errText(count(t.Context(), store)) })
	c.exec(c.standbys[1], "SELECT pg_wal_replay_pause()")
	least := c.exec(c.primary, "INSERT INTO test_table VALUES (2); "+insertLSN)
	await(t, 10*time.Second, func() string {
		if c.exec(c.standbys[0], "SELECT count(*) FROM test_table") != "2" {
			return "the other standby has no second row"
		}
		return ""
	})
	type read func(q dbcontents.Query) (n int64, lsn string, err error)
	plain := func(q dbcontents.Query) (n int64, lsn string, err error) { return rowsAt(t.Context(), store, q) }
	inSnapshot := func(q dbcontents.Query) (n int64, lsn string, err error) {
		snapshot, err := store.Snapshot(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer snapshot.Release()
		return rowsAt(t.Context(), snapshot, q)
	}
	for _, tt := range []struct {
		name  string
		read  read
		count dbcontents.Count
		waits bool // until there is a server that is not behind
	}{
		{"rows", plain, "", true},
		{"counted rows", plain, dbcontents.CountExact, true},
		{"rows of a snapshot", inSnapshot, "", false},
		{"counted rows of a snapshot", inSnapshot, dbcontents.CountExact, false},
	} {
		for _, min := range []string{"0/0", least} {
			success := 0
			for range 30 {
				n, lsn, err := tt.read(dbcontents.Query{MinLSN: min, Count: tt.count})
				switch {
				case err == nil && n < 2 && (min == least || position(t, lsn) >= position(t, least)):
					t.Errorf("%s from %s: %d rows at %s, where %s has two", tt.name, min, n, lsn, least)
				case err == nil:
					success++
				case tt.waits || !isBehind(err) && !strings.Contains(err.Error(), "another server"):
					t.Errorf("%s from %s: %v", tt.name, min, err)
				}
			}
			if success == 0 {
				t.Errorf("%s from %s: none was read", tt.name, min)
			}
			t.Logf("%s from %s: %d of 30 were read", tt.name, min, success)
		}
	}
}

// pgpool is the DSN of a pgpool-II before the primary and the first standby, by the way in which statements are kept.
func (c *replicated) pgpool() map[string]string {
	c.Helper()
	dsn, err := pgtest.Pgpool(c.T, c.primary, c.standbys[0])
	switch {
	case errors.Is(err, exec.ErrNotFound) || errors.Is(err, os.ErrNotExist):
		if os.Getenv("CI") != "" {
			c.Fatal("there is no pgpool program")
		}
		c.Skip("NOT TESTED: there is no pgpool program; the package pgpool2 has it")
	case err != nil:
		c.Fatal(err)
	}
	u, err := url.Parse(dsn)
	if err != nil {
		c.Fatal(err)
	}
	all := map[string]string{}
	for _, mode := range []string{"cache_statement", "exec"} {
		u.RawQuery = "sslmode=disable&default_query_exec_mode=" + mode
		all[mode] = u.String()
	}
	return all
}

// pgpool-II sends what may write to the primary, as which it takes the question for the position, and other
// statements to a standby: outside of a transaction they are not of one server.
func TestPositionsBehindPgpool(t *testing.T) {
	t.Parallel()
	c := replicate(t, 1)
	for mode, dsn := range c.pgpool() {
		store := openOn(t, dbcontents.Config{ConnString: dsn, PoolSize: 2})
		await(t, 10*time.Second, func() string { return errText(count(t.Context(), store)) })
		c.exec(c.standbys[0], "SELECT pg_wal_replay_pause()")
		least := c.exec(c.primary, "INSERT INTO test_table VALUES (2); "+insertLSN)
		for range 3 {
			for _, count := range []dbcontents.Count{"", dbcontents.CountExact} {
				if n, lsn, err := rowsAt(t.Context(), store, dbcontents.Query{MinLSN: least, Count: count}); err != nil || n != 2 {
					t.Errorf("%s, count %q: %d rows at %s, where %s has two; %v", mode, count, n, lsn, least, err)
				}
			}
		}
		c.exec(c.standbys[0], "SELECT pg_wal_replay_resume()")
		c.exec(c.primary, "DELETE FROM test_table WHERE id = 2")
	}
}

// On a new connection pgpool-II asks for the server's version before the first statement, and in its transaction, whose
// isolation level cannot be changed any more.
func TestFirstCountBehindPgpool(t *testing.T) {
	t.Parallel()
	c := replicate(t, 1)
	for mode, dsn := range c.pgpool() {
		pool := borrow(t, dsn)
		store := openOn(t, dbcontents.Config{Pool: pool})
		await(t, 10*time.Second, func() string { return errText(count(t.Context(), store)) })
		for range 3 {
			pool.Reset()
			if n, _, err := rowsAt(t.Context(), store, dbcontents.Query{Count: dbcontents.CountExact}); err != nil || n != 1 {
				t.Errorf("%s: %d rows, %v", mode, n, err)
			}
		}
	}
}

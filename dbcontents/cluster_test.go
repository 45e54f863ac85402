package dbcontents_test

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/internal/pgtest"
)

// A replicated cluster is a primary and standbys that follow it, for one test alone.
type replicated struct {
	*testing.T
	primary  *pgtest.Server
	standbys []*pgtest.Server
}

// replicate starts a primary that has test_table with one row, and n standbys of it.
func replicate(t *testing.T, n int) *replicated {
	t.Helper()
	c := &replicated{T: t}
	c.primary = pgtest.Keep(t)(pgtest.Private(t.Context()))
	c.exec(c.primary, "CREATE TABLE test_table AS SELECT 1 AS id")
	for range n {
		c.follow()
	}
	return c
}

// follow starts one more standby, with arguments for its program.
func (c *replicated) follow(arguments ...string) *pgtest.Server {
	c.Helper()
	standby := pgtest.Keep(c.T)(c.primary.Standby(c.Context(), arguments...))
	c.standbys = append(c.standbys, standby)
	return standby
}

// exec runs a statement on one server and returns the first value that it gives.
func (c *replicated) exec(s *pgtest.Server, sql string) (first string) {
	c.Helper()
	conn, err := pgx.Connect(c.Context(), s.DSN("postgres"))
	if err != nil {
		c.Fatal(err)
	}
	defer conn.Close(c.Context())
	results, err := conn.PgConn().Exec(c.Context(), sql).ReadAll()
	if err != nil {
		c.Fatalf("%v\nin: %s", err, sql)
	}
	if last := results[len(results)-1]; len(last.Rows) > 0 {
		first = string(last.Rows[0][0])
	}
	return first
}

// dsn is a connection string with these servers, in this order.
func (c *replicated) dsn(query string, servers ...*pgtest.Server) string {
	c.Helper()
	var u *url.URL
	var hosts []string
	for _, s := range servers {
		u, _ = url.Parse(s.DSN("postgres"))
		hosts = append(hosts, u.Host)
	}
	u.Host, u.RawQuery = strings.Join(hosts, ","), "sslmode=disable&"+query
	return u.String()
}

// address is where a server listens.
func (c *replicated) address(s *pgtest.Server) string {
	u, _ := url.Parse(s.DSN("postgres"))
	return u.Host
}

// host is what a Store knows of a server.
func (c *replicated) host(store *dbcontents.Store, s *pgtest.Server) dbcontents.Host {
	for _, h := range store.Stats().Hosts {
		if h.Address == c.address(s) {
			return h
		}
	}
	return dbcontents.Host{}
}

// spread holds n connections of a Store at once, and gives them back.
func spread(t *testing.T, store *dbcontents.Store, n int) {
	t.Helper()
	var all []*dbcontents.Snapshot
	for range n {
		s, err := store.Snapshot(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, s)
	}
	for _, s := range all {
		s.Release()
	}
}

// await waits until what returns "", which says what is amiss.
func await(t *testing.T, limit time.Duration, what func() string) (took time.Duration) {
	t.Helper()
	began := time.Now()
	for {
		amiss := what()
		if amiss == "" {
			return time.Since(began)
		}
		if time.Since(began) > limit {
			t.Fatalf("after %v: %s", limit, amiss)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// count reads test_table.
func count(ctx context.Context, store *dbcontents.Store) error {
	_, err := dbcontents.Read[map[string]any](ctx, store, dbcontents.Query{})
	return err
}

// errText is an error as await wants it.
func errText(err error) string {
	if err == nil {
		return ""
	}
	return fmt.Sprint(err)
}

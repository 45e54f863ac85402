package sharding

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/dbcontents/httpapi"
	"github.com/dbcontents/dbcontents-go/internal/faultproxy"
	"github.com/dbcontents/dbcontents-go/internal/pgtest"
)

// wait is how long a test waits for what should come soon. It is for busy machines.
const wait = 30 * time.Second

// password is that of all roles and mappings.
const password = "never-to-be-told"

// servers are the three of all tests: the front, which is asked, and the shards eu and us.
var servers struct {
	once      sync.Once
	err       error
	front     *pgtest.Server
	eu, us    *pgtest.Server
	databases int
	mu        sync.Mutex
}

func start() {
	ctx := context.Background()
	for _, s := range []struct {
		server    **pgtest.Server
		arguments []string
	}{{&servers.front, nil}, {&servers.eu, pgtest.LogStatements}, {&servers.us, pgtest.LogStatements}} {
		if *s.server, servers.err = pgtest.Private(ctx, s.arguments...); servers.err != nil {
			return
		}
	}
	for _, s := range []*pgtest.Server{servers.front, servers.eu, servers.us} {
		if servers.err = execute(s.DSN("postgres"), "CREATE ROLE reader LOGIN PASSWORD '"+password+"'"); servers.err != nil {
			return
		}
	}
}

func stop() error {
	var all error
	for _, s := range []*pgtest.Server{servers.front, servers.eu, servers.us} {
		if s != nil {
			all = errors.Join(all, s.Stop())
		}
	}
	return all
}

func execute(dsn, sql string) error {
	conn, err := pgx.Connect(context.Background(), dsn)
	if err != nil {
		return err
	}
	defer conn.Close(context.Background())
	if _, err = conn.Exec(context.Background(), sql); err != nil {
		err = fmt.Errorf("%w\nin: %s", err, sql)
	}
	return err
}

// columns are those of a table of orders.
const columns = `(id bigint NOT NULL, region text NOT NULL, amount numeric(12,2), at timestamptz, day date, tags text[], doc jsonb, paid boolean, raw bytea, rate float8, item int, note text)`

// orders makes the rows n to m of the table orders of one region, and a view that takes a minute.
func orders(region string, n, m int) string {
	return fmt.Sprintf(`CREATE TABLE orders %s; ALTER TABLE orders ADD PRIMARY KEY (id);
		INSERT INTO orders SELECT i, '%s', i * 1.25, timestamptz '2026-01-01 00:00+00' + i * interval '1 hour', date '2026-01-01' + i, ARRAY['a', 'b' || i],
			jsonb_build_object('n', i), i %% 2 = 0, decode(to_hex(i + 4096), 'hex'), i / 8.0, i %% 10, CASE WHEN i %% 3 > 0 THEN 'note ' || i END FROM generate_series(%d, %d) i;
		CREATE VIEW slow AS SELECT text '%[2]s' AS region, pg_sleep(60)::text AS slept;
		ANALYZE orders; GRANT SELECT ON orders, slow TO reader`, columns, region, n, m)
}

// A shard is a database on another server, behind a proxy.
type shard struct {
	*faultproxy.Proxy
	server *pgtest.Server
	name   string // of the database
}

// exec runs SQL in the shard, past the proxy.
func (s *shard) exec(t *testing.T, sql string) {
	t.Helper()
	if err := execute(s.server.DSN(s.name), sql); err != nil {
		t.Fatal(err)
	}
}

// statements are those that the shard was told to run and that select from orders.
func (s *shard) statements(t *testing.T) (selects []string) {
	t.Helper()
	all, err := s.server.Statements(t.Context(), s.name)
	if err != nil {
		t.Fatal(err)
	}
	for _, statement := range all {
		if i := strings.Index(statement, "SELECT "); i >= 0 && strings.Contains(statement, "FROM public.orders") && strings.Contains(statement, "DECLARE") {
			selects = append(selects, statement[i:])
		}
	}
	return selects
}

// A sharded is a database whose table orders has its rows in two shards: 1 to 100 in
// eu, 101 to 200 in us. It is read by HTTP and by Go as the role reader.
type sharded struct {
	*testing.T
	name   string
	eu, us *shard
	store  *dbcontents.Store
	url    string

	mu   sync.Mutex
	told strings.Builder // all that was logged and answered
}

// newSharded makes one for a test. options are those of the foreign servers, such as ", connect_timeout '2'".
func newSharded(t *testing.T, options string, config dbcontents.Config) *sharded {
	t.Helper()
	servers.once.Do(start)
	if servers.err != nil {
		t.Fatal(servers.err)
	}
	if !strings.Contains(servers.front.String(), "local") {
		t.Skip("a server in a container cannot reach the proxies of this process; DBCONTENTS_TEST_POSTGRES=local takes programs of this machine")
	}
	servers.mu.Lock()
	servers.databases++
	s := &sharded{T: t, name: fmt.Sprintf("sharded_%d", servers.databases)}
	for _, server := range []*pgtest.Server{servers.front, servers.eu, servers.us} {
		if err := execute(server.DSN("postgres"), "CREATE DATABASE "+s.name); err != nil {
			servers.mu.Unlock()
			t.Fatal(err)
		}
	}
	servers.mu.Unlock()
	s.eu = &shard{faultproxy.New(t, servers.eu.DSN(s.name)), servers.eu, s.name}
	s.us = &shard{faultproxy.New(t, servers.us.DSN(s.name)), servers.us, s.name}
	s.eu.exec(t, orders("eu", 1, 100))
	s.us.exec(t, orders("us", 101, 200))
	s.exec("CREATE EXTENSION postgres_fdw; CREATE TABLE orders " + columns + " PARTITION BY LIST (region)")
	for _, shard := range []struct {
		name string
		*shard
	}{{"eu", s.eu}, {"us", s.us}} {
		host, port, err := net.SplitHostPort(shard.Addr())
		if err != nil {
			t.Fatal(err)
		}
		s.exec(fmt.Sprintf(`CREATE SERVER shard_%s FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host '%s', port '%s', dbname '%s', sslmode 'disable', async_capable 'true', fetch_size '10'%s);
			CREATE USER MAPPING FOR reader SERVER shard_%[1]s OPTIONS (user 'reader', password '%[6]s');
			CREATE FOREIGN TABLE orders_%[1]s PARTITION OF orders FOR VALUES IN ('%[1]s') SERVER shard_%[1]s OPTIONS (table_name 'orders')`,
			shard.name, host, port, s.name, options, password))
	}
	s.exec(`CREATE TABLE item (id int PRIMARY KEY, name text);
		INSERT INTO item SELECT i, 'item ' || i FROM generate_series(0, 9) i;
		CREATE FUNCTION sold(orders) RETURNS SETOF item ROWS 1 LANGUAGE sql STABLE AS 'SELECT * FROM item WHERE id = $1.item';
		CREATE FUNCTION sales(item) RETURNS SETOF orders LANGUAGE sql STABLE AS 'SELECT * FROM orders WHERE item = $1.id';
		CREATE TABLE slow (region text, slept text) PARTITION BY LIST (region);
		CREATE FOREIGN TABLE slow_eu PARTITION OF slow FOR VALUES IN ('eu') SERVER shard_eu OPTIONS (table_name 'slow');
		CREATE FOREIGN TABLE slow_us PARTITION OF slow FOR VALUES IN ('us') SERVER shard_us OPTIONS (table_name 'slow');
		GRANT SELECT ON orders, item, slow TO reader`)
	s.open(config)
	return s
}

// exec runs SQL in the front.
func (s *sharded) exec(sql string) {
	s.Helper()
	if err := execute(servers.front.DSN(s.name), sql); err != nil {
		s.Fatal(err)
	}
}

func (s *sharded) open(config dbcontents.Config) {
	s.Helper()
	u, err := url.Parse(servers.front.DSN(s.name))
	if err != nil {
		s.Fatal(err)
	}
	u.User = url.UserPassword("reader", password)
	config.ConnString, config.Tables = u.String(), []string{"orders", "item", "slow"}
	store, err := dbcontents.Open(config)
	if err != nil {
		s.Fatal(err)
	}
	s.store = store
	log := slog.New(slog.NewTextHandler(s, nil))
	server := httptest.NewServer(httpapi.New(store, httpapi.Options{Log: log, Observe: func(_ *http.Request, o httpapi.Observation) {
		log.Info("request", "status", o.Status, "cause", o.Cause, "error", o.Err)
	}}))
	s.url = server.URL
	s.Cleanup(func() {
		server.Close()
		if err := store.Close(); err != nil {
			s.Error(err)
		}
		if strings.Contains(s.seen(), password) {
			s.Errorf("the password is told: %s", s.seen())
		}
	})
}

// Write takes what is logged.
func (s *sharded) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.told.Write(p)
}

func (s *sharded) seen() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.told.String()
}

// An answer is what an HTTP client gets.
type answer struct {
	*http.Response
	body string
}

func (s *sharded) get(path string, header ...string) answer {
	s.Helper()
	request, err := http.NewRequestWithContext(s.Context(), http.MethodGet, s.url+path, nil)
	if err != nil {
		s.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		request.Header.Set(header[i], header[i+1])
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		s.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		s.Fatal(err)
	}
	fmt.Fprintf(s, "%s\n", body)
	return answer{response, string(body)}
}

// rows are those of an answer, which must be a success.
func (s *sharded) rows(path string, header ...string) (rows []map[string]any) {
	s.Helper()
	a := s.get(path, header...)
	if a.StatusCode != http.StatusOK && a.StatusCode != http.StatusPartialContent {
		s.Fatalf("%s: %s %s", path, a.Status, a.body)
	}
	if err := json.Unmarshal([]byte(a.body), &rows); err != nil {
		s.Fatalf("%s: %v in %s", path, err, a.body)
	}
	return rows
}

// eventually waits for what takes effect outside of the test.
func eventually(t *testing.T, limit time.Duration, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(limit); !ok(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("after %v still not: %s", limit, what)
		}
	}
}

// drain reads a body to its end.
func drain(response *http.Response) (int64, error) {
	defer response.Body.Close()
	return io.Copy(io.Discard, response.Body)
}

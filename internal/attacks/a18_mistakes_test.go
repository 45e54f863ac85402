package attacks

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/dbcontents/httpapi"
	"github.com/dbcontents/dbcontents-go/internal/pgtest"
)

// A cast that cannot be is the request's mistake, and neither a fault of ours
// nor a reason to forget what is known of the table.
func TestAttack18_CastsThatCannotBe(t *testing.T) {
	begin(t, 18)
	r := build(t, pgtest.New(t, "CREATE TABLE t (id int PRIMARY KEY, value text); INSERT INTO t VALUES (1, 'x')"), dbcontents.Config{Tables: []string{"t"}}, httpapi.Options{})
	for _, cast := range []string{
		"anyelement", "anyarray", "anynonarray", "anyenum", "anyrange", "anycompatible", "any", "record", "_record", "cstring", "_cstring", "void", "trigger",
		"internal", "unknown", "language_handler", "event_trigger", "pg_ddl_command", "regclass", "regproc", "regrole", "t", "pg_class", "no_such_type",
	} {
		for range 2 {
			a := r.get("/dbcontents?select=value::" + cast)
			p := r.problem(a)
			if a.StatusCode != 400 || p.Cause != "type_unknown" || p.Message != fmt.Sprintf("type %q does not exist", cast) || p.Code != "42704" {
				t.Errorf("%s: %s", cast, a.text())
			}
		}
	}
	before := r.store.Known("", "t")
	for range 50 {
		r.get("/dbcontents?select=value::anyelement")
	}
	if s := r.store.Stats(); before == nil || r.store.Known("", "t") != before || s.Retries > 0 {
		t.Errorf("the table was forgotten, or a read repeated: %+v", s)
	}
}

// PostgreSQL's limit on columns is told before a connection is taken, and what
// lies within it is answered.
func TestAttack18_MoreColumnsThanThereCanBe(t *testing.T) {
	begin(t, 18)
	var wide, some strings.Builder
	for i := range 1600 {
		fmt.Fprintf(&wide, ", c%d int", i)
		if i < 64 {
			fmt.Fprintf(&some, ",c%d", i)
		}
	}
	db := pgtest.New(t, "CREATE TABLE wide ("+wide.String()[1:]+", PRIMARY KEY (c0)); INSERT INTO wide (c0) VALUES (1), (2)",
		"CREATE TABLE jsons ("+strings.ReplaceAll(wide.String(), " int", " int[]")[1:]+"); INSERT INTO jsons VALUES ('{1}')")
	pool, err := pgxpool.New(t.Context(), db.DSN)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	r := build(t, db, dbcontents.Config{Pool: pool, Tables: []string{"wide", "jsons"}, Aggregates: true}, httpapi.Options{})
	for _, table := range []string{"wide", "jsons"} {
		if a := r.get("/dbcontents/" + table); a.StatusCode != 200 {
			t.Fatalf("all columns: %.300s", a.text())
		}
	}
	stars := strings.TrimSuffix(strings.Repeat("*,", 700), ",")
	for _, query := range []string{
		"wide?select=*,*", "wide?select=*,*,count()", "wide?select=" + stars, "wide?select=*" + some.String() + ",c1", "wide?select=*,*&limit=1",
		"wide?select=*" + some.String() + "&order=c1,c1->a", "jsons?select=*" + some.String() + "&order=c1", "jsons?select=*,count()&order=c1", "wide?select=*" + some.String() + ",c1.max()",
	} {
		for _, accept := range []string{"application/json", "text/csv", "text/html"} {
			if strings.HasPrefix(query, "jsons") && accept != "application/json" {
				continue // they are converted for JSON alone
			}
			a := r.get("/dbcontents/"+query, "Accept", accept)
			if accept == "text/html" {
				if a.StatusCode != 400 || !strings.Contains(a.body, "query_invalid") || !strings.Contains(a.body, "1664") {
					t.Errorf("%.60s as a page: %.500s", query, a.text())
				}
				continue
			}
			if p := r.problem(a); a.StatusCode != 400 || p.Cause != "query_invalid" || !strings.Contains(p.Message, "1664") {
				t.Errorf("%.60s as %s: %.500s", query, accept, a.text())
			}
		}
	}
	for _, query := range []string{
		"wide?select=*" + some.String(), "wide?select=*" + some.String() + "&limit=1", "wide?select=*" + some.String() + "&order=c5",
		"wide?select=*" + some.String() + "&limit=1&order=c5", "jsons?select=*" + some.String() + "&limit=1", "wide?select=*&limit=1",
	} {
		if a := r.get("/dbcontents/" + query); a.StatusCode != 200 {
			t.Errorf("%.60s: %.500s", query, a.text())
		}
	}
	// What is known of the table is enough to tell; it is looked at again once a second.
	without := 0
	for range 20 {
		before := pool.Stat().AcquireCount()
		if p := r.problem(r.get("/dbcontents/wide?select=*,*")); p.Status != 400 {
			t.Errorf("once more: %+v", p)
		}
		if pool.Stat().AcquireCount() == before {
			without++
		}
	}
	if without == 0 {
		t.Error("each refusal took a connection")
	}
}

// A standby has no serializable transactions. That the role asks for them by
// default is told as what it is, and is no value of the client's.
func TestAttack18_SerializableStandby(t *testing.T) {
	begin(t, 18)
	p, err := pgtest.Private(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Stop(); err != nil {
			t.Error(err)
		}
	})
	conn, err := pgx.Connect(t.Context(), p.DSN("postgres"))
	if err != nil {
		t.Fatal(err)
	}
	for _, sql := range []string{
		"CREATE TABLE t AS SELECT 1 AS id", "CREATE ROLE reader LOGIN PASSWORD 'reader'", "GRANT SELECT ON t TO reader",
		"ALTER ROLE reader SET default_transaction_isolation = 'serializable'",
		"COPY (SELECT 1) TO PROGRAM 'cat > standby.signal'",
	} {
		if _, err := conn.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	conn.Close(t.Context())
	if err := p.Halt(false); err != nil {
		t.Fatal(err)
	}
	if err := p.Boot(t.Context()); err != nil {
		t.Fatal(err)
	}
	dsn, err := url.Parse(p.DSN("postgres"))
	if err != nil {
		t.Fatal(err)
	}
	dsn.User = url.UserPassword("reader", "reader")
	r := standbyRig(t, dsn.String())
	for _, path := range []string{"/dbcontents", "/dbcontents?id=eq.1", "/dbcontents?select=id::text", "/dbcontents?limit=1"} {
		a := r.get(path, "Prefer", "timezone=UTC")
		if got := r.problem(a); a.StatusCode != 503 || got.Cause != "serializable_standby" || !strings.Contains(got.Hint, "default_transaction_isolation") {
			t.Errorf("%s: %s", path, a.text())
		}
	}
	if err := r.store.Check(t.Context()).Err(); err == nil || !strings.Contains(err.Error(), "serializable") {
		t.Errorf("the check says %v", err)
	}
	// What the hint says helps.
	query := dsn.Query()
	query.Set("default_transaction_isolation", "repeatable read")
	dsn.RawQuery = strings.ReplaceAll(query.Encode(), "+", "%20")
	r = standbyRig(t, dsn.String())
	if a := r.get("/dbcontents?id=eq.1"); a.StatusCode != 200 {
		t.Errorf("as the hint says: %s", a.text())
	}
}

func standbyRig(t *testing.T, dsn string) *rig {
	t.Helper()
	return build(t, nil, dbcontents.Config{ConnString: dsn, Tables: []string{"t"}}, httpapi.Options{})
}

package dbcontents_test

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/internal/pgtest"
)

// guardedTables have rows that belong to tenants, in a table and in partitions that nobody may read by themselves.
const guardedTables = `
CREATE TABLE notes (id int PRIMARY KEY, tenant text NOT NULL, body text NOT NULL, secret text);
INSERT INTO notes SELECT i, CASE WHEN i % 2 = 0 THEN 'even' ELSE 'odd' END, repeat('b', 200) || i, 'secret ' || i FROM generate_series(1, 4000) i;
CREATE TABLE parted (id int, tenant text, body text) PARTITION BY RANGE (id);
CREATE TABLE parted_1 PARTITION OF parted FOR VALUES FROM (0) TO (1000);
CREATE TABLE parted_2 PARTITION OF parted DEFAULT;
INSERT INTO parted SELECT id, tenant, body FROM notes;
CREATE POLICY own ON notes USING (tenant = (SELECT current_setting('request.jwt.claims')::json ->> 'tenant'));
CREATE POLICY own ON parted USING (tenant = (SELECT current_setting('request.jwt.claims')::json ->> 'tenant'));
ALTER TABLE notes ENABLE ROW LEVEL SECURITY;
ALTER TABLE parted ENABLE ROW LEVEL SECURITY;`

// An export gives a session what its reads give, and nothing else.
func TestExportAsSession(t *testing.T) {
	t.Parallel()
	r := newRealm(t, guardedTables, []string{"GRANT SELECT ON notes, parted TO ROLE"}, []string{"GRANT SELECT (id, tenant) ON notes TO ROLE"})
	store := openOn(t, dbcontents.Config{ConnString: r.dsn, Tables: []string{"notes", "parted", "other"}, PoolSize: 4, Roles: r.roles})
	claims := map[string]string{"request.jwt.claims": `{"tenant":"even"}`}
	odd := dbcontents.Where("tenant", dbcontents.OpEq, "odd")
	small := dbcontents.Where("id", dbcontents.OpLte, 3000)
	for reason, tt := range map[string]struct {
		session dbcontents.Session
		query   dbcontents.Query
		rows    int64
		divided bool
		code    string
	}{
		"a role with policies":            {dbcontents.Session{Role: r.roles[0], Settings: claims}, dbcontents.Query{Table: "notes"}, 2000, true, ""},
		"partitions that it may not read": {dbcontents.Session{Role: r.roles[0], Settings: claims}, dbcontents.Query{Table: "parted"}, 2000, true, ""},
		"a filter for others' rows":       {dbcontents.Session{Role: r.roles[0], Settings: claims}, dbcontents.Query{Table: "notes", Where: odd}, 0, true, ""},
		"a mandatory filter on a hidden column": {dbcontents.Session{
			Role: r.roles[0], Settings: claims, Tables: map[string]dbcontents.Grant{"notes": {Columns: []string{"id", "body"}, Where: small}},
		}, dbcontents.Query{Table: "notes", Where: dbcontents.Not(small)}, 0, true, ""},
		"the same, by values": {dbcontents.Session{
			Role: r.roles[0], Settings: claims, Tables: map[string]dbcontents.Grant{"notes": {Columns: []string{"id", "body"}, Where: small}},
		}, dbcontents.Query{Table: "notes", Order: []dbcontents.Order{{Column: "id"}}}, 1500, true, ""},
		"an order by a column that is hidden": {dbcontents.Session{
			Role: r.roles[0], Settings: claims, Tables: map[string]dbcontents.Grant{"notes": {Columns: []string{"body"}}},
		}, dbcontents.Query{Table: "notes", Order: []dbcontents.Order{{Column: "id"}}}, 0, false, "column_unknown"},
		"a role with some columns only":   {dbcontents.Session{Role: r.roles[1], Settings: claims}, dbcontents.Query{Table: "notes"}, 2000, false, ""},
		"a role without the table":        {dbcontents.Session{Role: r.roles[1], Settings: claims}, dbcontents.Query{Table: "parted"}, 0, false, "select_denied"},
		"a table that is not on the list": {dbcontents.Session{Role: r.roles[0], Tables: map[string]dbcontents.Grant{"parted": {}}}, dbcontents.Query{Table: "notes"}, 0, false, "table_not_exposed"},
		"a role that is not configured":   {dbcontents.Session{Role: "postgres"}, dbcontents.Query{Table: "notes"}, 0, false, "role_not_allowed"},
	} {
		as := store.As(tt.session)
		tt.query.Format = dbcontents.NDJSON
		var b bytes.Buffer
		done, err := as.Export(t.Context(), dbcontents.Export{Query: tt.query, Writer: &b, Parallel: 3})
		var e *dbcontents.Error
		if tt.code != "" {
			if !errors.As(err, &e) || e.Code != tt.code || b.Len() > 0 {
				t.Errorf("%s: %v, %d bytes", reason, err, b.Len())
			}
			continue
		}
		if err != nil || done.Rows != tt.rows || (done.Ranges > 1) != tt.divided {
			t.Errorf("%s: %+v, %v", reason, done, err)
			continue
		}
		if want := write(t, as, tt.query); !slices.Equal(sortedLines(b.String()), sortedLines(want)) {
			t.Errorf("%s: got %d bytes, want %d", reason, b.Len(), len(want))
		}
		if strings.Contains(b.String(), `"odd"`) {
			t.Errorf("%s: rows of another tenant", reason)
		}
	}
	noneHeld(t, store)
	// What a session did does not stay on the connections.
	if _, err := store.Export(t.Context(), dbcontents.Export{Query: dbcontents.Query{Table: "notes", Format: dbcontents.CSV}, Writer: new(bytes.Buffer)}); !errors.Is(err, dbcontents.ErrDenied) {
		t.Errorf("the role that connects: %v", err)
	}
}

// What is too dear as a whole cannot be had in ranges.
func TestExportTooCostly(t *testing.T) {
	t.Parallel()
	store, _ := open(t, dbcontents.Config{AllTables: true, PoolSize: 4, MaxCost: 150}, guardedTables, "ALTER TABLE notes DISABLE ROW LEVEL SECURITY", "ANALYZE")
	var b bytes.Buffer
	x := dbcontents.Export{Query: dbcontents.Query{Table: "notes", Format: dbcontents.CSV}, Writer: &b, Parallel: 3}
	var e *dbcontents.Error
	if _, err := store.Export(t.Context(), x); !errors.As(err, &e) || e.Code != "too_costly" || b.Len() > 0 {
		t.Errorf("got %v, %d bytes", err, b.Len())
	}
	x.Query.Where = dbcontents.Where("id", dbcontents.OpLte, 10)
	if done, err := store.Export(t.Context(), x); err != nil || done.Rows != 10 {
		t.Errorf("%+v, %v", done, err)
	}
}

// Through a pooler in transaction mode the connections see one state, as they lead to one server.
func TestExportThroughPooler(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t, divided)
	store := openOn(t, dbcontents.Config{ConnString: bouncer(t, db) + "&default_query_exec_mode=exec", AllTables: true, PoolSize: 4})
	q := dbcontents.Query{Table: "plain", Format: dbcontents.JSON}
	want := write(t, store, q)
	if got, done := exported(t, store, dbcontents.Export{Query: q, Parallel: 3}); !slices.Equal(sortedLines(got), sortedLines(want)) || done.Ranges < 4 {
		t.Errorf("%+v, %d bytes, want %d", done, len(got), len(want))
	}
}

// Connections that lead to several databases cannot see one state, and say so.
func TestExportOfSeveralStates(t *testing.T) {
	t.Parallel()
	one, other := pgtest.New(t, divided), pgtest.New(t, divided)
	elsewhere, err := pgx.ParseConfig(other.DSN)
	if err != nil {
		t.Fatal(err)
	}
	var n atomic.Int32
	store := openOn(t, dbcontents.Config{AllTables: true, Pool: borrowWith(t, one.DSN, func(c *pgxpool.Config) {
		c.MaxConns = 4
		c.BeforeConnect = func(_ context.Context, config *pgx.ConnConfig) error {
			if n.Add(1) > 1 {
				config.Database = elsewhere.Database
			}
			return nil
		}
	})})
	var b bytes.Buffer
	_, err = store.Export(t.Context(), dbcontents.Export{Query: dbcontents.Query{Table: "plain", Format: dbcontents.CSV}, Writer: &b, Parallel: 2})
	var e *dbcontents.Error
	if !errors.As(err, &e) || e.Code != "snapshot_not_shared" || !errors.Is(err, dbcontents.ErrUnavailable) {
		t.Errorf("got %v", err)
	}
	noneHeld(t, store)
}

package dbcontents_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/internal/pgtest"
)

const allowedSeed = `CREATE TABLE test_table (id int PRIMARY KEY, name text, secret text); INSERT INTO test_table VALUES (1, 'a', 'x'), (2, 'b', 'y');
	CREATE FUNCTION loud(test_table) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT upper($1.secret)'`

// One Store serves callers with different allow-lists, one after the other:
// plans and narrowed tables are not mixed up.
func TestAllowed(t *testing.T) {
	t.Parallel()
	bothPools(t, func(t *testing.T, kind poolKind) {
		store := kind.open(t, dbcontents.Config{Aggregates: true}, pgtest.New(t, allowedSeed).DSN, 1)
		for round := range 3 {
			for _, tt := range []struct {
				allowed []string
				query   dbcontents.Query
				want    string // or the code of the error
			}{
				{nil, dbcontents.Query{}, "id,name,secret\r\n1,a,x\r\n2,b,y\r\n"},
				{[]string{"name"}, dbcontents.Query{}, "name\r\na\r\nb\r\n"},
				{[]string{"secret"}, dbcontents.Query{}, "secret\r\nx\r\ny\r\n"},
				{[]string{"secret", "id"}, dbcontents.Query{}, "id,secret\r\n1,x\r\n2,y\r\n"},
				{[]string{"name"}, dbcontents.Query{Select: []dbcontents.Field{{}, {Column: "name"}}}, "name,name\r\na,a\r\nb,b\r\n"},
				{[]string{"name"}, dbcontents.Query{Select: []dbcontents.Field{{Aggregate: "count"}}}, "count\r\n2\r\n"},
				{[]string{"name", "loud"}, dbcontents.Query{Select: dbcontents.Columns("loud")}, "loud\r\nX\r\nY\r\n"},
				{[]string{"name"}, dbcontents.Query{Select: dbcontents.Columns("loud")}, "column_unknown"},
				{[]string{"name"}, dbcontents.Query{Where: where("secret", "eq", "x")}, "column_unknown"},
				{[]string{"name"}, dbcontents.Query{Order: []dbcontents.Order{{Column: "id"}}}, "column_unknown"},
				{[]string{"name"}, dbcontents.Query{Pages: true, Limit: 1}, "page_unordered"},
				{[]string{"name", "id"}, dbcontents.Query{Pages: true, Limit: 1}, "id,name\r\n1,a\r\n"},
				{[]string{}, dbcontents.Query{}, "columns_not_allowed"},
				{[]string{"loud"}, dbcontents.Query{}, "columns_not_allowed"},
				{[]string{"ghost"}, dbcontents.Query{Select: []dbcontents.Field{{Aggregate: "count"}}}, "columns_not_allowed"},
				{[]string{"a\x00b"}, dbcontents.Query{}, "name_invalid"},
			} {
				tt.query.Allowed, tt.query.Format = tt.allowed, dbcontents.CSV
				if got := csvOrCode(t, store, tt.query); got != tt.want {
					t.Errorf("round %d, %q allows %q, want %q", round, tt.allowed, got, tt.want)
				}
			}
		}
	})
}

func csvOrCode(t *testing.T, store *dbcontents.Store, q dbcontents.Query) string {
	t.Helper()
	rows, err := store.Query(t.Context(), q)
	var e *dbcontents.Error
	if errors.As(err, &e) {
		if strings.Contains(e.Hint, "secret") || strings.Contains(e.Hint, "loud") {
			t.Errorf("the hint names what is hidden: %s", e.Hint)
		}
		return e.Code
	}
	if err != nil {
		t.Fatal(err)
	}
	if len(rows.Table().Columns) == 3 && q.Allowed != nil {
		t.Errorf("%q: the rows' table has all columns", q.Allowed)
	}
	var b strings.Builder
	if _, err := rows.WriteTo(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// Lists narrow each other, and a narrowed table is one in every respect.
func TestOnly(t *testing.T) {
	t.Parallel()
	store := openOn(t, dbcontents.Config{ConnString: pgtest.New(t, allowedSeed).DSN})
	whole, err := store.Table(t.Context(), "", "")
	if err != nil {
		t.Fatal(err)
	}
	names := func(table *dbcontents.Table) (names []string) {
		for _, c := range table.Columns {
			names = append(names, c.Name)
		}
		return append(names, table.PrimaryKey...)
	}
	for _, tt := range []struct {
		reason string
		table  *dbcontents.Table
		want   []string
	}{
		{"no list", whole.Only(nil), []string{"id", "name", "secret", "id"}},
		{"without the key", whole.Only([]string{"secret", "name"}), []string{"name", "secret"}},
		{"with it", whole.Only([]string{"name", "id", "ghost"}), []string{"id", "name", "id"}},
		{"of an empty list", whole.Only([]string{}), nil},
		{"twice", whole.Only([]string{"name", "id"}).Only([]string{"name", "secret"}), []string{"name"}},
		{"the whole is as it was", whole, []string{"id", "name", "secret", "id"}},
	} {
		if diff := cmp.Diff(tt.want, names(tt.table)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.reason, diff)
		}
	}
}

// In a snapshot the list holds as well, also for a column that came later.
func TestAllowedInSnapshot(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t, allowedSeed)
	store := openOn(t, dbcontents.Config{ConnString: db.DSN})
	snapshot, err := store.Snapshot(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer snapshot.Release()
	rows, err := snapshot.Query(t.Context(), dbcontents.Query{Allowed: []string{"name"}, Format: dbcontents.JSON})
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	if _, err := rows.WriteTo(&b); err != nil || b.String() != "[{\"name\":\"a\"},\n{\"name\":\"b\"}]\n" {
		t.Errorf("%q, %v", &b, err)
	}
	if _, err := snapshot.Query(t.Context(), dbcontents.Query{Allowed: []string{"nmae"}}); !errors.Is(err, dbcontents.ErrDenied) {
		t.Errorf("a list without a column: %v", err)
	}
}

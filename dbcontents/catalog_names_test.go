package dbcontents_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/internal/pgtest"
)

// What cannot be read for its name alone costs the database nothing.
func TestNamesThatTakeNoConnection(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t, seed)
	pool := borrow(t, db.DSN)
	for _, tt := range []struct {
		reason string
		config dbcontents.Config
		query  dbcontents.Query
		want   error
		code   string
	}{
		{"not among the tables", dbcontents.Config{Tables: []string{"test_table"}}, dbcontents.Query{Table: "other"}, dbcontents.ErrNoTable, "table_not_exposed"},
		{"another case", dbcontents.Config{Tables: []string{"test_table"}}, dbcontents.Query{Table: "Test_Table"}, dbcontents.ErrNoTable, "table_not_exposed"},
		{"quoted as in SQL", dbcontents.Config{Tables: []string{"test_table"}}, dbcontents.Query{Table: `"test_table"`}, dbcontents.ErrNoTable, "table_not_exposed"},
		{"with its schema in the name", dbcontents.Config{Tables: []string{"test_table"}}, dbcontents.Query{Table: "public.test_table"}, dbcontents.ErrNoTable, "table_not_exposed"},
		{"not among the schemas", dbcontents.Config{AllTables: true}, dbcontents.Query{Schema: "private", Table: "test_table"}, dbcontents.ErrNoTable, "table_not_exposed"},
		{"the system's schema", dbcontents.Config{AllTables: true}, dbcontents.Query{Schema: "pg_catalog", Table: "pg_authid"}, dbcontents.ErrNoTable, "table_not_exposed"},
		{"the standard's schema", dbcontents.Config{AllTables: true}, dbcontents.Query{Schema: "information_schema", Table: "tables"}, dbcontents.ErrNoTable, "table_not_exposed"},
		{"NUL, which quoting would drop", dbcontents.Config{AllTables: true}, dbcontents.Query{Table: "test_table\x00"}, dbcontents.ErrInvalid, "name_invalid"},
		{"longer than any name, which would be cut", dbcontents.Config{AllTables: true}, dbcontents.Query{Table: strings.Repeat("t", 64)}, dbcontents.ErrInvalid, "name_invalid"},
		{"63 characters but more bytes", dbcontents.Config{AllTables: true}, dbcontents.Query{Table: strings.Repeat("é", 63)}, dbcontents.ErrInvalid, "name_invalid"},
		{"not UTF-8", dbcontents.Config{AllTables: true}, dbcontents.Query{Table: "t\xff"}, dbcontents.ErrInvalid, "name_invalid"},
		{"not UTF-8, as a schema", dbcontents.Config{AllTables: true}, dbcontents.Query{Schema: "\xc3\x28"}, dbcontents.ErrInvalid, "name_invalid"},
		{"an alias of no column", dbcontents.Config{AllTables: true}, dbcontents.Query{Select: []dbcontents.Field{{Alias: "id"}}}, dbcontents.ErrInvalid, "name_invalid"},
		{"NUL in a column", dbcontents.Config{AllTables: true}, dbcontents.Query{Select: dbcontents.Columns("id\x00")}, dbcontents.ErrInvalid, "name_invalid"},
		{"NUL in the order", dbcontents.Config{AllTables: true}, dbcontents.Query{Order: []dbcontents.Order{{Column: "id\x00"}}}, dbcontents.ErrInvalid, "name_invalid"},
		{"an unknown place for nulls", dbcontents.Config{AllTables: true}, dbcontents.Query{Order: []dbcontents.Order{{Column: "id", Nulls: "LAST; DROP"}}}, dbcontents.ErrInvalid, "query_invalid"},
		{"a negative offset", dbcontents.Config{AllTables: true}, dbcontents.Query{Offset: -1}, dbcontents.ErrInvalid, "query_invalid"},
		{"an unknown format", dbcontents.Config{AllTables: true}, dbcontents.Query{Format: "xml"}, dbcontents.ErrInvalid, "query_invalid"},
	} {
		tt.config.Pool = pool
		store := openOn(t, tt.config)
		before := pool.Stat().AcquireCount()
		_, err := store.Query(t.Context(), tt.query)
		var e *dbcontents.Error
		if !errors.Is(err, tt.want) || !errors.As(err, &e) || e.Code != tt.code {
			t.Errorf("%s: %v, want %s", tt.reason, err, tt.code)
		}
		if tt.query.Format == "" && len(tt.query.Select)+len(tt.query.Order) == 0 && tt.query.Offset == 0 {
			if _, err := store.Table(t.Context(), tt.query.Schema, tt.query.Table); !errors.Is(err, tt.want) {
				t.Errorf("%s: Table: %v, want %v", tt.reason, err, tt.want)
			}
		}
		if n := pool.Stat().AcquireCount() - before; n != 0 {
			t.Errorf("%s: %d connections were taken", tt.reason, n)
		}
	}
}

func TestTableNames(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("n", 63)
	db := pgtest.New(t, `CREATE SCHEMA a; CREATE SCHEMA b; CREATE SCHEMA "S.1";
		CREATE TABLE b.only_b AS SELECT 'b.only_b' AS v; CREATE TABLE a.both AS SELECT 'a.both' AS v; CREATE TABLE b.both AS SELECT 'b.both' AS v;
		CREATE TABLE public.both AS SELECT 'public.both' AS v;
		CREATE TABLE a."my.table" AS SELECT 'dot' AS v; CREATE TABLE a."say ""hi""" AS SELECT 'quotes' AS v;
		CREATE TABLE a." spaces  in it " AS SELECT 'spaces' AS v; CREATE TABLE a."🐘" AS SELECT 'elephant' AS v;
		CREATE TABLE a."MixedCase" AS SELECT 'mixed' AS v; CREATE TABLE a.mixedcase AS SELECT 'lower' AS v;
		CREATE TABLE a."x; DROP TABLE a.both; --" AS SELECT 'injected' AS v; CREATE TABLE "S.1"."T.1" AS SELECT 'dots' AS v;
		CREATE TABLE a.`+long+` AS SELECT 'long' AS v;`)
	for _, tt := range []struct {
		reason string
		tables []string
		schema string // of the Query
		table  string // of the Query
		want   string // the value, or the error
	}{
		{"the first schema that has it", []string{"only_b"}, "", "only_b", "b.only_b"},
		{"the first schema of two", []string{"both"}, "", "both", "a.both"},
		{"the second schema, asked for", []string{"both"}, "b", "both", "b.both"},
		{"exposed in one schema only", []string{"b.both"}, "", "both", "b.both"},
		{"asked for in the other schema", []string{"b.both"}, "a", "both", "table_not_exposed"},
		{"a schema that is not among Schemas but named", []string{"public.both"}, "", "both", "public.both"},
		{"exposed but not there", []string{"nothing"}, "", "nothing", "table_missing"},
		{"the default table", []string{"b.both", "only_b"}, "", "", "b.both"},
		{"a dot", []string{`"my.table"`}, "", "my.table", "dot"},
		{"a dot, with its schema", []string{`a."my.table"`}, "a", "my.table", "dot"},
		{"a dot without quotes is a schema", []string{"my.table"}, "", "my.table", "table_not_exposed"},
		{"quotes", []string{`"say ""hi"""`}, "", `say "hi"`, "quotes"},
		{"spaces", []string{`" spaces  in it "`}, "", " spaces  in it ", "spaces"},
		{"an emoji", []string{"🐘"}, "", "🐘", "elephant"},
		{"mixed case needs no quotes", []string{"MixedCase"}, "", "MixedCase", "mixed"},
		{"lower case is another table", []string{"MixedCase"}, "", "mixedcase", "table_not_exposed"},
		{"SQL", []string{`"x; DROP TABLE a.both; --"`}, "", "x; DROP TABLE a.both; --", "injected"},
		{"dots in both parts", []string{`"S.1"."T.1"`}, "S.1", "T.1", "dots"},
		{"the longest name", []string{long}, "", long, "long"},
	} {
		for _, kind := range poolKinds {
			dsn := db.DSN
			if strings.Contains(tt.table, `"`) {
				dsn = db.Unpooled(dsn) // pgpool-II does not escape it
			}
			config := kind.with(t, dbcontents.Config{Tables: tt.tables, Schemas: []string{"a", "b"}}, dsn, 1)
			store, err := dbcontents.Open(config)
			if err != nil {
				t.Errorf("%s: %v", tt.reason, err)
				continue
			}
			got, err := valueOf(t, store, dbcontents.Query{Schema: tt.schema, Table: tt.table})
			var e *dbcontents.Error
			if errors.As(err, &e) {
				got = e.Code
			}
			if got != tt.want {
				t.Errorf("%s, %s: %q, %v; want %q", tt.reason, kind.name, got, err, tt.want)
			}
			if err := store.Close(); err != nil {
				t.Error(err)
			}
		}
	}
}

func valueOf(t *testing.T, store *dbcontents.Store, q dbcontents.Query) (string, error) {
	t.Helper()
	rows, err := store.Query(t.Context(), q)
	if err != nil {
		return "", err
	}
	values, err := dbcontents.Collect[string](rows)
	if err != nil || len(values) != 1 {
		t.Fatalf("%d values, %v", len(values), err)
	}
	return values[0], nil
}

// Under AllTables a partition would show rows a second time.
func TestPartitions(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t, `CREATE TABLE parent (x int) PARTITION BY RANGE (x); CREATE TABLE part PARTITION OF parent FOR VALUES FROM (0) TO (9);
		INSERT INTO parent VALUES (1)`)
	bothPools(t, func(t *testing.T, kind poolKind) {
		store := kind.open(t, dbcontents.Config{AllTables: true}, db.DSN, 1)
		if err := readOne(t.Context(), store, "part"); !errors.Is(err, dbcontents.ErrNoTable) {
			t.Errorf("a partition under AllTables: %v", err)
		}
		named := kind.open(t, dbcontents.Config{AllTables: true, Tables: []string{"part"}}, db.DSN, 1)
		for _, table := range []string{"parent", "part"} {
			if got := one[int](t, named, table, "x"); got != 1 {
				t.Errorf("%s: %d", table, got)
			}
		}
	})
}

// Only what the role may read is selected, and asking for more names no secret.
func TestColumnGrants(t *testing.T) {
	t.Parallel()
	bothPools(t, func(t *testing.T, kind poolKind) {
		db := pgtest.New(t, `CREATE TABLE t (a int, secret text, c int, PRIMARY KEY (a, secret)); INSERT INTO t VALUES (1, 'x', 3);
			CREATE TABLE hidden AS SELECT 1 AS a`)
		dsn := db.Role("", "GRANT SELECT (a, c) ON t TO ROLE")
		store := kind.open(t, dbcontents.Config{Tables: []string{"t", "hidden"}}, dsn, 1)
		if got := write(t, store, dbcontents.Query{Format: dbcontents.JSON}); got != `[{"a":1,"c":3}]`+"\n" {
			t.Errorf("got %s", got)
		}
		_, err := store.Query(t.Context(), dbcontents.Query{Select: dbcontents.Columns("a", "secret")})
		var e *dbcontents.Error
		if !errors.As(err, &e) || e.Code != "column_unknown" || e.Detail != "column t.secret does not exist" || !strings.HasSuffix(e.Hint, "the columns are a, c") {
			t.Errorf("a column without a grant: %v", err)
		}
		table, err := store.Table(t.Context(), "", "t")
		if err != nil || table.PrimaryKey != nil {
			t.Errorf("a key that cannot be read: %v, %v", table, err)
		}
		if err := readOne(t.Context(), store, "hidden"); !errors.Is(err, dbcontents.ErrDenied) {
			t.Errorf("named but not granted: %v", err)
		}
		all := kind.open(t, dbcontents.Config{AllTables: true}, dsn, 1)
		if err := readOne(t.Context(), all, "hidden"); !errors.Is(err, dbcontents.ErrNoTable) {
			t.Errorf("not granted under AllTables: %v", err)
		}
	})
}

// A column that was not there a moment ago is looked for again before it is
// refused, since a request that is refused refreshes nothing.
func TestNewColumnIsFoundWhenAskedFor(t *testing.T) {
	t.Parallel()
	bothPools(t, func(t *testing.T, kind poolKind) {
		db := pgtest.New(t, "CREATE TABLE test_table AS SELECT 1 AS a")
		store := kind.open(t, dbcontents.Config{}, db.DSN, 1)
		q := dbcontents.Query{Select: dbcontents.Columns("b"), Format: dbcontents.CSV}
		for range 50 {
			if _, err := store.Query(t.Context(), q); !errors.Is(err, dbcontents.ErrInvalid) {
				t.Fatal(err)
			}
		}
		db.Exec("ALTER TABLE test_table ADD b int DEFAULT 2; COMMENT ON TABLE test_table IS 'new'")
		lookups := store.Stats().Lookups
		time.Sleep(1100 * time.Millisecond)
		if diff := cmp.Diff("b\r\n2\r\n", write(t, store, q)); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		if n := store.Stats().Lookups - lookups; n != 1 {
			t.Errorf("%d look-ups, want 1", n)
		}
	})
}

// A description is not older than five seconds, though nobody reads the table.
func TestDescriptionIsFresh(t *testing.T) {
	t.Parallel()
	bothPools(t, func(t *testing.T, kind poolKind) {
		db := pgtest.New(t, "CREATE TABLE test_table AS SELECT 1 AS a")
		store := kind.open(t, dbcontents.Config{}, db.DSN, 1)
		if _, err := store.Table(t.Context(), "", ""); err != nil {
			t.Fatal(err)
		}
		db.Exec("COMMENT ON TABLE test_table IS 'new'")
		time.Sleep(stale)
		if table, err := store.Table(t.Context(), "", ""); err != nil || table.Comment != "new" {
			t.Errorf("got %+v, %v", table, err)
		}
	})
}

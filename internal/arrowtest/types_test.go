//go:build duckdb_arrow

package arrowtest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"math/big"
	"slices"
	"strings"
	"testing"

	arrowgo "github.com/apache/arrow-go/v18/arrow"
	"github.com/jackc/pgx/v5"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/dbcontents/arrow"
	"github.com/dbcontents/dbcontents-go/internal/everytype"
	"github.com/dbcontents/dbcontents-go/internal/pgtest"
	"github.com/dbcontents/dbcontents-go/internal/testmain"
)

func TestMain(m *testing.M) { testmain.Run(m, 4) }

// documented are the types that DuckDB must see, by the type of PostgreSQL, as the table in the
// documentation of package arrow has them. All others are VARCHAR.
var documented = map[string]string{
	"bool": "BOOLEAN", "int2": "SMALLINT", "int4": "INTEGER", "int8": "BIGINT", "oid": "UINTEGER", "float4": "FLOAT", "float8": "DOUBLE",
	"date": "DATE", "time": "TIME", "timestamp": "TIMESTAMP", "timestamptz": "TIMESTAMP WITH TIME ZONE", "interval": "INTERVAL",
	"uuid": "UUID", "bytea": "BLOB", "json": "JSON", "jsonb": "JSON",
}

// lists are the types whose arrays are lists.
var lists = strings.Fields("bool int2 int4 int8 oid float4 float8 numeric date time timestamp timestamptz interval uuid bytea text varchar bpchar name json")

// A kind is what PostgreSQL says of a type, or of the type that a domain is of.
type kind struct {
	Name, Element    string // "" of types that are not PostgreSQL's own
	Array, Composite bool
	Cast             bool   // there is a function that casts it to json
	Modifier         string // what is in the brackets of a numeric, which is not of a domain
}

const kindSQL = `WITH RECURSIVE base AS (
		SELECT t.*, 0 AS depth FROM pg_type t WHERE oid = $1::text::regtype
		UNION ALL SELECT t.*, depth + 1 FROM base b JOIN pg_type t ON t.oid = b.typbasetype)
	SELECT CASE WHEN typnamespace = 'pg_catalog'::regnamespace THEN typname::text ELSE '' END,
		coalesce((SELECT e.typname::text FROM pg_type e WHERE e.typarray = base.oid AND e.typnamespace = 'pg_catalog'::regnamespace), ''), typcategory = 'A', typtype = 'c',
		EXISTS (SELECT FROM pg_cast WHERE castsource = base.oid AND casttarget = 'json'::regtype AND castfunc <> 0) AND typname <> 'jsonb',
		coalesce(substring($1 FROM '^numeric\((.*)\)$'), '')
	FROM base ORDER BY depth DESC LIMIT 1`

// duckType is the type that DuckDB must see.
func (k kind) duckType() string {
	switch typ, ok := documented[k.Name]; {
	case slices.Contains(lists, k.Element):
		return kind{Name: k.Element}.duckType() + "[]"
	case k.Array, k.Composite, k.Cast:
		return "JSON"
	case k.Modifier != "":
		return "DECIMAL(" + k.Modifier + ")"
	case ok:
		return typ
	}
	return "VARCHAR"
}

// reference is SQL by which PostgreSQL writes a value as words and duckSQL do.
func (k kind) reference(v string) string {
	finite := func(sql string) string {
		return "CASE WHEN isfinite(" + v + ") THEN (" + sql + ")::text ELSE " + v + "::text END"
	}
	switch {
	case slices.Contains(lists, k.Element):
		return "(SELECT coalesce(json_agg(CASE WHEN e IS NOT NULL THEN " + kind{Name: k.Element}.reference("e") + " END ORDER BY n), '[]')::text FROM unnest(" + v + ") WITH ORDINALITY AS u(e, n))"
	case k.Array, k.Composite, k.Cast:
		return "pg_catalog.to_json(" + v + ")::text"
	}
	switch k.Name {
	case "bool":
		return "CASE WHEN " + v + " THEN 'true' ELSE 'false' END"
	case "float4", "float8":
		return "encode(" + k.Name + "send(" + v + "), 'hex')"
	case "date":
		return finite(v + " - date '1970-01-01'")
	case "timestamp", "timestamptz":
		return finite("(extract(epoch FROM " + v + ")::numeric * 1000000)::int8")
	case "interval":
		return "(SELECT concat_ws(' ', part(b, 12, 4), part(b, 8, 4), part(b, 0, 8)) FROM interval_send(" + v + ") b)"
	case "bytea":
		return "encode(" + v + ", 'hex')"
	}
	return "format('%s', " + v + ")"
}

// partSQL makes a function that reads a number of the binary format.
const partSQL = `CREATE FUNCTION part(b bytea, at int, size int) RETURNS int8 LANGUAGE sql AS $$
	SELECT CASE size WHEN 4 THEN ('x' || encode(substr(b, at + 1, 4), 'hex'))::bit(32)::int4::int8 ELSE ('x' || encode(substr(b, at + 1, 8), 'hex'))::bit(64)::int8 END $$;`

// refused says, in SQL, which values package arrow documents to be errors. Its own tests have them.
func (k kind) refused() string {
	switch {
	case slices.Contains(lists, k.Element):
		return "array_ndims(v) > 1"
	case k.Name == "interval":
		return "abs(part(interval_send(v), 0, 8)::numeric) > 9223372036854775"
	case k.Name == "timestamp", k.Name == "timestamptz":
		return "isfinite(v) AND v >= '294247-01-10 04:00:55'"
	}
	return "false"
}

// withoutRefused takes the values that are refused out of a table, and out of its arrays.
func withoutRefused(t *testing.T, conn *pgx.Conn, table string, k kind) (n int64) {
	t.Helper()
	tag, err := conn.Exec(t.Context(), "DELETE FROM "+table+" WHERE "+k.refused())
	if element := (kind{Name: k.Element}).refused(); err == nil && element != "false" {
		_, err = conn.Exec(t.Context(), "UPDATE "+table+" SET v = ARRAY(SELECT v FROM unnest(v) WITH ORDINALITY AS u(v, n) WHERE ("+element+") IS NOT TRUE ORDER BY n) WHERE v IS NOT NULL")
	}
	if err != nil {
		t.Fatalf("%s: %v", table, err)
	}
	return tag.RowsAffected()
}

// Every type that a column can have is for DuckDB what the documentation says, and has all values that
// PostgreSQL says it has.
func TestEveryType(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t, everytype.SQL, partSQL)
	conn, duck := db.Conn(), openDuckDB(t)
	if _, err := conn.Exec(t.Context(), "SET extra_float_digits = 1; SET TimeZone = 'UTC'; SET lc_monetary = 'C'"); err != nil {
		t.Fatal(err)
	}
	columns := everytype.Columns(t, conn)
	store := open(t, db)
	total, refused, seen := 0, int64(0), map[string]int{}
	for _, c := range columns {
		var k kind
		if err := conn.QueryRow(t.Context(), kindSQL, c.Type).Scan(&k.Name, &k.Element, &k.Array, &k.Composite, &k.Cast, &k.Modifier); err != nil {
			t.Fatalf("%s: %v", c.Type, err)
		}
		if k.Modifier == "1000,500" {
			k.Modifier = "" // more digits than Arrow has
		}
		refused += withoutRefused(t, conn, c.Table(), k)
		rows, _ := conn.Query(t.Context(), "SELECT CASE WHEN v IS DISTINCT FROM NULL THEN "+k.reference("v")+" END FROM "+c.Table()+" ORDER BY id")
		if k.Composite {
			rows.Close()
			rows, _ = conn.Query(t.Context(), "SELECT CASE WHEN v IS DISTINCT FROM NULL THEN "+k.reference("v")+" END FROM "+c.Table()+" ORDER BY id")
		}
		want, err := pgx.CollectRows(rows, pgx.RowTo[*string])
		if err != nil {
			t.Errorf("%s: %v", c.Type, err)
			continue
		}
		if strings.HasSuffix(k.duckType(), "[]") {
			for _, v := range want {
				compact(t, v)
			}
		}
		schema, batches, err := readStream(write(t, store, dbcontents.Query{Schema: "reference", Table: c.Name, Select: dbcontents.Columns("v")}))
		if err != nil {
			t.Errorf("%s: %v", c.Type, err)
			continue
		}
		typ, got, err := readByDuckDB(t, duck, schema, batches, k.duckType())
		if err != nil || typ != k.duckType() || len(got) != len(want) {
			t.Errorf("%s: a %s with %d values, want a %s with %d: %v", c.Type, typ, len(got), k.duckType(), len(want), err)
			continue
		}
		for i := range want {
			if !same(got[i], want[i]) {
				t.Errorf("%s: value %d is %s, want %s", c.Type, i, show(got[i]), show(want[i]))
			}
		}
		total += len(want)
		seen[typ]++
	}
	for _, typ := range slices.Concat(slices.Collect(maps.Values(documented)), []string{"DECIMAL(10,2)", "VARCHAR"}) {
		if list := typ + "[]"; seen[typ] == 0 || seen[list] == 0 && !strings.HasPrefix(typ, "DECIMAL") {
			t.Errorf("no column is a %s, or none a %s", typ, list)
		}
	}
	t.Logf("%d types with %d values, beside %d that package arrow refuses: %v", len(columns), total, refused, seen)
}

func open(t *testing.T, db *pgtest.DB) *dbcontents.Store {
	t.Helper()
	store, err := dbcontents.Open(dbcontents.Config{ConnString: db.DSN, AllTables: true, Schemas: []string{"reference", "public"}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	return store
}

// write writes a column by package arrow.
func write(t *testing.T, store *dbcontents.Store, q dbcontents.Query) *bytes.Buffer {
	t.Helper()
	q.Format, q.Order = dbcontents.Wire, []dbcontents.Order{{Column: "id"}}
	rows, err := store.Query(t.Context(), q)
	if err != nil {
		t.Fatalf("%s: %v", q.Table, err)
	}
	var b bytes.Buffer
	if _, err := arrow.WriteTo(rows, &b); err != nil {
		t.Fatalf("%s: %v", q.Table, err)
	}
	return &b
}

// compact writes a list in JSON as words does.
func compact(t *testing.T, v *string) {
	t.Helper()
	var list []any
	if v == nil {
		return
	}
	decoder := json.NewDecoder(strings.NewReader(*v))
	if err := decoder.Decode(&list); err != nil {
		t.Fatal(err)
	}
	*v = *words(list)
}

func same(a, b *string) bool { return a == b || a != nil && b != nil && *a == *b }

func show(s *string) string {
	if s == nil {
		return "null"
	}
	return fmt.Sprintf("%.200q", *s)
}

// Decimals have all their digits. DuckDB refuses those of 256 bits; there the bytes of the stream are read here.
func TestDecimals(t *testing.T) {
	t.Parallel()
	db, duck := pgtest.New(t), openDuckDB(t)
	conn, store := db.Conn(), open(t, db)
	for _, precision := range []int{1, 4, 5, 9, 10, 18, 19, 38, 39, 57, 76} {
		for _, scale := range []int{0, 1, precision / 2, precision} {
			typ := fmt.Sprintf("%d,%d", precision, scale)
			table := fmt.Sprintf("n%d_%d", precision, scale)
			digits := strings.Repeat("9", precision)
			most := digits[:precision-scale] + "." + digits[precision-scale:]
			db.Exec(fmt.Sprintf("DROP TABLE IF EXISTS %[1]s; CREATE TABLE %[1]s (id int, v numeric(%[2]s)); INSERT INTO %[1]s VALUES (1, %[3]s), (2, -%[3]s), (3, 0), (4, 1e-%[4]d), (5, -3e-%[4]d), (6, NULL), (7, 0.1)",
				table, typ, most, scale))
			rows, _ := conn.Query(t.Context(), "SELECT v::text FROM "+table+" ORDER BY id")
			want, err := pgx.CollectRows(rows, pgx.RowTo[*string])
			if err != nil {
				t.Fatal(err)
			}
			schema, batches, err := readStream(write(t, store, dbcontents.Query{Table: table, Select: dbcontents.Columns("v")}))
			if err != nil {
				t.Fatalf("%s: %v", typ, err)
			}
			seen, got, err := readByDuckDB(t, duck, schema, batches, "DECIMAL("+typ+")")
			if precision <= 38 {
				if err != nil || seen != "DECIMAL("+typ+")" {
					t.Fatalf("numeric(%s): a %s, %v", typ, seen, err)
				}
			} else {
				if err == nil || !strings.Contains(err.Error(), "arrow scan API failure") {
					t.Fatalf("numeric(%s): DuckDB reads it as a %s, which the documentation denies: %v", typ, seen, err)
				}
				if of := schema.Field(0).Type.String(); of != fmt.Sprintf("decimal256(%d, %d)", precision, scale) {
					t.Errorf("numeric(%s) is a %s", typ, of)
				}
				got = decimals256(batches[0].Column(0), scale)
			}
			if !slices.EqualFunc(got, want, same) {
				for i := range got {
					t.Errorf("numeric(%s): value %d is %s, want %s", typ, i, show(got[i]), show(want[i]))
				}
			}
		}
	}
}

// decimals256 are the values of a column of decimals, each of which has 32 bytes, the least first.
func decimals256(column arrowgo.Array, scale int) (values []*string) {
	bytes := column.Data().Buffers()[1].Bytes()
	for i := range column.Len() {
		if column.IsNull(i) {
			values = append(values, nil)
			continue
		}
		b := slices.Clone(bytes[32*i : 32*i+32])
		slices.Reverse(b)
		v := new(big.Int).SetBytes(b)
		if b[0]&0x80 != 0 { // two's complement
			v.Sub(v, new(big.Int).Lsh(big.NewInt(1), 256))
		}
		values = append(values, new(decimal(v, scale)))
	}
	return values
}

// Related rows are JSON, batches follow each other, and a stream that was cut short is none.
func TestStream(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t, `CREATE TABLE planets (id int PRIMARY KEY); INSERT INTO planets VALUES (1), (2);
		CREATE TABLE moons (id int PRIMARY KEY, planet int REFERENCES planets, name text); INSERT INTO moons VALUES (7, 2, 'Luna');
		CREATE VIEW many AS SELECT i AS id, nullif('v' || i, 'v9000') AS v FROM generate_series(1, 20000) i;
		CREATE VIEW late AS SELECT i AS id, 1 / (90000 - i) AS v FROM generate_series(1, 100000) i`)
	store, duck := open(t, db), openDuckDB(t)
	read := func(typ string, q dbcontents.Query) []*string {
		schema, batches, err := readStream(write(t, store, q))
		if err != nil {
			t.Fatal(err)
		}
		seen, values, err := readByDuckDB(t, duck, schema, batches, typ)
		if err != nil || seen != typ {
			t.Fatalf("%s: a %s, %v", q.Table, seen, err)
		}
		return values
	}
	moons := []dbcontents.Field{{Alias: "v", Embed: &dbcontents.Related{Table: "moons", Select: dbcontents.Columns("name")}}}
	got := read("JSON", dbcontents.Query{Table: "planets", Select: moons})
	if len(got) != 2 || *got[0] != "[]" || *got[1] != `[{"name":"Luna"}]` {
		t.Errorf("%d values: %s, %s", len(got), show(got[0]), show(got[1]))
	}
	got = read("VARCHAR", dbcontents.Query{Table: "many", Select: dbcontents.Columns("v")})
	if len(got) != 20000 {
		t.Fatalf("%d values", len(got))
	}
	for i, v := range got {
		if want := fmt.Sprint("v", i+1); (v == nil) != (i == 8999) || v != nil && *v != want {
			t.Fatalf("row %d is %s, want %s", i+1, show(v), want)
		}
	}
	rows, err := store.Query(t.Context(), dbcontents.Query{Table: "late", Format: dbcontents.Wire})
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if n, err := arrow.WriteTo(rows, &b); err == nil || n == 0 {
		t.Fatalf("late: %d bytes, %v", n, err)
	}
	if _, batches, err := readStream(&b); err == nil || !strings.HasPrefix(err.Error(), "a message: ") || len(batches) == 0 {
		t.Errorf("%d batches of a stream that was cut short: %v", len(batches), err)
	}
}

package arrow_test

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/dbcontents/dbcontents-go/dbcontents"
)

// pool are texts of which each type takes those that it can read. Arrays get their elements from it.
var pool = []string{
	"", "0", "1", "-1", "t", "f", "127", "32767", "-32768", "2147483647", "-2147483648", "9223372036854775807", "-9223372036854775808", "4294967295", "0.5", "1e-45", "3.4028235e38", "5e-324",
	"1.7976931348623157e308", "NaN", "Infinity", "-Infinity", "0.0001", "100000000.00010000", "-1.50", "99990000", "1e400", "-1e131071", "123456789012345678901234567890.123456789012345678901234567890",
	"a b", `"quoted", \ and 'more'`, "ü€😀", "line\nend", "NULL", "{}", "{1,NULL,3}", `{"a","b c",""}`, "{t,f}", "2000-01-01", "1969-12-31", "4714-11-24 BC", "5874897-12-31", "infinity", "-infinity",
	"2000-01-01 00:00:00.000001", "1999-12-31 23:59:59.999999+05:30", "4714-11-24 00:00:00 BC", "294246-01-01 00:00:00", "00:00", "24:00", "23:59:59.999999", "12:00:00+05:30:15",
	"1 mon 2 days 03:04:05.678901", "-1 year -2 mons +3 days -04:05:06.789", "178000000 years", "2500000 hours", `\xdeadbeef`, `\x`, "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11",
	`{"a": [1, null, "x"]}`, `[1, 2]`, `"text"`, "null", "192.168.0.1/24", "::1", "08:00:2b:01:02:03", "08:00:2b:01:02:03:04:05", "101", "(1,2)", "((0,0),(1,1))", "{1,2,3}", "<(1,1),2>", "[(0,0),(1,1)]",
	"[1,10)", "[2000-01-01,2001-01-01)", "empty", "{[1,2),[5,6)}", "'cat':1 'dog':2", "cat & dog", "16/B374D848", "10:20:10", "pg_class", "int4", "now()", "1 2 3", "<a/>", "(0,1)", "postgres=r/postgres",
}

// reference is SQL that writes a value v of a type as text of the tests does.
func reference(typ string) string {
	const finite, micros = "CASE WHEN isfinite(v) THEN ", "((extract(epoch FROM v)::numeric * 1000000)::int8)::text"
	switch typ {
	case "bool":
		return "CASE WHEN v THEN 'true' ELSE 'false' END"
	case "float4", "float8":
		return "encode(" + typ + "send(v), 'hex')"
	case "date":
		return finite + "(v - date '1970-01-01')::text WHEN v > date '2000-01-01' THEN '2147483647' ELSE '-2147483647' END"
	case "time":
		return micros
	case "timestamp", "timestamptz":
		return finite + micros + " WHEN v > '2000-01-01' THEN '9223372036854775807' ELSE '-9223372036854775807' END"
	case "interval":
		return "encode(interval_send(v), 'hex')"
	case "bytea":
		return "encode(v, 'hex')"
	case "uuid":
		return "encode(uuid_send(v), 'hex')"
	}
	return "format('%s', v)" // even of what has no cast to text
}

// asJSON are arrays that are JSON, as nothing but the database knows what is in them.
func asJSON(element string) bool {
	return !slices.Contains(strings.Fields("bool int2 int4 int8 oid float4 float8 numeric date time timestamp timestamptz interval uuid bytea text varchar bpchar name json"), element)
}

// Every type of PostgreSQL that a column can have, and arrays of them, come out of the
// stream as they went in.
func TestEveryType(t *testing.T) {
	t.Parallel()
	store, db := open(t, `CREATE FUNCTION fill(kind regtype) RETURNS void LANGUAGE plpgsql AS $$
		DECLARE text text;
		BEGIN
			FOR text IN SELECT unnest(texts) FROM pool LOOP
				BEGIN
					EXECUTE format('INSERT INTO %I (v) SELECT %L::%s', 't_' || kind::oid, text, kind);
				EXCEPTION WHEN OTHERS THEN NULL;
				END;
			END LOOP;
		END $$; CREATE TABLE pool (texts text[])`)
	conn := db.Conn()
	exec := func(sql string, args ...any) {
		t.Helper()
		if _, err := conn.Exec(t.Context(), sql, args...); err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
	}
	exec("INSERT INTO pool VALUES ($1)", pool)
	exec("SET extra_float_digits = 1; SET TimeZone = 'UTC'; SET lc_monetary = 'C'")
	rows, _ := conn.Query(t.Context(), `SELECT t.oid, t.typname, coalesce((SELECT e.typname FROM pg_type e WHERE e.typarray = t.oid), '') FROM pg_type t
		WHERE t.typnamespace = 'pg_catalog'::regnamespace AND t.typtype IN ('b', 'r', 'm') AND t.typisdefined ORDER BY t.typname LIKE '\_%', t.oid`)
	type kind struct {
		OID           uint32
		Name, Element string
	}
	kinds, err := pgx.CollectRows(rows, pgx.RowToStructByPos[kind])
	if err != nil {
		t.Fatal(err)
	}
	values, types, made := 0, 0, map[string]bool{}
	for _, k := range kinds {
		name := fmt.Sprintf("t_%d", k.OID)
		if k.Element != "" && !made[k.Element] {
			continue // an array of what no column can have
		}
		if _, err := conn.Exec(t.Context(), fmt.Sprintf("CREATE TABLE %s (id int GENERATED ALWAYS AS IDENTITY, v pg_catalog.%q)", name, k.Name)); err != nil {
			continue // a type that no column can have
		}
		of := reference(k.Name)
		if k.Name == "int2vector" || k.Name == "oidvector" {
			of = "to_json(v)::text"
		} else {
			made[k.Name] = true
		}
		if k.Element == "" {
			exec("SELECT fill($1::oid::regtype)", k.OID)
		} else {
			exec(fmt.Sprintf("INSERT INTO %s (v) SELECT array_agg(v) FROM (SELECT v, id / 3 AS n FROM t_%d) x GROUP BY n ORDER BY n", name, oidOf(t, conn, k.Element)))
			exec(fmt.Sprintf("INSERT INTO %s (v) VALUES ('{}'), ('{NULL}')", name))
			of = fmt.Sprintf("coalesce((SELECT string_agg(CASE WHEN v IS NULL THEN 'NULL' ELSE %s END, '|' ORDER BY n) FROM unnest(v) WITH ORDINALITY AS u(v, n)), '')", reference(k.Element))
			if asJSON(k.Element) {
				of = "to_json(v)::text"
			}
		}
		exec(fmt.Sprintf("INSERT INTO %s (v) VALUES (NULL)", name))
		rows, _ := conn.Query(t.Context(), fmt.Sprintf("SELECT CASE WHEN v IS NULL THEN 'NULL' ELSE %s END FROM %s x ORDER BY id", of, name))
		want, err := pgx.CollectRows(rows, pgx.RowTo[string])
		if err != nil {
			t.Errorf("%s: %v", k.Name, err)
			continue
		}
		var b bytes.Buffer
		if _, err := write(t, store, dbcontents.Query{Table: name, Select: dbcontents.Columns("v"), Order: []dbcontents.Order{{Column: "id"}}}, &b); err != nil {
			t.Errorf("%s: %v", k.Name, err)
			continue
		}
		_, found, err := read(&b)
		if err != nil || len(found) != len(want) {
			t.Errorf("%s: %d rows, want %d, %v", k.Name, len(found), len(want), err)
			continue
		}
		for i := range want {
			if found[i][0] != want[i] {
				t.Errorf("%s: %.200q, want %.200q", k.Name, found[i][0], want[i])
			}
		}
		types++
		values += len(want)
		if k.Element == "" && len(want) < 2 {
			t.Logf("%s has only null", k.Name)
		}
	}
	t.Logf("%d types with %d values", types, values)
	if types < 100 {
		t.Errorf("%d types", types)
	}
}

func oidOf(t *testing.T, conn *pgx.Conn, name string) (oid uint32) {
	t.Helper()
	if err := conn.QueryRow(t.Context(), "SELECT oid FROM pg_type WHERE typname = $1 AND typnamespace = 'pg_catalog'::regnamespace", name).Scan(&oid); err != nil {
		t.Fatal(err)
	}
	return oid
}

// Decimals of all precisions have all their digits.
func TestDecimals(t *testing.T) {
	t.Parallel()
	var columns, values, smallest []string
	for precision := 1; precision <= 76; precision += 5 {
		for _, scale := range slices.Compact([]int{0, 1, 2, 3, 4, 5, max(precision, 5)}) {
			if scale > precision {
				continue
			}
			columns = append(columns, fmt.Sprintf("n%d_%d numeric(%d,%d)", precision, scale, precision, scale))
			digits := strings.Repeat("9", precision)
			values = append(values, digits[:precision-scale]+"."+digits[precision-scale:])
			smallest = append(smallest, fmt.Sprintf("'1e-%d'::numeric", scale))
		}
	}
	store, db := open(t, "CREATE TABLE decimals (id int, "+strings.Join(columns, ", ")+")")
	db.Exec("INSERT INTO decimals VALUES (1, " + strings.Join(values, ", ") + "), (2, -" + strings.Join(values, ", -") + "), (3" + strings.Repeat(", 0", len(values)) + ")")
	db.Exec("INSERT INTO decimals VALUES (4, " + strings.Join(smallest, ", ") + "), (5" + strings.Repeat(", 0.1", len(values)) + ")")
	var csv, b bytes.Buffer
	q := dbcontents.Query{Table: "decimals", Order: []dbcontents.Order{{Column: "id"}}, Format: dbcontents.CSV}
	rows, err := store.Query(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := rows.WriteTo(&csv); err != nil {
		t.Fatal(err)
	}
	if _, err := write(t, store, q, &b); err != nil {
		t.Fatal(err)
	}
	_, found, err := read(&b)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(csv.String()), "\r\n")[1:]
	for i, line := range lines {
		for j, want := range strings.Split(line, ",") {
			if found[i][j] != want {
				t.Errorf("row %d, column %d: %s, want %s", i, j, found[i][j], want)
			}
		}
	}
}

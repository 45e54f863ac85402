package dbcontents_test

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/internal/pgtest"
)

// referenceSettings are the settings under which PostgreSQL prints values the
// way dbcontents must print them.
const referenceSettings = `SET client_encoding = 'UTF8'; SET DateStyle = 'ISO, MDY'; SET IntervalStyle = 'postgres'; SET TimeZone = 'UTC';
	SET bytea_output = 'hex'; SET extra_float_digits = 1; SET lc_monetary = 'C'; SET quote_all_identifiers = off;`

func mustExec(t *testing.T, conn *pgx.Conn, sql string) {
	t.Helper()
	if _, err := conn.PgConn().Exec(t.Context(), sql).ReadAll(); err != nil {
		t.Fatalf("%v\nin: %.1000s", err, sql)
	}
}

// kindsTable has columns of every kind of type that operators treat differently.
const kindsTable = `
CREATE TYPE mood AS ENUM ('low', 'high');
CREATE DOMAIN amount AS numeric CHECK (VALUE < 1000);
CREATE DOMAIN few AS numeric CHECK (VALUE < 2);
CREATE DOMAIN words AS tsvector;
CREATE TABLE test_table (
	id int PRIMARY KEY, name text, "Odd ""Name" varchar(20), n numeric, f float8, yes boolean, at timestamptz, day date,
	tags text[], sizes int[], span int4range, doc jsonb, raw json, body text, vec tsvector, vecs words, mood mood, cost amount, pair point, key uuid);
INSERT INTO test_table VALUES
	(1, 'alpha', 'x', 1.50, 0.5, true, '2020-01-01 12:00Z', '2020-01-01', '{a,b}', '{1,2}', '[1,5)', '{"a":{"b":[1,2,3]},"s":"text","n":5}', '{"k": [{"x":1}]}',
		'the quick brown fox', to_tsvector('english', 'cats running'), to_tsvector('cats'), 'low', 10, '(1,2)', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'),
	(2, 'Beta', 'a,b.(c)"', 2, 1e23, false, '2021-06-01 00:30+05:30', '2021-06-01', '{b,"c d","e\"f"}', '{}', '[5,9)', '{"a":null,"s":"","n":"5","k''s":1,"b\\s":2}', '[1,2]',
		'jumps over the lazy dogs', to_tsvector('english', 'a dog barked'), NULL, 'high', 20.5, NULL, NULL),
	(3, NULL, '', NULL, 'NaN', NULL, NULL, NULL, NULL, '{NULL,7}', 'empty', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
	(4, 'al*ha%_\', 'NULL', -7, '-Infinity', true, 'infinity', '-infinity', '{}', '{3,1}', '(,3)', '[10,{"a":"deep"}]', '"s"',
		'Foxes and dogs', to_tsvector('english', 'fox'), to_tsvector('dogs'), 'low', -1, '(0,0)', 'b0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11');
CREATE FUNCTION label(test_table) RETURNS text STABLE LANGUAGE sql AS $$ SELECT $1.id || '-' || coalesce($1.name, '?') $$;
CREATE FUNCTION twice(test_table) RETURNS numeric STABLE LANGUAGE sql AS $$ SELECT $1.n * 2 $$;
CREATE FUNCTION pairs(test_table) RETURNS int[] STABLE LANGUAGE sql AS $$ SELECT ARRAY[$1.id, 0] $$;
CREATE FUNCTION indexed(test_table) RETURNS tsvector STABLE LANGUAGE sql AS $$ SELECT $1.vec $$;
CREATE FUNCTION many(test_table) RETURNS SETOF int LANGUAGE sql AS $$ SELECT 1 $$;
CREATE FUNCTION name(test_table) RETURNS text LANGUAGE sql AS $$ SELECT 'a column goes before a function' $$;
CREATE SCHEMA elsewhere; CREATE FUNCTION elsewhere.far(test_table) RETURNS int LANGUAGE sql AS $$ SELECT 1 $$`

// openOnKinds opens a Store on kindsTable, and a connection with referenceSettings.
func openOnKinds(t *testing.T) (*dbcontents.Store, *pgtest.DB, *pgx.Conn) {
	t.Helper()
	store, db := open(t, dbcontents.Config{Aggregates: true}, kindsTable)
	conn := db.Conn()
	mustExec(t, conn, referenceSettings)
	return store, db, conn
}

// aggregated is what json_agg returns for the rows of a statement.
func aggregated(t *testing.T, conn *pgx.Conn, sql string) string {
	t.Helper()
	var text string
	if err := conn.QueryRow(t.Context(), "SELECT coalesce(json_agg(r), '[]')::text FROM ("+sql+") r").Scan(&text); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return compact(t, text)
}

// compact removes insignificant white space from JSON and changes nothing else.
func compact(t *testing.T, text string) string {
	t.Helper()
	var b bytes.Buffer
	if err := json.Compact(&b, []byte(text)); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return b.String()
}

package dbcontents_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/internal/pgtest"
)

// eachPool runs a test with an owned and with a borrowed pool.
func eachPool(t *testing.T, dsn string, test func(t *testing.T, store *dbcontents.Store)) {
	t.Helper()
	for name, config := range map[string]dbcontents.Config{
		"owned pool": {ConnString: dsn, AllTables: true}, "borrowed pool": {Pool: borrow(t, dsn), AllTables: true},
	} {
		t.Run(name, func(t *testing.T) { test(t, openOn(t, config)) })
	}
}

// Names can have characters that the role's client_encoding does not have, and
// characters that JSON and CSV must escape.
func TestHostileNames(t *testing.T) {
	t.Parallel()
	const odd, long = "größe € \"q\" \\ %s,\n😀", "éééééééééééééééééééééééééééééé" + "xyz"
	quote := func(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }
	db := pgtest.New(t, "CREATE TABLE "+quote(odd)+" ("+quote(odd)+" text, "+quote(long)+" int PRIMARY KEY, \"select\" int[]);"+
		"COMMENT ON COLUMN "+quote(odd)+"."+quote(odd)+" IS 'Größe in €';"+
		"INSERT INTO "+quote(odd)+" VALUES ('1 €', 1, '{1}')")
	for _, encoding := range []string{"UTF8", "LATIN1", "SQL_ASCII", "SJIS"} {
		dsn := db.Role("", "GRANT SELECT ON ALL TABLES IN SCHEMA public TO ROLE", "ALTER role ROLE SET client_encoding = '"+encoding+"'")
		// pgpool-II does not escape the quotation mark in the name.
		eachPool(t, db.Unpooled(dsn), func(t *testing.T, store *dbcontents.Store) {
			tables, err := store.Tables(t.Context())
			if err != nil {
				t.Fatalf("%s: %v", encoding, err)
			}
			if len(tables) != 1 || tables[0].Name != odd || tables[0].Columns[0].Name != odd || tables[0].Columns[0].Comment != "Größe in €" || tables[0].PrimaryKey[0] != long {
				t.Errorf("%s: got %+v", encoding, tables)
			}
			for format, want := range map[dbcontents.Format]string{
				dbcontents.JSON: `[{"größe € \"q\" \\ %s,\n😀":"1 €","` + long + `":1,"select":[1]}]` + "\n",
				dbcontents.CSV:  "\"größe € \"\"q\"\" \\ %s,\n😀\"," + long + ",select\r\n1 €,1,{1}\r\n",
			} {
				if diff := cmp.Diff(want, write(t, store, dbcontents.Query{Table: odd, Format: format})); diff != "" {
					t.Errorf("%s (-want +got):\n%s", encoding, diff)
				}
			}
			got := write(t, store, dbcontents.Query{Table: odd, Select: dbcontents.Columns(odd), Order: []dbcontents.Order{{Column: long}}, Format: dbcontents.Text})
			if got != "1 €\n" {
				t.Errorf("%s: got %q", encoding, got)
			}
		})
	}
}

// The encoding of the database can be another one than UTF-8.
func TestServerEncoding(t *testing.T) {
	t.Parallel()
	const sql = `CREATE TABLE test_table (id int, "é" text, list text[], doc json)`
	latin := pgtest.NewWith(t, "ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0",
		"SET client_encoding = 'UTF8'", sql, `INSERT INTO test_table VALUES (1, 'é"', '{ÿ}', '{"ß":"\u20ac"}')`)
	ascii := pgtest.NewWith(t, "ENCODING 'SQL_ASCII' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0",
		"SET client_encoding = 'UTF8'", sql, `INSERT INTO test_table VALUES (1, 'é"', '{ÿ}', '{"ß":"\u20ac"}')`)
	for _, db := range []*pgtest.DB{latin, ascii} {
		eachPool(t, db.DSN, func(t *testing.T, store *dbcontents.Store) {
			for format, want := range map[dbcontents.Format]string{
				dbcontents.JSON:   `[{"id":1,"é":"é\"","list":["ÿ"],"doc":{"ß":"\u20ac"}}]` + "\n",
				dbcontents.NDJSON: `{"id":1,"é":"é\"","list":["ÿ"],"doc":{"ß":"\u20ac"}}` + "\n",
				dbcontents.CSV:    "id,é,list,doc\r\n" + `1,"é""",{ÿ},"{""ß"":""\u20ac""}"` + "\r\n",
				dbcontents.Text:   "é\"\n",
			} {
				if diff := cmp.Diff(want, write(t, store, dbcontents.Query{Format: format})); diff != "" {
					t.Errorf("%s (-want +got):\n%s", format, diff)
				}
			}
		})
	}
}

// Text that is not valid UTF-8 is an error in every format, wherever the text is.
// Nothing is written.
func TestInvalidText(t *testing.T) {
	t.Parallel()
	// A database without an encoding accepts any bytes.
	db := pgtest.NewWith(t, "ENCODING 'SQL_ASCII' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0", `CREATE TYPE one AS (t text);
		CREATE TABLE texts AS SELECT E'a\xff' AS v; CREATE TABLE longer AS SELECT E'long enough \xc3' AS v;
		CREATE TABLE halves AS SELECT E'\xed\xa0\x80' AS v; CREATE TABLE names AS SELECT E'\xe9'::name AS v;
		CREATE TABLE arrays AS SELECT ARRAY[E'\xff'] AS v; CREATE TABLE documents AS SELECT E'"\xff"'::json AS v;
		CREATE TABLE composites AS SELECT ROW(E'\xff')::one AS v; CREATE TABLE more AS SELECT '' AS v`)
	eachPool(t, db.DSN, func(t *testing.T, store *dbcontents.Store) {
		for _, table := range []string{"texts", "longer", "halves", "names", "arrays", "documents", "composites"} {
			wantInvalid(t, store, table)
		}
	})
	// PostgreSQL does not check what the output function of a type returns.
	db = pgtest.New(t, `CREATE TYPE blind;
		CREATE FUNCTION blind_in(cstring) RETURNS blind LANGUAGE internal IMMUTABLE STRICT AS 'textin';
		CREATE FUNCTION blind_out(blind) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS 'textout';
		CREATE TYPE blind (INPUT = blind_in, OUTPUT = blind_out, LIKE = text); CREATE CAST (bytea AS blind) WITHOUT FUNCTION;
		CREATE TABLE blinds AS SELECT '\x61ff'::bytea::blind AS v; CREATE TABLE arrays AS SELECT ARRAY['\xff'::bytea::blind] AS v;
		CREATE TABLE more AS SELECT '' AS v`)
	eachPool(t, db.DSN, func(t *testing.T, store *dbcontents.Store) {
		wantInvalid(t, store, "blinds")
		wantInvalid(t, store, "arrays")
	})
}

func wantInvalid(t *testing.T, store *dbcontents.Store, table string) {
	t.Helper()
	for _, format := range []dbcontents.Format{dbcontents.JSON, dbcontents.NDJSON, dbcontents.CSV, dbcontents.Text, ""} {
		var b bytes.Buffer
		rows, err := store.Query(t.Context(), dbcontents.Query{Table: table, Format: format})
		switch {
		case err != nil:
		case format == "":
			_, err = firstValues(rows)
		default:
			_, err = rows.WriteTo(&b)
		}
		var e *dbcontents.Error
		if !errors.As(err, &e) || b.Len() > 0 {
			t.Errorf("%s as %s: %v, %q", table, format, err, b.Bytes())
		}
		// A failed read does not affect the next one.
		if got := write(t, store, dbcontents.Query{Table: "more", Format: dbcontents.Text}); got != "\n" {
			t.Errorf("after a failure: %q", got)
		}
	}
}

func firstValues(rows *dbcontents.Rows) (values []any, err error) {
	for row, err := range rows.All() {
		if err != nil {
			return nil, err
		}
		return row.Values()
	}
	return nil, nil
}

// Such names are read correctly, too, when a read refreshes the catalog in the
// same round trip as it makes its settings.
func TestHostileNamesStay(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t, `CREATE TABLE test_table AS SELECT 1 AS "€"`)
	dsn := db.Role("", "GRANT SELECT ON test_table TO ROLE", "ALTER role ROLE SET client_encoding = 'LATIN1'")
	store := openOn(t, dbcontents.Config{Pool: borrow(t, dsn)})
	query := dbcontents.Query{Format: dbcontents.CSV}
	if got := write(t, store, query); got != "€\r\n1\r\n" {
		t.Errorf("got %q", got)
	}
	db.Exec(`ALTER TABLE test_table ADD "€€" text DEFAULT '€'`)
	time.Sleep(5100 * time.Millisecond) // a catalog entry is fresh for 5 s
	write(t, store, query)
	if got := write(t, store, query); got != "€,€€\r\n1,€\r\n" {
		t.Errorf("after a look-up: %q", got)
	}
}

package dbcontents_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/dbcontents/dbcontents-go/dbcontents"
)

// The bytes of the wire come in the forms that are told.
func TestRawValues(t *testing.T) {
	t.Parallel()
	store, _ := open(t, dbcontents.Config{AllTables: true}, `CREATE DOMAIN small AS int2; CREATE TYPE pair AS (a int, b text); CREATE TYPE mood AS ENUM ('glad');
		CREATE TABLE raw (id int PRIMARY KEY, v small, n numeric(10,2), f float8, t text, tags text[], part pair, m mood, moods mood[], doc jsonb, at timestamptz, none int);
		INSERT INTO raw VALUES (1, 2, 1.5, 0.5, 'text', '{a,NULL}', '(1,b)', 'glad', '{glad}', '{"a":1}', '2000-01-01 00:00:01+00', NULL)`)
	rows := query(t, store, dbcontents.Query{Table: "raw", Format: dbcontents.Wire, TimeZone: "Asia/Kathmandu"})
	var got []string
	for rows.Next() {
		values, err := rows.RawValues()
		if err != nil {
			t.Fatal(err)
		}
		for i, f := range rows.FieldDescriptions() {
			form := "%s %d %s"
			if f.Format == 1 {
				form = "%s %d %x"
			}
			got = append(got, fmt.Sprintf(form, f.Name, f.DataTypeOID, values[i]))
		}
		if values[len(values)-1] != nil {
			t.Errorf("null is %x", values[len(values)-1])
		}
	}
	equal(t, []string{
		"id 23 00000001", "v 21 0002", "n 1700 00020000000000020001" + "1388", "f 701 3fe0000000000000", "t 25 text",
		"tags 1009 00000001000000010000001900000002000000010000000161ffffffff", `part 114 {"a":1,"b":"b"}`, fmt.Sprintf("m %d glad", oidOf(rows, "m")), `moods 114 ["glad"]`,
		`doc 3802 {"a": 1}`, "at 1184 00000000000f4240", "none 23 ",
	}, got)
	if err := rows.Close(); err != nil {
		t.Error(err)
	}
	if _, err := rows.RawValues(); !errors.Is(err, dbcontents.ErrClosed) {
		t.Errorf("after the last row: %v", err)
	}

	rows = query(t, store, dbcontents.Query{Table: "raw", Format: dbcontents.Wire})
	if _, err := rows.Values(); !errors.Is(err, dbcontents.ErrInvalid) {
		t.Errorf("Values: %v", err)
	}
	if _, err := rows.WriteTo(nil); !errors.Is(err, dbcontents.ErrInvalid) {
		t.Errorf("WriteTo: %v", err)
	}
	rows = query(t, store, dbcontents.Query{Table: "raw", Format: dbcontents.JSON})
	rows.Next()
	if _, err := rows.RawValues(); !errors.Is(err, dbcontents.ErrInvalid) || rows.FieldDescriptions() != nil {
		t.Errorf("of JSON: %v", err)
	}
	if _, err := new(dbcontents.Rows).RawValues(); !errors.Is(err, dbcontents.ErrClosed) || new(dbcontents.Rows).FieldDescriptions() != nil {
		t.Errorf("of zero Rows: %v", err)
	}
}

// oidOf is the type of a column.
func oidOf(rows *dbcontents.Rows, name string) uint32 {
	for _, f := range rows.FieldDescriptions() {
		if f.Name == name {
			return f.DataTypeOID
		}
	}
	return 0
}

// Claim refuses rows of which something was read, as WriteTo does.
func TestClaim(t *testing.T) {
	t.Parallel()
	store, _ := open(t, dbcontents.Config{PoolSize: 1}, "CREATE TABLE test_table AS SELECT generate_series(1, 3) AS id")
	for _, tt := range []struct {
		name   string
		before func(*dbcontents.Rows)
		want   error
	}{
		{"at once", func(*dbcontents.Rows) {}, nil},
		{"after Next", func(r *dbcontents.Rows) { r.Next() }, dbcontents.ErrInvalid},
		{"twice", func(r *dbcontents.Rows) { r.Claim() }, dbcontents.ErrInvalid},
		{"after Close", func(r *dbcontents.Rows) { r.Close() }, dbcontents.ErrClosed},
		{"at the end", func(r *dbcontents.Rows) {
			for r.Next() {
			}
		}, dbcontents.ErrClosed},
	} {
		rows := query(t, store, dbcontents.Query{Format: dbcontents.Wire})
		tt.before(rows)
		if err := rows.Claim(); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v", tt.name, err)
		}
		n := 0
		for rows.Next() {
			n++
		}
		if (tt.want == nil) != (n == 3) {
			t.Errorf("%s: %d rows follow", tt.name, n)
		}
		rows.Close()
	}
	rows := query(t, store, dbcontents.Query{Format: dbcontents.JSON})
	rows.Claim()
	if _, err := rows.WriteTo(nil); !errors.Is(err, dbcontents.ErrInvalid) {
		t.Errorf("WriteTo after Claim: %v", err)
	}
	if rows = query(t, store, dbcontents.Query{}); rows.MaxRowBytes() != 64<<20 {
		t.Errorf("a row may have %d bytes", rows.MaxRowBytes())
	}
	rows.Close()
	var none *dbcontents.Rows
	if err := none.Claim(); !errors.Is(err, dbcontents.ErrClosed) || none.MaxRowBytes() != 0 {
		t.Errorf("of no rows: %v", err)
	}
}

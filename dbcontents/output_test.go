package dbcontents_test

import (
	"encoding/csv"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"github.com/dbcontents/dbcontents-go/dbcontents"
)

const outputTable = `
CREATE TYPE pair AS (a int, b bigint);
CREATE TABLE test_table (
  id int PRIMARY KEY, big bigint, amount numeric, ratio float8, word text, doc json, docb jsonb,
  bigs bigint[], amounts numeric[], few int[], pairs pair, raw bytea, born date);
INSERT INTO test_table VALUES
  (1, 9007199254740993, 'NaN', 'NaN', '=1+1', '{"a":null,"b":{"c":null,"d":[null,{"e":null}]},"n":9007199254740993}', '{"a":null,"b":[null]}',
   '{9007199254740993,null}', '{1.50,NaN}', '{1,null}', '(1,)', '\x00ff', '2024-02-29'),
  (2, -1, 1.50, -0.5, '', 'null', 'null', '{{1,2},{3,4}}', '{}', '{}', '(,)', '', '-infinity'),
  (3, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
  (4, 0, 0, 0, E'@a;"b"\t|,\r\n', '[]', '"-"', '{0}', '{0}', '{0}', '(0,0)', '\x41', '0001-01-01 BC');
`

// TestOutputJSON compares what we leave out and quote with what PostgreSQL does by its own functions.
func TestOutputJSON(t *testing.T) {
	t.Parallel()
	store, db := open(t, dbcontents.Config{Tables: []string{"test_table"}}, outputTable)
	conn, err := pgx.Connect(t.Context(), db.DSN)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	const quoted = `SELECT id, big::text, amount::text, ratio, word, doc, docb, bigs::text[], amounts::text[], few, pairs, raw, born FROM test_table ORDER BY id`
	for name, tt := range map[string]struct {
		output dbcontents.Output
		sql    string
	}{
		"as it is":           {dbcontents.Output{}, `SELECT json_agg(t) FROM (SELECT * FROM test_table ORDER BY id) t`},
		"nulls stripped":     {dbcontents.Output{StripNulls: true}, `SELECT json_strip_nulls(json_agg(t)) FROM (SELECT * FROM test_table ORDER BY id) t`},
		"numbers as strings": {dbcontents.Output{NumbersAsStrings: true}, `SELECT json_agg(t) FROM (` + quoted + `) t`},
		"both":               {dbcontents.Output{NumbersAsStrings: true, StripNulls: true}, `SELECT json_strip_nulls(json_agg(t)) FROM (` + quoted + `) t`},
	} {
		var want string
		if err := conn.QueryRow(t.Context(), tt.sql).Scan(&want); err != nil {
			t.Fatal(err)
		}
		q := dbcontents.Query{Order: []dbcontents.Order{{Column: "id"}}, Format: dbcontents.JSON, Output: tt.output}
		if diff := cmp.Diff(generic(t, want), generic(t, write(t, store, q))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
		q.Format = dbcontents.NDJSON
		lines := strings.ReplaceAll(strings.TrimSpace(write(t, store, q)), "\n", ",")
		if diff := cmp.Diff(generic(t, want), generic(t, "["+lines+"]")); diff != "" {
			t.Errorf("%s, a line each (-want +got):\n%s", name, diff)
		}
	}
	q := dbcontents.Query{Select: dbcontents.Columns("word", "docb"), Order: []dbcontents.Order{{Column: "id"}}, Offset: 2, Limit: 1, Format: dbcontents.JSON, Output: dbcontents.Output{StripNulls: true}}
	if got := write(t, store, q); got != "[{}]\n" {
		t.Errorf("a row of nulls: %q", got)
	}
}

// generic decodes JSON with the digits of its numbers.
func generic(t *testing.T, text string) (v any) {
	t.Helper()
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	if err := d.Decode(&v); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	return v
}

func TestOutputOne(t *testing.T) {
	t.Parallel()
	store, _ := open(t, dbcontents.Config{Tables: []string{"test_table"}}, outputTable)
	q := dbcontents.Query{
		Select: dbcontents.Columns("id", "word"), Order: []dbcontents.Order{{Column: "id"}}, Offset: 2, Limit: 1,
		Format: dbcontents.JSON, Output: dbcontents.Output{Object: true},
	}
	if got := write(t, store, q); got != `{"id":3,"word":null}`+"\n" {
		t.Errorf("got %q", got)
	}
	q.Output.StripNulls = true
	if got := write(t, store, q); got != `{"id":3}`+"\n" {
		t.Errorf("stripped: got %q", got)
	}
	for limit, says := range map[int64]string{-1: "contains 0 rows", 2: "contains 2 rows", 0: "contains 4 rows"} {
		q.Limit, q.Offset = limit, 0
		rows, err := store.Query(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		var b strings.Builder
		_, err = rows.WriteTo(&b)
		var e *dbcontents.Error
		if !errors.As(err, &e) || e.Code != "not_one_row" || !strings.Contains(e.Detail, says) || b.Len() != 0 {
			t.Errorf("limit %d: %v, wrote %q", limit, err, b.String())
		}
	}
}

func TestOutputCSV(t *testing.T) {
	t.Parallel()
	store, _ := open(t, dbcontents.Config{Tables: []string{"test_table"}}, outputTable,
		`CREATE VIEW v AS SELECT 1`, `ALTER TABLE test_table ADD "=x" text DEFAULT '-1'`)
	want := [][]string{{"id", "big", "ratio", "word", "born", "=x"}, {"1", "9007199254740993", "NaN", "=1+1", "2024-02-29", "-1"}, {"2", "-1", "-0.5", "", "-infinity", "-1"}, {"3", "", "", "", "", "-1"}, {"4", "0", "0", "@a;\"b\"\t|,\r\n", "0001-01-01 BC", "-1"}}
	for separator, name := range map[byte]string{0: ",", ',': ",", ';': ";", '\t': "\t", '|': "|"} {
		for _, safe := range []bool{false, true} {
			got := write(t, store, dbcontents.Query{
				Select: dbcontents.Columns("id", "big", "ratio", "word", "born", "=x"), Order: []dbcontents.Order{{Column: "id"}},
				Format: dbcontents.CSV, Output: dbcontents.Output{Separator: separator, SpreadsheetSafe: safe},
			})
			r := csv.NewReader(strings.NewReader(got))
			r.Comma = rune(name[0])
			records, err := r.ReadAll()
			if err != nil {
				t.Fatal(err)
			}
			for _, record := range records {
				for i, field := range record {
					if safe && (i == 3 || i == 5) {
						if field != "" && strings.ContainsAny(field[:1], "=+-@\t\r") {
							t.Errorf("a cell that is not safe: %q", field)
						}
						record[i] = strings.TrimPrefix(field, "'")
					}
				}
			}
			expected := strings.ReplaceAll(strings.Join(flat(want), "\x00"), "\r\n", "\n") // as encoding/csv reads it
			if diff := cmp.Diff(expected, strings.Join(flat(records), "\x00")); diff != "" {
				t.Errorf("separator %q, safe %v (-want +got):\n%s", name, safe, diff)
			}
			if nothing := "3" + strings.Repeat(name, 4); !strings.Contains(got, "\r\n"+nothing) {
				t.Errorf("separator %q: null is not nothing: %q", name, got)
			}
		}
	}
}

func flat(records [][]string) (all []string) {
	for _, r := range records {
		all = append(all, r...)
	}
	return all
}

func TestBinary(t *testing.T) {
	t.Parallel()
	store, _ := open(t, dbcontents.Config{Tables: []string{"test_table"}}, outputTable)
	q := dbcontents.Query{Select: dbcontents.Columns("raw"), Order: []dbcontents.Order{{Column: "id"}}, Format: dbcontents.Binary}
	if got := write(t, store, q); got != "\x00\xffA" {
		t.Errorf("got %q", got)
	}
	for _, columns := range [][]string{nil, {"word"}, {"raw", "raw"}} {
		q.Select = dbcontents.Columns(columns...)
		_, err := store.Query(t.Context(), q)
		var e *dbcontents.Error
		if !errors.As(err, &e) || e.Code != "not_one_bytea" {
			t.Errorf("%v: %v", columns, err)
		}
	}
}

func TestOutputOfAnotherFormat(t *testing.T) {
	t.Parallel()
	store, _ := open(t, dbcontents.Config{Tables: []string{"test_table"}})
	for _, q := range []dbcontents.Query{
		{Format: dbcontents.NDJSON, Output: dbcontents.Output{Object: true}},
		{Format: dbcontents.CSV, Output: dbcontents.Output{StripNulls: true}},
		{Format: dbcontents.Text, Output: dbcontents.Output{NumbersAsStrings: true}},
		{Format: dbcontents.JSON, Output: dbcontents.Output{Separator: ';'}},
		{Format: dbcontents.CSV, Output: dbcontents.Output{Separator: '1'}},
		{Output: dbcontents.Output{SpreadsheetSafe: true}},
	} {
		if _, err := store.Query(t.Context(), q); !errors.Is(err, dbcontents.ErrInvalid) || !strings.Contains(err.Error(), "Output.") {
			t.Errorf("%+v: %v", q, err)
		}
	}
}

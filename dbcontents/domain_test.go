package dbcontents_test

import (
	"fmt"
	"testing"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/internal/pgtest"
)

// coloured has a domain with a form of its own: a color is stored as a number, and is
// "#rrggbb" in JSON and in filters.
const coloured = `
CREATE DOMAIN color AS int CHECK (VALUE BETWEEN 0 AND 16777215);
CREATE SCHEMA forms;
CREATE FUNCTION forms."to json"(color) RETURNS json IMMUTABLE LANGUAGE sql AS $$ SELECT to_json('#' || lpad(upper(to_hex($1)), 6, '0')) $$;
CREATE FUNCTION forms.from_text(text) RETURNS color IMMUTABLE LANGUAGE sql AS $$ SELECT ('x' || lpad(ltrim($1, '#'), 8, '0'))::bit(32)::int::color $$;
CREATE CAST (color AS json) WITH FUNCTION forms."to json"(color) AS IMPLICIT;
CREATE CAST (text AS color) WITH FUNCTION forms.from_text(text) AS IMPLICIT;
CREATE DOMAIN plain AS int;
CREATE TABLE test_table (id int PRIMARY KEY, color color, plain plain);
INSERT INTO test_table VALUES (1, 255, 1), (2, 65280, 2), (3, NULL, 3), (4, 16711680, 4)`

// PostgreSQL ignores casts of domains. Here they say how a domain is written as JSON and
// how it is read in filters.
func TestDomainRepresentations(t *testing.T) {
	t.Parallel()
	store, _ := open(t, dbcontents.Config{}, coloured)
	type field = dbcontents.Field
	for _, tt := range []struct {
		reason string
		fields []field
		filter dbcontents.Filter
		format dbcontents.Format
		want   string
	}{
		{
			"as JSON", nil, where("id", "lt", 4), dbcontents.NDJSON,
			"{\"id\":1,\"color\":\"#0000FF\",\"plain\":1}\n{\"id\":2,\"color\":\"#00FF00\",\"plain\":2}\n{\"id\":3,\"color\":null,\"plain\":3}\n",
		},
		{"with an alias", []field{{Column: "color", Alias: "c"}}, where("id", "eq", 1), dbcontents.NDJSON, "{\"c\":\"#0000FF\"}\n"},
		{"cast to what it is made of", []field{{Column: "color", Cast: "text"}}, where("id", "eq", 1), dbcontents.NDJSON, "{\"color\":\"255\"}\n"},
		{"as CSV", []field{{Column: "color"}}, where("id", "eq", 1), dbcontents.CSV, "color\r\n255\r\n"},
		{"a filter", []field{{Column: "id"}}, where("color", "eq", "#00ff00"), dbcontents.NDJSON, "{\"id\":2}\n"},
		{"a comparison", []field{{Column: "id"}}, where("color", "gte", "#00FF00"), dbcontents.NDJSON, "{\"id\":2}\n{\"id\":4}\n"},
		{"in a list", []field{{Column: "id"}}, where("color", "in", []string{"#0000ff", "ff0000"}), dbcontents.NDJSON, "{\"id\":1}\n{\"id\":4}\n"},
		{"is null", []field{{Column: "id"}}, where("color", "is", nil), dbcontents.NDJSON, "{\"id\":3}\n"},
		{"a domain without casts", []field{{Column: "plain"}}, where("plain", "eq", "2"), dbcontents.NDJSON, "{\"plain\":2}\n"},
	} {
		q := dbcontents.Query{Select: tt.fields, Where: tt.filter, Order: []dbcontents.Order{{Column: "id"}}, Format: tt.format}
		if got := write(t, store, q); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.reason, got, tt.want)
		}
	}
	rows := query(t, store, dbcontents.Query{Select: dbcontents.Columns("color"), Where: where("color", "eq", "#00ff00")})
	if got, err := dbcontents.Collect[int](rows); err != nil || fmt.Sprint(got) != "[65280]" {
		t.Errorf("as Go values: %v, %v", got, err)
	}
}

// Statements are kept on a connection, with the types that their parameters
// had. A column that gets another type is compared as that type at once.
func TestFilterOfAlteredColumn(t *testing.T) {
	t.Parallel()
	for _, mode := range []string{"cache_statement", "exec"} {
		db := pgtest.New(t)
		store := openOn(t, dbcontents.Config{ConnString: db.DSN + "&default_query_exec_mode=" + mode, PoolSize: 1})
		read := func(op dbcontents.Op, value string) string {
			return write(t, store, dbcontents.Query{Select: dbcontents.Columns("id"), Where: where("v", op, value), Format: dbcontents.JSON})
		}
		db.Exec("CREATE TABLE test_table (id int, v int); INSERT INTO test_table VALUES (1, 9), (2, 10)")
		for range 2 {
			if got := read("lt", "10"); got != "[{\"id\":1}]\n" {
				t.Errorf("%s: an int: %s", mode, got)
			}
		}
		for _, step := range []struct{ typ, value, want string }{
			{"text", "9", "[{\"id\":2}]\n"}, // in the order of text
			{"numeric", "9.5", "[{\"id\":1}]\n"},
			{"bigint", "99999999999", "[{\"id\":1},\n{\"id\":2}]\n"},
			{"int", "10", "[{\"id\":1}]\n"},
		} {
			db.Exec("ALTER TABLE test_table ALTER v TYPE " + step.typ + " USING v::" + step.typ)
			if got := read("lt", step.value); got != step.want {
				t.Errorf("%s: altered to %s: %s, want %s", mode, step.typ, got, step.want)
			}
		}
	}
}

// In a snapshot types are looked up on its own connection, and what it
// refuses ends it.
func TestLanguageInSnapshot(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t, kindsTable)
	store := openOn(t, dbcontents.Config{ConnString: db.DSN, PoolSize: 1})
	snapshot, err := store.Snapshot(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer snapshot.Release()
	if _, err := snapshot.Query(t.Context(), dbcontents.Query{Select: []dbcontents.Field{{Column: "id", Cast: "nothing"}}}); err == nil {
		t.Error("a type that does not exist")
	}
	rows, err := snapshot.Query(t.Context(), dbcontents.Query{
		Select: []dbcontents.Field{{Column: "mood", Cast: "mood"}}, Where: where("id", "eq", 1), Count: "exact", Pages: true, Limit: 1,
	})
	if err != nil {
		t.Fatal(err)
	}
	total, known := rows.Total()
	if got, err := dbcontents.Collect[string](rows); err != nil || fmt.Sprint(got) != "[low]" || total != 1 || !known {
		t.Errorf("%v, %v, counted %d", got, err, total)
	}
	_, err = snapshot.Query(t.Context(), dbcontents.Query{Where: where("id", "eq", "x")})
	wantCode(t, "a wrong value", err, dbcontents.ErrInvalid, "value_refused", "22P02")
	_, err = snapshot.Query(t.Context(), dbcontents.Query{})
	wantCode(t, "after it", err, dbcontents.ErrInterrupted, "snapshot_failed", "")
}

package dbcontents_test

import (
	"testing"
	"time"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/internal/pgtest"
)

// What PostgREST's clients expect of the results of functions.
func TestBare(t *testing.T) {
	t.Parallel()
	store, _ := open(t, dbcontents.Config{Functions: callable, Aggregates: true}, shelf)
	for _, tt := range []struct {
		reason   string
		function string
		args     args
		query    dbcontents.Query
		want     string
	}{
		{"a set of records", "ranges", nil, dbcontents.Query{}, "[{\"first\":1,\"last\":2},\n{\"first\":3,\"last\":4}]\n"},
		{"TABLE of one column", "only_title", args{"y": 1900}, dbcontents.Query{}, "[{\"title\":\"Ulysses\"}]\n"},
		{"one row", "one", args{"i": 1}, dbcontents.Query{}, "{\"id\":1,\"title\":\"Emma\",\"year\":1815}\n"},
		{"one row, of which columns are selected", "one", args{"i": 1}, dbcontents.Query{Select: dbcontents.Columns("id")}, "{\"id\":1}\n"},
		{"one row that is null", "one", args{"i": 9}, dbcontents.Query{}, "{\"id\":null,\"title\":null,\"year\":null}\n"},
		{"one row that a filter turns away", "one", args{"i": 1}, dbcontents.Query{Where: where("id", "eq", 2)}, "null\n"},
		{"OUT", "ends", nil, dbcontents.Query{}, "{\"first\":1815,\"last\":1922}\n"},
		{"one OUT", "newest", nil, dbcontents.Query{}, "{\"year\":1922}\n"},
		{"a domain over a composite type", "a_domain", nil, dbcontents.Query{}, "{\"first\":1,\"last\":2}\n"},
		{"a set of values", "numbers", args{"n": 3}, dbcontents.Query{}, "[1,\n2,\n3]\n"},
		{"an empty set of values", "numbers", args{"n": 0}, dbcontents.Query{}, "[]\n"},
		{"a filter on values", "numbers", args{"n": 3}, dbcontents.Query{Where: where("numbers", "eq", 2)}, "[2]\n"},
		{"a value", "add", args{"a": 1, "b": 2}, dbcontents.Query{}, "3\n"},
		{"null", "nothing", nil, dbcontents.Query{}, "null\n"},
		{"jsonb", "doc", args{"t": "x"}, dbcontents.Query{}, "{\"n\": null, \"t\": \"x\"}\n"},
		{"jsonb without nulls", "doc", args{"t": "x"}, dbcontents.Query{Output: dbcontents.Output{StripNulls: true}}, "{\"t\": \"x\"}\n"},
		{"a set of json", "docs", nil, dbcontents.Query{}, "[{\"a\":  1},\n[2]]\n"},
		{"an aggregate is an object", "numbers", args{"n": 3}, dbcontents.Query{Select: []dbcontents.Field{{Aggregate: "count"}}}, "[{\"count\":3}]\n"},
		{"so is another name", "add", args{"a": 1, "b": 2}, dbcontents.Query{Select: []dbcontents.Field{{Column: "add", Alias: "sum"}}}, "{\"sum\":3}\n"},
		{"one object", "one", args{"i": 1}, dbcontents.Query{Select: dbcontents.Columns("id"), Output: dbcontents.Output{Object: true}}, "{\"id\":1}\n"},
		{"one value", "add", args{"a": 1, "b": 2}, dbcontents.Query{Output: dbcontents.Output{Object: true}}, "3\n"},
		{"NDJSON of values", "numbers", args{"n": 2}, dbcontents.Query{Format: dbcontents.NDJSON}, "1\n2\n"},
		{"CSV of values", "numbers", args{"n": 2}, dbcontents.Query{Format: dbcontents.CSV}, "pgrst_scalar\r\n1\r\n2\r\n"},
		{"CSV of a row", "ends", nil, dbcontents.Query{Format: dbcontents.CSV}, "first,last\r\n1815,1922\r\n"},
	} {
		q := tt.query
		q.Function, q.Args, q.Output.Bare = tt.function, tt.args, true
		if q.Format == "" {
			q.Format = dbcontents.JSON
		}
		if got := write(t, store, q); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.reason, got, tt.want)
		}
	}
	if got := write(t, store, dbcontents.Query{Format: dbcontents.JSON, Output: dbcontents.Output{Bare: true}, Limit: 1, Select: dbcontents.Columns("id")}); got != "[{\"id\":1}]\n" {
		t.Errorf("a table: %q", got)
	}
}

// The limits of a Config apply to functions.
func TestFunctionLimits(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t, shelf, `CREATE FUNCTION dear(n int) RETURNS SETOF int LANGUAGE plpgsql STABLE COST 1000000 ROWS 7 AS $$ BEGIN RETURN QUERY SELECT generate_series(1, n); END $$;
		CREATE FUNCTION slow() RETURNS int LANGUAGE plpgsql STABLE AS $$ BEGIN PERFORM pg_sleep(20); RETURN 1; END $$;`)
	names := append([]string{"dear", "slow"}, callable...)
	store := openOn(t, dbcontents.Config{ConnString: db.DSN, Functions: names, MaxRows: 2, MaxCost: 1000, FirstRowTimeout: 2 * time.Second})
	rows := query(t, store, dbcontents.Query{Function: "numbers", Args: args{"n": 5}, Count: dbcontents.CountExact})
	for rows.Next() {
	}
	if total, _ := rows.Total(); rows.Err() != nil || rows.Count() != 2 || !rows.Truncated() || total != 5 {
		t.Errorf("%d of %d rows, truncated %v, %v", rows.Count(), total, rows.Truncated(), rows.Err())
	}
	for _, tt := range []struct {
		code  string
		query dbcontents.Query
	}{
		{"too_costly", dbcontents.Query{Function: "dear", Args: args{"n": 1}}},
		{"first_row_timeout", dbcontents.Query{Function: "slow"}},
		{"aggregates_off", dbcontents.Query{Function: "numbers", Args: args{"n": 1}, Select: []dbcontents.Field{{Aggregate: "count"}}}},
	} {
		if _, err := store.Query(t.Context(), tt.query); codeIn(err) != tt.code {
			t.Errorf("%s: %v", tt.code, err)
		}
	}
	free := openOn(t, dbcontents.Config{ConnString: db.DSN, Functions: names})
	rows = query(t, free, dbcontents.Query{Function: "dear", Args: args{"n": 3}, Count: dbcontents.CountPlanned})
	defer rows.Close()
	if total, _ := rows.Total(); total != 7 { // what the function says of itself
		t.Errorf("%d rows expected", total)
	}
}

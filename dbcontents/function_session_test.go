package dbcontents_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/dbcontents/dbcontents-go/dbcontents"
)

// The allow-list of a session has functions under keys of their own.
func TestFunctionOfASession(t *testing.T) {
	t.Parallel()
	store, _ := open(t, dbcontents.Config{Functions: callable}, shelf)
	call := dbcontents.Query{Function: "since", Args: args{"y": 1800}, Format: dbcontents.JSON, Order: []dbcontents.Order{{Column: "id"}}}
	const everything = `[{"id":1,"title":"Emma","year":1815},{"id":2,"title":"Persuasion","year":1817},{"id":3,"title":"Ulysses","year":1922}]`
	for _, tt := range []struct {
		reason string
		tables map[string]dbcontents.Grant
		want   string // empty: there is no such function
	}{
		{"no list", nil, everything},
		{"the table alone", map[string]dbcontents.Grant{"test_table": {}, "since": {}, "public.since": {}}, ""},
		{"by name", map[string]dbcontents.Grant{"since()": {}}, everything},
		{"by schema and name", map[string]dbcontents.Grant{"public.since()": {}}, everything},
		{"columns", map[string]dbcontents.Grant{"since()": {Columns: []string{"id"}}}, `[{"id":1},{"id":2},{"id":3}]`},
		{"a filter on a hidden column", map[string]dbcontents.Grant{"since()": {Columns: []string{"id"}, Where: where("year", "gt", 1816)}}, `[{"id":2},{"id":3}]`},
		{"the list of a table is another one", map[string]dbcontents.Grant{"since()": {Columns: []string{"id"}}, "since": {}, "test_table": {}}, `[{"id":1},{"id":2},{"id":3}]`},
	} {
		as := store.As(dbcontents.Session{Tables: tt.tables})
		for range 2 {
			rows, err := as.Query(t.Context(), call)
			if err != nil {
				if tt.want != "" || !errors.Is(err, dbcontents.ErrNoTable) || strings.Contains(err.Error(), "columns") {
					t.Errorf("%s: %v", tt.reason, err)
				}
				continue
			}
			var b strings.Builder
			if _, err := rows.WriteTo(&b); err != nil || compact(t, b.String()) != tt.want {
				t.Errorf("%s: %s, %v; want %s", tt.reason, b.String(), err, tt.want)
			}
		}
	}
	as := store.As(dbcontents.Session{Tables: map[string]dbcontents.Grant{"since()": {Columns: []string{"id"}}, "numbers()": {}}})
	hidden := call
	hidden.Where = where("year", "eq", 1815)
	if _, err := as.Query(t.Context(), hidden); codeIn(err) != "column_unknown" {
		t.Error(err)
	}
	// A hint names no function that the session does not have.
	for name, hint := range map[string]bool{"number": true, "titlez": false} {
		_, err := as.Query(t.Context(), dbcontents.Query{Function: name})
		var e *dbcontents.Error
		if !errors.As(err, &e) || strings.Contains(e.Hint, "Perhaps") != hint {
			t.Errorf("%s: %+v", name, e)
		}
	}
	for _, key := range []string{`"since"()`, "since ()", "()", "a.b.c()", `"f()"()()`} {
		wrong := store.As(dbcontents.Session{Tables: map[string]dbcontents.Grant{key: {}}})
		if _, err := wrong.Query(t.Context(), dbcontents.Query{}); codeIn(err) != "session_invalid" {
			t.Errorf("%s: %v", key, err)
		}
	}
}

// A filter of the request that could tell of a row is tried behind the filter of the session.
func TestFunctionBehindAMandatoryFilter(t *testing.T) {
	t.Parallel()
	store, _ := open(t, dbcontents.Config{Functions: callable}, shelf)
	as := store.As(dbcontents.Session{Tables: map[string]dbcontents.Grant{"since()": {Where: where("id", "lt", 3)}}})
	got := write(t, as, dbcontents.Query{
		Function: "since", Args: args{"y": 0}, Select: dbcontents.Columns("id"), Count: dbcontents.CountPlanned, Format: dbcontents.JSON,
		Where: dbcontents.And(where("title", "match", "s$|^E"), where("year", "gt", 1800)), Order: []dbcontents.Order{{Column: "id"}},
	})
	if compact(t, got) != `[{"id":1}]` {
		t.Error(got)
	}
	for _, where := range []dbcontents.Filter{where("year", "eq", "x"), where("id", "eq", "y")} {
		_, err := as.Query(t.Context(), dbcontents.Query{Function: "since", Args: args{"y": 0}, Where: where})
		var e *dbcontents.Error
		if !errors.As(err, &e) || e.Code != "value_refused" || !strings.HasPrefix(e.Message, `invalid input syntax for type integer`) {
			t.Errorf("%+v", e)
		}
	}
}

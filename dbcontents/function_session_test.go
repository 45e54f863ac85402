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

// A role has its own privileges on functions, by every kind of connection. A function reads with
// the rights and the settings of the session.
func TestFunctionOfARole(t *testing.T) {
	t.Parallel()
	r := newRealm(t, tenants+`
		CREATE FUNCTION my_notes(above int) RETURNS SETOF notes LANGUAGE sql STABLE AS $$ SELECT * FROM notes WHERE id > above $$;
		CREATE FUNCTION their_notes(above int) RETURNS SETOF notes LANGUAGE plpgsql STABLE AS $$ BEGIN RETURN QUERY SELECT * FROM notes WHERE id > above; END $$;
		CREATE FUNCTION for_one(a int) RETURNS int LANGUAGE sql STABLE AS $$ SELECT a $$;
		REVOKE EXECUTE ON FUNCTION for_one FROM PUBLIC;`, append([]string{"GRANT EXECUTE ON FUNCTION for_one TO ROLE"}, readNotes...), readNotes)
	for kind, store := range r.stores(t, dbcontents.Config{Tables: []string{"notes"}, Functions: []string{"my_notes", "their_notes", "for_one"}}) {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			for range 3 {
				for tenant, want := range map[string]string{"even": `[{"id":18},{"id":20}]`, "odd": `[{"id":17},{"id":19}]`} {
					as := store.As(r.as(tenant))
					for _, function := range []string{"my_notes", "their_notes"} {
						q := dbcontents.Query{
							Function: function, Args: args{"above": "16"}, Select: dbcontents.Columns("id"), Order: []dbcontents.Order{{Column: "id"}},
							Count: dbcontents.CountPlanned, Format: dbcontents.JSON,
						}
						if got := compact(t, write(t, as, q)); got != want {
							t.Errorf("%s of %s: %s", function, tenant, got)
						}
						rows := query(t, as, q)
						if n, _ := rows.Total(); n != 2 {
							t.Errorf("%s of %s: %d rows counted", function, tenant, n)
						}
						rows.Close()
					}
					snapshot, err := as.Snapshot(t.Context())
					if err != nil {
						t.Fatal(err)
					}
					rows, err := snapshot.Query(t.Context(), dbcontents.Query{Function: "for_one", Args: args{"a": 1}})
					if err != nil {
						t.Fatal(err)
					}
					rows.Close()
					snapshot.Release()
				}
				_, err := store.As(dbcontents.Session{Role: r.roles[1]}).Query(t.Context(), dbcontents.Query{Function: "for_one", Args: args{"a": 1}})
				var e *dbcontents.Error
				if !errors.As(err, &e) || e.Code != "function_missing" || strings.Contains(e.Hint, "Perhaps") {
					t.Errorf("%+v", e)
				}
				_, err = store.As(r.as("odd")).Query(t.Context(), dbcontents.Query{Function: "for_one", Args: args{"a": "x"}})
				if !errors.As(err, &e) || e.Message != `invalid input syntax for type integer: "x"` {
					t.Errorf("%+v", e)
				}
			}
		})
	}
}

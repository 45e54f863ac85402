package dbcontents_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/internal/pgtest"
)

// A check says of each function whether it can be called, or why not, and calls none.
func TestCheckOfFunctions(t *testing.T) {
	t.Parallel()
	r := newRealm(t, shelf+`
		CREATE FUNCTION as_owner() RETURNS SETOF test_table LANGUAGE plpgsql STABLE SECURITY DEFINER AS $$ BEGIN RAISE 'called'; END $$;
		GRANT SELECT ON test_table TO PUBLIC;`, []string{"GRANT EXECUTE ON FUNCTION revoked TO ROLE"})
	names := []string{"since", "over", "as_owner", "revoked", "absent", "volatile_one", "a_procedure", "records", "other.far"}
	store := openOn(t, dbcontents.Config{ConnString: r.dsn, Functions: names, Roles: r.roles})
	report := store.Check(t.Context())
	got := map[string]string{}
	for _, step := range report.Steps {
		if name, ok := strings.CutPrefix(step.Name, "function "); ok {
			got[name] = step.Detail
			if step.OK == strings.HasPrefix(step.Detail, "check ") || step.OK != (step.Code == "") {
				t.Errorf("%+v", step)
			}
		}
	}
	want := map[string]string{
		"since":        "callable",
		"over":         "callable, 3 functions of this name",
		"as_owner":     "callable; SECURITY DEFINER: it reads as its owner, and row-level security of the caller does not apply",
		"revoked":      "callable as role " + r.roles[0],
		"absent":       "check absent: it does not exist",
		"volatile_one": "check volatile_one: it is VOLATILE; a function that changes nothing can be declared STABLE",
		"a_procedure":  "check a_procedure: it is a procedure, an aggregate or a window function, and not a function",
		"records":      "check records: a parameter has no name or a type that the role cannot name, or the columns of the result are not known beforehand",
		"other.far":    "check other.far: the role has no EXECUTE on it, or no USAGE on its schema",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if report.Err() != nil {
		t.Error(report.Err()) // the tables can be read
	}
	// What was not reached is there as well.
	report = openOn(t, dbcontents.Config{ConnString: "host=127.0.0.1 port=1 user=x dbname=" + pgtest.UserOf(t, r.dsn), Functions: names}).Check(t.Context())
	n := 0
	for _, step := range report.Steps {
		if strings.HasPrefix(step.Name, "function ") && !step.Reached {
			n++
		}
	}
	if n != len(names) {
		t.Errorf("%+v", report.Steps)
	}
}

package dbcontents_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/internal/pgtest"
)

// A check says of each table whether row-level security guards it, for the role that reads
// it: one of Config.Roles where the role that connects has no rights.
func TestCheckSaysRowSecurity(t *testing.T) {
	t.Parallel()
	invoker := " WITH (security_invoker = true)"
	wantInvoker := "that of its tables, for the role that reads (security_invoker is on)"
	if pgtest.ServerVersion(t) < 150000 {
		invoker, wantInvoker = "", "that of its tables, but for the owner of the view and not for the role that reads (security_invoker is off)"
	}
	r := newRealm(t, tenants+`
		CREATE TABLE forced (id int); ALTER TABLE forced ENABLE ROW LEVEL SECURITY; ALTER TABLE forced FORCE ROW LEVEL SECURITY;
		CREATE VIEW definer AS SELECT * FROM notes; CREATE VIEW invoker`+invoker+` AS SELECT * FROM notes;
		CREATE MATERIALIZED VIEW stored AS SELECT 1 AS id;
		CREATE TABLE closed (id int);`,
		[]string{"GRANT SELECT ON notes, plain, forced, definer, invoker, stored TO ROLE"}, []string{"CREATE TABLE owned (id int); ALTER TABLE owned ENABLE ROW LEVEL SECURITY; ALTER TABLE owned OWNER TO ROLE"})
	tables := []string{"notes", "plain", "forced", "definer", "invoker", "stored", "owned", "closed"}
	store := openOn(t, dbcontents.Config{ConnString: r.dsn, Tables: tables, Roles: r.roles})
	first, second := "readable as role "+r.roles[0]+"; row-level security: ", "readable as role "+r.roles[1]+"; row-level security: "
	want := map[string]string{
		"notes": first + "on", "plain": first + "off", "forced": first + "on and forced", "invoker": first + wantInvoker,
		"definer": first + "that of its tables, but for the owner of the view and not for the role that reads (security_invoker is off)",
		"stored":  first + "never, as a materialized view has none",
		"owned":   second + "on, but not for the role that reads, which owns the table or bypasses it",
	}
	report := store.Check(t.Context())
	for _, step := range report.Steps {
		name, ok := strings.CutPrefix(step.Name, "table ")
		if !ok {
			continue
		}
		if name == "closed" {
			if step.OK || step.Code != "select_denied" {
				t.Errorf("%+v", step)
			}
		} else if !step.OK || step.Detail != want[name] {
			t.Errorf("%s: %s %s", name, step.Detail, step.Code)
		}
	}
	if err := report.Err(); err != nil {
		t.Error(err)
	}
	if report := store.Ready(t.Context()); report.Err() != nil {
		t.Error(report.Err())
	}
	all := openOn(t, dbcontents.Config{ConnString: r.dsn, AllTables: true, Roles: r.roles})
	for _, ask := range []func(context.Context) dbcontents.Report{all.Check, all.Ready} {
		n, report := 0, dbcontents.Report{}
		for range 10 { // each looks at as many tables as it has the time for
			report, n = ask(t.Context()), 0
			for _, step := range report.Steps {
				if strings.HasPrefix(step.Name, "table ") && step.OK {
					n++
				}
			}
			if n == 7 {
				break
			}
		}
		if report.Err() != nil || n != 7 {
			t.Errorf("%d tables, %v", n, report.Err())
		}
	}
	superuser := openOn(t, dbcontents.Config{ConnString: r.db.DSN, Tables: []string{"notes"}})
	for _, step := range superuser.Check(t.Context()).Steps {
		if step.Name == "table notes" && step.Code == "" && step.Detail != "readable; row-level security: on, but not for the role that reads, which owns the table or bypasses it" {
			t.Errorf("%+v", step)
		}
	}
}

// To find all tables each role that may read them is asked, which together is bounded.
func TestCheckOfManyRoles(t *testing.T) {
	t.Parallel()
	roles := []string{"pg_monitor", "pg_read_all_settings", "pg_read_all_stats", "pg_stat_scan_tables", "pg_signal_backend", "pg_read_all_data", "pg_write_all_data"}
	db := pgtest.New(t, "CREATE TABLE test_table AS SELECT 1 AS id")
	// The lock is of the catalog, for which nobody can connect: it must be where the Store is already.
	store := openOn(t, dbcontents.Config{ConnString: db.Direct(db.DSN), AllTables: true, Roles: roles, LockTimeout: time.Minute})
	if err := store.Check(t.Context()).Err(); err != nil {
		t.Fatal(err)
	}
	conn := db.Conn()
	mustExec(t, conn, "BEGIN; LOCK TABLE pg_class IN ACCESS EXCLUSIVE MODE")
	report := store.Check(t.Context())
	mustExec(t, conn, "ROLLBACK")
	var e *dbcontents.Error
	if !errors.As(report.Err(), &e) || e.Code != "first_row_timeout" || e.Detail != "no answer within 3s" {
		t.Errorf("%v", report.Err())
	}
}

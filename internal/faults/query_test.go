package faults

import (
	"context"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/dbcontents/httpapi"
)

func TestRow27_TableMissing(t *testing.T) {
	begin(t, 27)
	db, dsn := database(t)
	r := rigOn(t, dsn, "test_table", "later")
	r.fails(want{path: "later", status: 404, cause: "table_missing", is: dbcontents.ErrNoTable})
	r.fails(want{path: "unknown", status: 404, cause: "table_not_exposed", is: dbcontents.ErrNoTable})
	db.Exec("CREATE TABLE later (id int); GRANT SELECT ON later TO PUBLIC")
	r.healthy("later")
}

func TestRow28_TableDroppedInBetween(t *testing.T) {
	begin(t, 28)
	db, dsn := database(t, "CREATE TABLE short (id int)")
	r := rigOn(t, dsn, "test_table", "short")
	r.healthy("short")
	if tables, err := r.store.Tables(t.Context()); err != nil || len(tables) != 2 {
		t.Fatalf("%v, %v", tables, err)
	}
	retries := r.store.Stats().Retries
	db.Exec("DROP TABLE short")
	r.fails(want{path: "short", status: 404, cause: "table_missing", is: dbcontents.ErrNoTable})
	if n := r.store.Stats().Retries - retries; n != 1 {
		t.Errorf("%d second attempts, want one: the name came from the catalog", n)
	}
	db.Exec("CREATE TABLE short (id int); GRANT SELECT ON short TO PUBLIC")
	r.healthy("short")
}

func TestRow29_SelectDenied(t *testing.T) {
	begin(t, 29)
	db, dsn := database(t, "CREATE SCHEMA closed; CREATE TABLE closed.t (id int)")
	db.Exec("GRANT SELECT ON closed.t TO PUBLIC; GRANT USAGE ON SCHEMA closed TO PUBLIC")
	r := rigOn(t, dsn, "test_table", "closed.t")
	r.healthy("")
	r.healthy("t")
	role := parse(t, dsn).User.Username()
	db.Exec("REVOKE SELECT ON test_table FROM " + role + "; REVOKE USAGE ON SCHEMA closed FROM PUBLIC")
	denied := want{status: 403, cause: "select_denied", is: dbcontents.ErrDenied}
	r.fails(denied)
	denied.path = "t"
	r.fails(denied)
	// Where everything readable is exposed, what is not readable is not.
	all := build(t, dbcontents.Config{ConnString: dsn, AllTables: true}, httpapi.Options{})
	all.fails(want{path: "test_table", status: 404, cause: "table_not_exposed", is: dbcontents.ErrNoTable})
	db.Exec("GRANT SELECT ON test_table TO " + role + "; GRANT USAGE ON SCHEMA closed TO PUBLIC")
	r.healthy("")
	r.healthy("t")
}

func TestRow30_TableAlteredUnderAPlan(t *testing.T) {
	begin(t, 30)
	db, dsn := database(t)
	r := build(t, dbcontents.Config{ConnString: dsn, PoolSize: 1}, httpapi.Options{})
	r.healthy("")
	before := r.store.Stats()
	for _, change := range []string{
		"ALTER TABLE test_table ADD extra int",
		"ALTER TABLE test_table ALTER value TYPE varchar(10)",
		"ALTER TABLE test_table ALTER value TYPE bytea USING value::bytea",
		"ALTER TABLE test_table DROP extra",
		"ALTER TABLE test_table RENAME value TO renamed",
	} {
		db.Exec("BEGIN; DROP VIEW large, endless; " + change + "; COMMIT; CREATE VIEW large AS SELECT 1; CREATE VIEW endless AS SELECT 1")
		if a := r.get("/dbcontents"); a.StatusCode != 200 || !strings.Contains(a.body, `"id":3`) {
			t.Errorf("%s: HTTP: %s: %s", change, a.Status, a.body)
		}
		if err := r.read(""); err != nil {
			t.Errorf("%s: Go: %v", change, err)
		}
	}
	if s := r.store.Stats(); s.Errors != before.Errors || s.Retries == before.Retries {
		t.Errorf("counters: before %+v, after %+v", before, s)
	}
	// A column that the client named itself is its mistake, not ours.
	if a := r.get("/dbcontents?select=value"); a.StatusCode != 400 || r.problem(a).Cause != "column_unknown" {
		t.Errorf("HTTP: %s: %s", a.Status, a.body)
	}
	r.healthy("")
}

func TestRow31_TableLocked(t *testing.T) {
	begin(t, 31)
	db, dsn := database(t)
	r := build(t, dbcontents.Config{ConnString: dsn, LockTimeout: patience / 2}, httpapi.Options{})
	r.healthy("")
	tx, err := db.Conn().Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.Exec(t.Context(), "LOCK TABLE test_table IN ACCESS EXCLUSIVE MODE"); err != nil {
		t.Fatal(err)
	}
	r.fails(want{status: 503, cause: "table_locked", is: dbcontents.ErrBusy, state: "55P03", within: soon})
	if err := tx.Rollback(t.Context()); err != nil {
		t.Fatal(err)
	}
	r.healthy("")
}

func TestRow32_SlowQuery(t *testing.T) {
	begin(t, 32)
	_, dsn := database(t, "CREATE VIEW slow AS SELECT 1 AS id, pg_sleep(600)::text AS value")
	r := build(t, dbcontents.Config{ConnString: dsn, FirstRowTimeout: patience, Tables: []string{"test_table", "slow"}}, httpapi.Options{})
	r.healthy("")
	r.fails(want{path: "slow", status: 504, cause: "first_row_timeout", is: dbcontents.ErrTimeout, within: soon})
	r.healthy("")
}

func TestRow34_ErrorInARow(t *testing.T) {
	begin(t, 34)
	_, dsn := database(t, `CREATE VIEW early AS SELECT i AS id, 1 / (i - 3) AS value FROM generate_series(1, 10) AS i;
		CREATE VIEW late AS SELECT i AS id, repeat('x', 100 / (20000 - i) + 100) AS value FROM generate_series(1, 40000) AS i`)
	r := rigOn(t, dsn, "test_table", "early", "late")
	r.fails(want{path: "early", status: 500, cause: "value_failed", state: "22012"})
	r.breaksOff("late", want{cause: "value_failed", state: "22012"}, nil)
	r.healthy("")
}

func TestRow35_OutOfTemporarySpace(t *testing.T) {
	begin(t, 35)
	db, dsn := database(t, "CREATE VIEW sorted AS SELECT id, value FROM large ORDER BY md5(id::text)")
	db.Exec("ALTER ROLE " + parse(t, dsn).User.Username() + " SET temp_file_limit = '1MB'")
	db.Exec("ALTER ROLE " + parse(t, dsn).User.Username() + " SET work_mem = '64kB'")
	r := rigOn(t, dsn, "test_table", "sorted")
	r.fails(want{path: "sorted", status: 503, cause: "out_of_resources", is: dbcontents.ErrUnavailable, state: "53400"})
	r.healthy("")
}

func TestRow36_RowTooLarge(t *testing.T) {
	begin(t, 36)
	_, dsn := database(t, `CREATE VIEW huge AS SELECT 1 AS id, repeat('x', 80 << 20) AS value;
		CREATE VIEW late AS SELECT i AS id, repeat('x', CASE i WHEN 5000 THEN 80 << 20 ELSE 100 END) AS value FROM generate_series(1, 6000) AS i`)
	r := build(t, dbcontents.Config{ConnString: dsn, PoolSize: 1, MaxRowBytes: 1 << 20, Tables: []string{"test_table", "huge", "late"}}, httpapi.Options{})
	r.fails(want{path: "huge", status: 500, cause: "row_too_large", is: dbcontents.ErrTooLarge})
	r.breaksOff("late", want{cause: "row_too_large", is: dbcontents.ErrTooLarge}, nil)
	r.healthy("")

	// The real program has a limit of 64 MiB, and not even that is taken for such a row.
	s := start(t, "DATABASE_URL="+dsn, "DBCONTENTS_TABLES=test_table,huge", "DBCONTENTS_DRAIN=0s", "DBCONTENTS_FIRST_ROW_TIMEOUT=1m")
	if status, body := s.get("/dbcontents"); status != 200 {
		t.Fatalf("%d: %s", status, body)
	}
	before := s.memory()
	if status, body := s.get("/dbcontents/huge"); status != 500 || !strings.Contains(body, `"row_too_large"`) {
		t.Errorf("%d: %.300s", status, body)
	}
	if after := s.memory(); after > before+32<<20 {
		t.Errorf("the server's memory has grown from %d to %d MB", before>>20, after>>20)
	}
}

func TestRow37_ManyColumns(t *testing.T) {
	begin(t, 37)
	db, dsn := database(t)
	columns := make([]string, 1600)
	for i := range columns {
		columns[i] = "c" + strings.Repeat("x", i%3) + strconv.Itoa(i) + " bool DEFAULT true"
	}
	db.Exec("CREATE TABLE wide (" + strings.Join(columns, ", ") + "); INSERT INTO wide DEFAULT VALUES; GRANT SELECT ON wide TO PUBLIC")
	r := rigOn(t, dsn, "test_table", "wide")
	if a := r.get("/dbcontents/wide"); a.StatusCode != 200 || strings.Count(a.body, ":true") != 1600 {
		t.Errorf("HTTP: %s: %d columns", a.Status, strings.Count(a.body, ":true"))
	}
	// One select list holds 1664 entries at most; more are the client's mistake.
	many := "/dbcontents?select=" + strings.Repeat("id,", 1664) + "id"
	if a := r.get(many); a.StatusCode != 400 || r.problem(a).Cause != "query_invalid" {
		t.Errorf("HTTP: %s: %.300s", a.Status, a.body)
	}
	most := dbcontents.Columns(strings.Split(strings.Repeat("id,", 1663)+"id", ",")...)
	for _, selected := range [][]dbcontents.Field{most, append(most, most[0])} {
		rows, err := r.store.Query(t.Context(), dbcontents.Query{Select: selected})
		if err == nil {
			err = rows.Close()
		}
		if len(selected) > len(most) {
			r.diagnosed(want{cause: "query_invalid", is: dbcontents.ErrInvalid}, err)
		} else if err != nil {
			t.Errorf("Go: %v", err)
		}
	}
	r.healthy("wide")
}

func TestRow38_ViewThatWrites(t *testing.T) {
	begin(t, 38)
	db, dsn := database(t, "CREATE SEQUENCE s; CREATE VIEW writes AS SELECT nextval('s') AS id")
	db.Exec("GRANT ALL ON SEQUENCE s TO PUBLIC")
	r := rigOn(t, dsn, "test_table", "writes")
	r.fails(want{path: "writes", status: 403, cause: "writes", is: dbcontents.ErrDenied, state: "25006"})
	r.healthy("")
}

func TestRow33_CancelledByAnAdministrator(t *testing.T) {
	begin(t, 33)
	db, dsn := database(t, "CREATE VIEW slow AS SELECT 1 AS id, pg_sleep(600)::text AS value")
	r := rigOn(t, dsn, "test_table", "slow", "endless")
	r.healthy("")
	admin := db.Conn()
	cancelled := func() bool {
		var n int
		err := admin.QueryRow(context.Background(), `SELECT count(pg_cancel_backend(pid)) FROM pg_stat_activity
			WHERE datname = current_database() AND pid <> pg_backend_pid() AND state = 'active' AND query ~ 'slow|endless'`).Scan(&n)
		return err == nil && n > 0
	}
	over, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		for {
			select {
			case <-over:
				return
			default:
				cancelled()
				time.Sleep(20 * time.Millisecond)
			}
		}
	}()
	r.fails(want{path: "slow", status: 503, cause: "query_canceled", is: dbcontents.ErrInterrupted, state: "57014"})
	close(over)
	<-done
	r.breaksOff("endless", want{cause: "query_canceled", is: dbcontents.ErrInterrupted, state: "57014"}, func() { r.eventually("the query is cancelled", cancelled) })
	r.healthy("")
}

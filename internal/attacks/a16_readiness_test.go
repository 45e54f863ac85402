package attacks

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/dbcontents/httpapi"
	"github.com/dbcontents/dbcontents-go/internal/pgtest"
	"github.com/dbcontents/dbcontents-go/internal/server"
	"github.com/dbcontents/dbcontents-go/internal/transcript"
)

// readyz16 asks whether the server is ready.
func readyz16(r *rig) (status int, body string, took time.Duration) {
	r.Helper()
	w := httptest.NewRecorder()
	start := time.Now()
	r.handler.Readyz(w, httptest.NewRequestWithContext(r.Context(), http.MethodGet, "/readyz?verbose", nil))
	return w.Code, w.Body.String(), time.Since(start)
}

func lock16(t *testing.T, db *pgtest.DB, tables string) (release func()) {
	t.Helper()
	tx, err := db.Conn().Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.Exec(t.Context(), "LOCK TABLE "+tables+" IN ACCESS EXCLUSIVE MODE"); err != nil {
		t.Fatal(err)
	}
	release = func() {
		if err := tx.Rollback(context.Background()); err != nil && err != pgx.ErrTxClosed {
			t.Error(err)
		}
	}
	t.Cleanup(release)
	return release
}

// Locked tables beside the default one do not make it late.
func TestAttack16_LockedTablesDoNotDelay(t *testing.T) {
	begin(t, 16)
	db := pgtest.New(t, "CREATE TABLE first AS SELECT 1 AS id", "CREATE TABLE second AS SELECT 2 AS id", "CREATE TABLE third AS SELECT 3 AS id", "CREATE TABLE fourth AS SELECT 4 AS id")
	r := build(t, db, dbcontents.Config{Tables: []string{"first", "second", "third", "fourth"}}, httpapi.Options{})
	if a := r.get("/dbcontents"); a.StatusCode != http.StatusOK {
		t.Fatal(a.body)
	}
	lock16(t, db, "second, third")
	status, body, took := readyz16(r)
	if status != http.StatusOK || !strings.Contains(body, `"table first"`) || !strings.Contains(body, "locked, or slow") {
		t.Errorf("%d %s", status, body)
	}
	if took > 2*time.Second {
		t.Errorf("with two tables locked beside the default one it took %v", took)
	}
}

// Thousands of tables neither.
func TestAttack16_ManyTables(t *testing.T) {
	begin(t, 16)
	db := pgtest.New(t, "CREATE TABLE first AS SELECT 1 AS id",
		"DO $$ BEGIN FOR i IN 1..3000 LOOP EXECUTE format('CREATE VIEW v%s AS SELECT 1 AS id', i); END LOOP; END $$")
	r := build(t, db, dbcontents.Config{Tables: []string{"first"}, AllTables: true}, httpapi.Options{})
	if a := r.get("/dbcontents"); a.StatusCode != http.StatusOK {
		t.Fatal(a.body)
	}
	status, body, took := readyz16(r)
	if status != http.StatusOK {
		t.Errorf("%d %.1000s", status, body)
	}
	if took > 3*time.Second {
		t.Errorf("with 3,000 tables beside the default one it took %v", took)
	}
	t.Logf("3,000 tables: %v", took)
}

// One table that cannot be read ends neither the report nor the list under /readyz.
func TestAttack16_OneUnreadableTable(t *testing.T) {
	begin(t, 16)
	db := pgtest.New(t, "CREATE TABLE first AS SELECT 1 AS id", "CREATE MATERIALIZED VIEW empty AS SELECT 2 AS id WITH NO DATA",
		"CREATE TABLE third AS SELECT 3 AS id", "CREATE TABLE fourth AS SELECT 4 AS id")
	r := build(t, db, dbcontents.Config{Tables: []string{"first", "empty", "third", "absent", "fourth"}}, httpapi.Options{})
	var names []string
	for _, s := range r.store.Check(t.Context()).Steps {
		if s.Reached && strings.HasPrefix(s.Name, "table ") || s.Name == "pool" && s.OK {
			names = append(names, s.Name)
		}
	}
	if got := strings.Join(names, ", "); got != "table first, table empty, table third, table absent, table fourth, pool" {
		t.Errorf("Check reached %s", got)
	}
	status, body, _ := readyz16(r)
	var report struct {
		Broken []struct{ Name, Cause string }
		Steps  []dbcontents.Step
	}
	if err := json.Unmarshal([]byte(body), &report); err != nil {
		t.Fatal(err)
	}
	if status != http.StatusOK || len(report.Broken) != 2 || report.Broken[0].Cause != "not_populated" || report.Broken[1].Cause != "table_missing" {
		t.Errorf("%d %s", status, body)
	}
}

// The default table decides.
func TestAttack16_DefaultTableDecides(t *testing.T) {
	begin(t, 16)
	db := pgtest.New(t, "CREATE TABLE first AS SELECT 1 AS id", "CREATE TABLE second AS SELECT 2 AS id")
	r := build(t, db, dbcontents.Config{Tables: []string{"first", "second"}, LockTimeout: 500 * time.Millisecond}, httpapi.Options{})
	if a := r.get("/dbcontents"); a.StatusCode != http.StatusOK {
		t.Fatal(a.body)
	}
	lock16(t, db, "first")
	if status, body, _ := readyz16(r); status != http.StatusServiceUnavailable || !strings.Contains(body, `"cause":"table_locked"`) {
		t.Errorf("%d %s", status, body)
	}
}

// A table that cannot be read is no news of the database.
func TestAttack16_LogDoesNotFlap(t *testing.T) {
	begin(t, 16)
	db := pgtest.New(t, "CREATE TABLE first AS SELECT 1 AS id", "CREATE MATERIALIZED VIEW empty AS SELECT 2 AS id WITH NO DATA")
	dsn := db.Role("", "GRANT SELECT ON ALL TABLES IN SCHEMA public TO ROLE")
	ctx, stop := context.WithCancel(t.Context())
	log, urls, ended := &transcript.Text{}, make(chan string, 1), make(chan error, 1)
	go func() {
		ended <- server.Serve(ctx, []string{
			"DATABASE_URL=" + dsn, "ADDR=127.0.0.1:0", "DBCONTENTS_TABLES=first,empty", "DBCONTENTS_DRAIN=0s",
		}, log, func(url string) { urls <- url })
	}()
	url := <-urls
	// Changes are told three seconds apart at most, so it takes a while to see that there is none.
	for end := time.Now().Add(4 * time.Second); time.Now().Before(end); {
		for path, want := range map[string]int{"/empty": http.StatusServiceUnavailable, "/first": http.StatusOK} {
			answer, err := http.Get(url + path)
			if err != nil {
				t.Fatal(err)
			}
			answer.Body.Close()
			if answer.StatusCode != want {
				t.Fatalf("%s: %s", path, answer.Status)
			}
		}
	}
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if text := log.String(); strings.Contains(text, "the database cannot be used") || !strings.Contains(text, "the database can be used") {
		t.Errorf("the log says:\n%.3000s", text)
	}
}

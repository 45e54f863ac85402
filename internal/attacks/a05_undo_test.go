package attacks

import (
	"strings"
	"testing"
	"time"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/dbcontents/httpapi"
	"github.com/dbcontents/dbcontents-go/internal/faultproxy"
	"github.com/dbcontents/dbcontents-go/internal/pgtest"
)

// Between the reads of one snapshot it is the same, and the snapshot goes on.
func TestAttack05_SettingsEndWithTheReadOfASnapshot(t *testing.T) {
	begin(t, 5)
	db := pgtest.New(t, sessionSeed)
	dsn := sessionRole(db)
	for _, config := range []dbcontents.Config{
		{ConnString: dsn, PoolSize: 1}, {ConnString: dsn, PoolSize: 1, MaxCost: 1e9}, {Pool: onePool(t, dsn, nil)},
	} {
		r := sessionRig(t, db, config)
		snapshot, err := r.store.Snapshot(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer snapshot.Release()
		read := func(q dbcontents.Query) string {
			t.Helper()
			q.Format = dbcontents.JSON
			rows, err := snapshot.Query(t.Context(), q)
			if err != nil {
				t.Fatalf("%s: %v", q.Table, err)
			}
			var b strings.Builder
			if _, err := rows.WriteTo(&b); err != nil {
				t.Fatalf("%s: %v", q.Table, err)
			}
			return b.String()
		}
		state := func() string {
			return read(dbcontents.Query{Table: "digits"}) + read(dbcontents.Query{Table: "settings"})
		}
		before := state()
		db.Exec("UPDATE digits SET id = id + 1")
		for _, q := range []dbcontents.Query{
			{Table: "a_view"},
			{Table: "a_policy"},
			{Table: "a_view", Count: "exact"},
			{Table: "a_view", TimeZone: "Asia/Tokyo"},
			{Table: "a_column", Select: dbcontents.Columns("computed")},
			{Table: "a_domain"},
			{Table: "an_index"},
		} {
			read(q)
			if after := state(); after != before {
				t.Fatalf("%s has left something:\n%s\nbefore:\n%s", q.Table, after, before)
			}
		}
		snapshot.Release()
	}
}

// A ceiling of cost has each read planned first, and planning may run code too.
func TestAttack05_SettingsEndWithAnEstimate(t *testing.T) {
	begin(t, 5)
	db := pgtest.New(t, sessionSeed)
	pool := onePool(t, sessionRole(db), nil)
	ours := sessionRig(t, db, dbcontents.Config{Pool: pool, MaxCost: 1e-6})
	for range 3 {
		if got := ours.problem(ours.get("/dbcontents/an_index")); got.Cause != "too_costly" {
			t.Errorf("the read was not refused: %+v", got)
		}
		var marker, role string
		if err := pool.QueryRow(t.Context(), "SELECT coalesce(current_setting('app.marker', true), ''), current_setting('role')").Scan(&marker, &role); err != nil || marker != "" || role != "none" {
			t.Errorf("the estimate has left %q and the role %s, %v", marker, role, err)
		}
	}
}

// What the count of a request runs does not change the rows of the same request.
func TestAttack05_CountDoesNotChangeItsRows(t *testing.T) {
	begin(t, 5)
	db := pgtest.New(t, sessionSeed, `CREATE VIEW counted AS SELECT f FROM digits WHERE current_setting('extra_float_digits') <> '-12' AND spoil(0) = 0`)
	for name, config := range map[string]dbcontents.Config{
		"owned": {ConnString: sessionRole(db), PoolSize: 1}, "borrowed": {Pool: onePool(t, sessionRole(db), nil)},
	} {
		r := sessionRig(t, db, config)
		for _, count := range []string{"exact", "planned", "estimated"} {
			answer := r.get("/dbcontents/counted", "Prefer", "count="+count)
			if !strings.Contains(answer.body, `"f":`) {
				t.Errorf("%s, %s: %s %s", name, count, answer.Status, answer.body)
			}
		}
		if failing := r.get("/dbcontents/a_failing_view", "Prefer", "count=exact"); failing.StatusCode != 500 {
			t.Errorf("%s: a read that fails: %s", name, failing.Status)
		}
		if s := r.store.Stats(); s.Conns != 1 || s.Connects != 1 {
			t.Errorf("%s: the connection was not kept: %+v", name, s)
		}
	}
}

// A table that was plain when it was looked up runs code of others since. What
// that leaves is found soon, and the connection is not used again.
func TestAttack05_CodeThatCameAfterTheLookup(t *testing.T) {
	begin(t, 5)
	db := pgtest.New(t, sessionSeed, "CREATE TABLE later (id int); INSERT INTO later VALUES (1)")
	r := sessionRig(t, db, dbcontents.Config{ConnString: sessionRole(db), PoolSize: 1})
	before := r.sessionState()
	r.get("/dbcontents/later")
	db.Exec("ALTER TABLE later ENABLE ROW LEVEL SECURITY; CREATE POLICY p ON later USING (spoil(id) > 0)")
	r.get("/dbcontents/later")
	deadline := time.Now().Add(wait)
	const digits = "/dbcontents/digits?select=*"
	for clean := 0; clean < 3; {
		connects, body := r.store.Stats().Connects, r.get(digits).body
		if clean++; !strings.HasPrefix(before, body) {
			clean = 0
			if r.store.Stats().Connects != connects {
				t.Errorf("the read that found out was served all the same: %s", body)
			}
		}
		if time.Now().After(deadline) {
			t.Fatal("what a read has left is still there")
		}
	}
	if s := r.store.Stats(); s.Connects != 2 {
		t.Errorf("the connection was not replaced: %+v", s)
	}
	if after := r.sessionState(); after != before {
		t.Errorf("what a read has left is still there: %s", after)
	}
	r.get("/dbcontents/later")
}

// In a snapshot, what undoes a count does not undo the time zone of its rows.
func TestAttack05_CountInASnapshotKeepsTheZone(t *testing.T) {
	begin(t, 5)
	db := pgtest.New(t, "CREATE VIEW moments AS SELECT timestamptz '2020-01-01 00:00:00+00' AS at")
	r := build(t, db, dbcontents.Config{Tables: []string{"moments"}}, httpapi.Options{})
	snapshot, err := r.store.Snapshot(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer snapshot.Release()
	for _, count := range []dbcontents.Count{"", "exact", "planned"} {
		rows, err := snapshot.Query(t.Context(), dbcontents.Query{Format: dbcontents.JSON, Count: count, TimeZone: "Asia/Tokyo"})
		if err != nil {
			t.Fatal(err)
		}
		var body strings.Builder
		if _, err := rows.WriteTo(&body); err != nil {
			t.Fatal(err)
		}
		if want := `"2020-01-01T09:00:00+09:00"`; !strings.Contains(body.String(), want) {
			t.Errorf("count %q: %s, want %s", count, body.String(), want)
		}
	}
}

// What undoes a read travels with it.
func TestAttack05_NoRoundTripMore(t *testing.T) {
	begin(t, 5)
	db := pgtest.New(t, sessionSeed)
	dsn := sessionRole(db)
	proxy := faultproxy.New(t, dsn)
	r := sessionRig(t, db, dbcontents.Config{ConnString: proxy.DSN(dsn), PoolSize: 1})
	for _, path := range []string{"/digits", "/a_view", "/a_policy", "/an_index?id=eq.1"} {
		for range 2 { // the table and the statement are known then
			r.get("/dbcontents" + path)
		}
		trips := proxy.RoundTrips()
		const reads = 5
		for range reads {
			r.get("/dbcontents" + path)
		}
		if n := proxy.RoundTrips() - trips; n != reads {
			t.Errorf("%s: %d reads took %d round trips", path, reads, n)
		}
	}
}

package dbcontents_test

import (
	"strings"
	"testing"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/internal/pgtest"
)

// Query.TimeZone applies to one read: to the values that it writes and to those in
// its filters.
func TestTimeZone(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t, `CREATE TABLE test_table (id int PRIMARY KEY, at timestamptz, plain timestamp, span tstzrange, list timestamptz[]);
		INSERT INTO test_table VALUES (1, '2020-06-01 12:00Z', '2020-06-01 12:00', '[2020-06-01 12:00Z,)', '{2020-06-01 12:00Z}')`)
	conn := db.Conn()
	for reason, config := range map[string]dbcontents.Config{
		"owned": {ConnString: db.DSN}, "borrowed": {Pool: borrow(t, db.DSN)},
	} {
		store := openOn(t, config)
		snapshot, err := store.Snapshot(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, zone := range []string{"Asia/Kathmandu", "", "America/New_York", "UTC", "-04:30", ""} {
			mustExec(t, conn, referenceSettings)
			if zone != "" {
				mustExec(t, conn, "SET TimeZone = '"+zone+"'")
			}
			want := aggregated(t, conn, "SELECT *, at::text AS at FROM test_table")
			q := dbcontents.Query{Select: []dbcontents.Field{{}, {Column: "at", Cast: "text"}}, TimeZone: zone, Format: dbcontents.JSON}
			if got := compact(t, write(t, store, q)); got != want {
				t.Errorf("%s, %q: %s, want %s", reason, zone, got, want)
			}
			rows, err := snapshot.Query(t.Context(), q)
			if err != nil {
				t.Fatal(err)
			}
			var b strings.Builder
			if _, err := rows.WriteTo(&b); err != nil || compact(t, b.String()) != want {
				t.Errorf("%s, in a snapshot, %q: %s, %v", reason, zone, b.String(), err)
			}
			var plain string
			if err := conn.QueryRow(t.Context(), "SELECT at::text || ',' || plain FROM test_table").Scan(&plain); err != nil {
				t.Fatal(err)
			}
			csv := write(t, store, dbcontents.Query{Select: dbcontents.Columns("at", "plain"), TimeZone: zone, Format: dbcontents.CSV})
			if want := "at,plain\r\n" + plain + "\r\n"; csv != want {
				t.Errorf("%s, %q: %q, want %q", reason, zone, csv, want)
			}
		}
		q := dbcontents.Query{Select: dbcontents.Columns("id"), Where: where("at", "eq", "2020-06-01 17:45"), TimeZone: "Asia/Kathmandu", Format: dbcontents.JSON}
		if got := write(t, store, q); got != "[{\"id\":1}]\n" {
			t.Errorf("%s: compared in another time zone: %s", reason, got)
		}
		snapshot.Release()
	}
}

package dbcontents_test

import (
	"context"
	"io"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/internal/pgtest"
)

// wideTable has ten mixed columns and awkward text, some 280 bytes of JSON a row.
const wideTable = `CREATE TABLE test_table AS SELECT i::bigint AS id,
	'name "' || i || E'", with\na line and ü ' || repeat('x', i % 20) AS name, (i * 1.25)::numeric(12,2) AS price,
	i / 7.0::float8 AS ratio, i % 2 = 0 AS yes, '2020-01-01Z'::timestamptz + i * interval '1 second 1 ms' AS at,
	md5(i::text)::uuid AS key, jsonb_build_object('a', i, 'b', ARRAY[1,2,3]) AS doc,
	CASE WHEN i % 3 = 0 THEN NULL ELSE 'some text ' || i END AS note, (i % 1000)::int AS small
	FROM generate_series(1, 200000) i; ANALYZE test_table`

// BenchmarkRead compares reading 200,000 rows with draining them through
// pgconn in binary form, which is the floor.
func BenchmarkRead(b *testing.B) {
	db := pgtest.New(b, wideTable)
	store, err := dbcontents.Open(dbcontents.Config{ConnString: db.DSN, Tables: []string{"test_table"}})
	if err != nil {
		b.Fatal(err)
	}
	defer store.Close()
	b.Run("drain", func(b *testing.B) {
		conn, err := pgx.Connect(b.Context(), db.DSN)
		if err != nil {
			b.Fatal(err)
		}
		defer conn.Close(context.Background())
		defer cpu(b)()
		for b.Loop() {
			result := conn.PgConn().ExecParams(b.Context(), "SELECT * FROM test_table", nil, nil, nil, []int16{1})
			for result.NextRow() {
			}
			if _, err := result.Close(); err != nil {
				b.Fatal(err)
			}
		}
	})
	for _, format := range []dbcontents.Format{dbcontents.JSON, dbcontents.NDJSON, dbcontents.CSV} {
		b.Run(string(format), func(b *testing.B) {
			b.ReportAllocs()
			defer cpu(b)()
			for b.Loop() {
				rows, err := store.Query(b.Context(), dbcontents.Query{Format: format})
				if err != nil {
					b.Fatal(err)
				}
				n, err := rows.WriteTo(io.Discard)
				if err != nil {
					b.Fatal(err)
				}
				b.SetBytes(n)
			}
		})
	}
}

// cpu reports this process's own processor time for each operation, which a
// busy machine disturbs less than the wall's.
func cpu(b *testing.B) (report func()) {
	used := func() time.Duration {
		var r syscall.Rusage
		if err := syscall.Getrusage(syscall.RUSAGE_SELF, &r); err != nil {
			b.Fatal(err)
		}
		return time.Duration(r.Utime.Nano() + r.Stime.Nano())
	}
	before := used()
	return func() { b.ReportMetric(float64((used()-before).Milliseconds())/float64(b.N), "cpu-ms/op") }
}

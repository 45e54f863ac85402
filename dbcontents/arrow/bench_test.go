//go:build unix

package arrow_test

import (
	"io"
	"syscall"
	"testing"
	"time"

	"github.com/dbcontents/dbcontents-go/dbcontents"
)

// spent is the CPU time of this process, without that of the database.
func spent(b *testing.B) time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		b.Fatal(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// BenchmarkFormats writes the same rows in three formats.
func BenchmarkFormats(b *testing.B) {
	store, db := open(b, `CREATE TABLE measured AS SELECT i AS id, 'name ' || i AS name, (i * 7919 % 100000)::numeric(10,2) / 100 AS price, i % 2 = 0 AS sold,
		timestamptz '2020-01-01' + i * interval '1 minute' AS at, md5(i::text)::uuid AS key, i * 0.1::float8 AS weight, date '2020-01-01' + i % 1000 AS day FROM generate_series(1, 200000) i`)
	db.Exec("ALTER TABLE measured ALTER price TYPE numeric(10,2)")
	for _, format := range []dbcontents.Format{dbcontents.Wire, dbcontents.JSON, dbcontents.CSV} {
		name := string(format)
		if format == dbcontents.Wire {
			name = "arrow"
		}
		b.Run(name, func(b *testing.B) {
			var size int64
			before := spent(b)
			for b.Loop() {
				var err error
				if format == dbcontents.Wire {
					size, err = write(b, store, dbcontents.Query{Table: "measured"}, io.Discard)
				} else {
					var rows *dbcontents.Rows
					if rows, err = store.Query(b.Context(), dbcontents.Query{Table: "measured", Format: format}); err == nil {
						size, err = rows.WriteTo(io.Discard)
					}
				}
				if err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(size)/200000, "bytes/row")
			b.ReportMetric(float64((spent(b)-before).Nanoseconds())/float64(b.N)/200000, "ns-CPU/row")
		})
	}
}

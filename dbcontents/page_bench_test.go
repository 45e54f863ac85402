package dbcontents_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/internal/pgtest"
)

// BenchmarkPage compares the first, the middle and the last of a thousand pages,
// in several sort orders.
func BenchmarkPage(b *testing.B) {
	db := pgtest.New(b, fmt.Sprintf(walkedTable, 1_000_000))
	store, err := dbcontents.Open(dbcontents.Config{ConnString: db.DSN, Tables: []string{"test_table"}})
	if err != nil {
		b.Fatal(err)
	}
	defer store.Close()
	for _, bench := range []struct {
		name  string
		order []dbcontents.Order
	}{
		{"by key", nil},
		{"by key, descending", []dbcontents.Order{{Column: "id", Desc: true}}},
		{"by a column with few values", []dbcontents.Order{{Column: "few"}, {Column: "id", Desc: true}}},
		{"by a column with nulls", []dbcontents.Order{{Column: "at"}}},
		{"by a column with nulls, descending", []dbcontents.Order{{Column: "at", Desc: true}}},
	} {
		q := dbcontents.Query{Order: bench.order, Limit: 1000, Pages: true}
		tokens := []string{""}
		for q.After = read(b, store, q); q.After != ""; q.After = read(b, store, q) {
			tokens = append(tokens, q.After)
		}
		b.Run(bench.name, func(b *testing.B) {
			var times [3][]time.Duration
			for b.Loop() {
				// In turn, so that other load on the machine slows all three alike.
				for i, page := range [3]int{0, len(tokens) / 2, len(tokens) - 1} {
					start := time.Now()
					q.After = tokens[page]
					read(b, store, q)
					times[i] = append(times[i], time.Since(start))
				}
			}
			median := func(i int) float64 {
				slices.Sort(times[i])
				return float64(times[i][len(times[i])/2].Microseconds())
			}
			b.ReportMetric(median(0), "first-µs")
			b.ReportMetric(median(1)/median(0), "middle/first")
			b.ReportMetric(median(2)/median(0), "last/first")
		})
	}
}

// read reads a page and returns the token of the next one.
func read(b *testing.B, store *dbcontents.Store, q dbcontents.Query) (next string) {
	rows, err := store.Query(b.Context(), q)
	if err != nil {
		b.Fatal(err)
	}
	for rows.Next() {
	}
	if err := rows.Close(); err != nil {
		b.Fatal(err)
	}
	return rows.NextPage()
}

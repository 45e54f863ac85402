package dbcontents_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/internal/pgtest"
)

// walkedTable has rows that stay, those with even numbers; the others come and go.
const walkedTable = `CREATE TABLE test_table (id int PRIMARY KEY, at int, few int GENERATED ALWAYS AS (id %% 3) STORED NOT NULL);
	INSERT INTO test_table SELECT i * 2, CASE WHEN i %% 10 > 0 THEN i %% 1000 END FROM generate_series(1, %d) i;
	CREATE INDEX ON test_table (at, id); CREATE INDEX ON test_table (few, id DESC); ANALYZE test_table`

// Pages visit every row that is there all the time exactly once, and no row
// twice, while other sessions insert and delete.
func TestWalkWhileOthersWrite(t *testing.T) {
	t.Parallel()
	const rows, page = 200_000, 1000
	db := pgtest.New(t, fmt.Sprintf(walkedTable, rows))
	store := openOn(t, dbcontents.Config{ConnString: db.DSN})
	const writers = 2
	turns := make(chan struct{}, writers) // to write, while the next page is read
	stop := sync.OnceFunc(func() { close(turns) })
	defer stop()
	done := make(chan error, writers)
	for w := range writers {
		conn := db.Conn()
		random := rand.New(rand.NewPCG(uint64(w), 0))
		go func() {
			var err error
			for range turns {
				// Each writer has odd numbers of its own.
				from := random.IntN(2*rows)/4*4 + 1 + 2*w
				if _, err = conn.Exec(context.Background(), "INSERT INTO test_table SELECT i, i % 7 FROM generate_series($1::int, $1::int + 400, 4) i ON CONFLICT DO NOTHING", from); err != nil {
					break
				}
				if _, err = conn.Exec(context.Background(), "DELETE FROM test_table WHERE id % 4 = $1 AND id BETWEEN $2 AND $2 + 300", 1+2*w, random.IntN(2*rows)); err != nil {
					break
				}
			}
			done <- err
		}()
	}
	for _, order := range [][]dbcontents.Order{nil, {{Column: "at", Desc: true}}} {
		seen := make([]int, 2*rows+1000)
		q := dbcontents.Query{Select: dbcontents.Columns("id"), Order: order, Limit: page, Pages: true}
		pages := 0
		for next := true; next; pages++ {
			for range writers {
				select {
				case turns <- struct{}{}:
				default: // they are still at it
				}
			}
			rows := query(t, store, q)
			ids, err := dbcontents.Collect[int](rows)
			if err != nil {
				t.Fatal(err)
			}
			for _, id := range ids {
				seen[id]++
			}
			q.After = rows.NextPage()
			next = q.After != ""
			if next && len(ids) != page {
				t.Fatalf("a page of %d rows that is not the last", len(ids))
			}
		}
		var came int
		for id, n := range seen {
			stays := id > 0 && id%2 == 0 && id <= 2*rows
			if n > 1 || stays && n != 1 {
				t.Fatalf("row %d was visited %d times", id, n)
			}
			if !stays {
				came += n
			}
		}
		t.Logf("%d pages, with %d rows that came and went", pages, came)
	}
	stop()
	for range writers {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
}

// BenchmarkPage compares the first of a thousand pages with the middle one and
// the last, by several orders.
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
		{"by key, backwards", []dbcontents.Order{{Column: "id", Desc: true}}},
		{"by a column of few values", []dbcontents.Order{{Column: "few"}, {Column: "id", Desc: true}}},
		{"by a column with nulls", []dbcontents.Order{{Column: "at"}}},
		{"by a column with nulls, backwards", []dbcontents.Order{{Column: "at", Desc: true}}},
	} {
		q := dbcontents.Query{Order: bench.order, Limit: 1000, Pages: true}
		tokens := []string{""}
		for q.After = read(b, store, q); q.After != ""; q.After = read(b, store, q) {
			tokens = append(tokens, q.After)
		}
		b.Run(bench.name, func(b *testing.B) {
			var times [3][]time.Duration
			for b.Loop() {
				// One after the other, so that what else the machine does meets all.
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

// read reads a page and gives the token of the next.
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

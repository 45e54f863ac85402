package dbcontents_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/internal/pgtest"
)

// walkedTable has rows with even numbers, which stay. The writers insert and
// delete rows with odd numbers.
const walkedTable = `CREATE TABLE test_table (id int PRIMARY KEY, at int, few int GENERATED ALWAYS AS (id %% 3) STORED NOT NULL);
	INSERT INTO test_table SELECT i * 2, CASE WHEN i %% 10 > 0 THEN i %% 1000 END FROM generate_series(1, %d) i;
	CREATE INDEX ON test_table (at, id); CREATE INDEX ON test_table (few, id DESC); ANALYZE test_table`

// While other sessions insert and delete, pages return every row that stays
// exactly once, and no row twice.
func TestPagesWhileOthersWrite(t *testing.T) {
	t.Parallel()
	const rows, page = 200_000, 1000
	db := pgtest.New(t, fmt.Sprintf(walkedTable, rows))
	store := openOn(t, dbcontents.Config{ConnString: db.DSN})
	const writers = 2
	turns := make(chan struct{}, writers) // each lets a writer write once, while a page is read
	stop := sync.OnceFunc(func() { close(turns) })
	defer stop()
	done := make(chan error, writers)
	for w := range writers {
		conn := db.Conn()
		random := rand.New(rand.NewPCG(uint64(w), 0))
		go func() {
			var err error
			for range turns {
				// Each writer has its own odd numbers.
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
				default: // the writers are still writing
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
				t.Fatalf("a page of %d rows that is not the last one", len(ids))
			}
		}
		var came int
		for id, n := range seen {
			stays := id > 0 && id%2 == 0 && id <= 2*rows
			if n > 1 || stays && n != 1 {
				t.Fatalf("row %d was returned %d times", id, n)
			}
			if !stays {
				came += n
			}
		}
		t.Logf("%d pages, with %d rows of the writers", pages, came)
	}
	stop()
	for range writers {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
}

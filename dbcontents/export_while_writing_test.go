package dbcontents_test

import (
	"bytes"
	"flag"
	"hash/fnv"
	"io"
	"math/rand/v2"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/internal/pgtest"
)

// With more rows it is a measurement:
//
//	go test ./dbcontents -run TestExportWhileWriting -v -rows 5000000 -timeout 30m
var exportRows = flag.Int("rows", 200_000, "how many rows TestExportWhileWriting exports")

// A checksum is the number of lines and the sum of their hashes, whatever their order.
type checksum struct {
	lines, bytes int64
	sum          uint64
	rest         []byte
}

func (c *checksum) Write(b []byte) (int, error) {
	n := len(b)
	c.bytes += int64(n)
	if len(c.rest) > 0 {
		c.rest = append(c.rest, b...)
		b = c.rest
	}
	for {
		end := bytes.IndexByte(b, '\n')
		if end < 0 {
			break
		}
		h := fnv.New64a()
		h.Write(bytes.TrimSuffix(b[:end], []byte("\r")))
		c.sum += h.Sum64()
		c.lines++
		b = b[end+1:]
	}
	c.rest = append(c.rest[:0:0], b...)
	return n, nil
}

// An export while others write gives what a single connection reads in the same state.
func TestExportWhileWriting(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	db.Exec(`CREATE TABLE big (id int PRIMARY KEY, name text NOT NULL, n int NOT NULL, at timestamptz)`)
	db.Exec(`INSERT INTO big SELECT i, 'name ' || i, i % 1000, '2020-01-01'::timestamptz + i * interval '1 second' FROM generate_series(1, $1::int) i`, *exportRows)
	store := openOn(t, dbcontents.Config{ConnString: db.DSN, AllTables: true, PoolSize: 6})
	stop := make(chan struct{})
	var writers sync.WaitGroup
	var writes atomic.Int64
	for range 4 {
		conn := db.Conn()
		writers.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				id := rand.IntN(*exportRows) + 1
				if _, err := conn.Exec(t.Context(), `WITH gone AS (DELETE FROM big WHERE id = $1 + 1), made AS (INSERT INTO big VALUES ($1 + 1000000000, 'new', 0) ON CONFLICT DO NOTHING)
					UPDATE big SET n = n + 1, name = name || 'x' WHERE id = $1`, id); err != nil && t.Context().Err() == nil {
					t.Error(err)
				}
				writes.Add(1)
			}
		})
	}
	defer writers.Wait()
	defer close(stop)

	measure := func(parallel int, ordered bool) time.Duration {
		single := sameState{t: t, db: db, conn: db.Reader()}
		var got checksum
		var most uint64
		first := true
		before := writes.Load()
		began := time.Now()
		done, err := store.Export(t.Context(), dbcontents.Export{
			Query: dbcontents.Query{Table: "big", Format: dbcontents.CSV}, Parallel: parallel, Ordered: ordered,
			Writer: writerFunc(func(b []byte) (int, error) {
				if first && parallel > 1 {
					first = false
					single.enter()
					began = time.Now()
				}
				return got.Write(b)
			}),
			Progress: func(dbcontents.Exported) {
				if *exportRows > 1_000_000 { // a stop of the world is dear
					var m runtime.MemStats
					runtime.ReadMemStats(&m)
					most = max(most, m.HeapInuse)
				}
			},
		})
		took := time.Since(began)
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("%d connections, ordered %t: %d rows, %d bytes in %v, %d writes meanwhile, heap %d KiB", parallel, ordered, done.Rows, done.Bytes, took, writes.Load()-before, most>>10)
		if parallel > 1 {
			if want := single.checksum(); got.sum-want.sum != headerHash || got.lines != want.lines+1 || done.Rows != want.lines {
				t.Errorf("%d connections, ordered %t: %d lines with the sum %d, want %d with %d", parallel, ordered, got.lines-1, got.sum-headerHash, want.lines, want.sum)
			}
		}
		return took
	}
	alone := measure(1, false)
	unordered := measure(4, false)
	ordered := measure(4, true)
	t.Logf("beside one connection: %.2f times as fast, ordered %.2f times", alone.Seconds()/unordered.Seconds(), alone.Seconds()/ordered.Seconds())
}

// headerHash is that of the header of the CSV.
var headerHash = func() uint64 {
	var c checksum
	io.WriteString(&c, "id,name,n,at\r\n")
	return c.sum
}()

// sameState is a session of PostgreSQL that reads the state of an export under way.
type sameState struct {
	t    *testing.T
	db   *pgtest.DB
	conn *pgx.Conn
}

// enter takes the state that an export of this database shares.
func (s *sameState) enter() {
	s.t.Helper()
	rows, err := s.db.Reader().Query(s.t.Context(), "SELECT pg_ls_dir('pg_snapshots')")
	if err != nil {
		s.t.Fatal(err)
	}
	ids, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		s.t.Fatal(err)
	}
	for _, id := range ids { // of other databases, too
		if _, err := s.conn.Exec(s.t.Context(), "BEGIN ISOLATION LEVEL REPEATABLE READ; SET TRANSACTION SNAPSHOT '"+id+"'"); err == nil {
			return
		}
		s.conn.Exec(s.t.Context(), "ROLLBACK")
	}
	s.t.Fatalf("none of %q can be taken", ids)
}

// checksum is that of all rows by PostgreSQL's own CSV.
func (s *sameState) checksum() (c checksum) {
	s.t.Helper()
	if _, err := s.conn.Exec(s.t.Context(), "SET TimeZone = 'UTC'"); err != nil {
		s.t.Fatal(err)
	}
	if _, err := s.conn.PgConn().CopyTo(s.t.Context(), &c, "COPY (SELECT * FROM big) TO STDOUT (FORMAT csv)"); err != nil {
		s.t.Fatal(err)
	}
	return c
}

package attacks

import (
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/dbcontents/httpapi"
	"github.com/dbcontents/dbcontents-go/internal/pgtest"
)

// highest is how much more memory the heap had than before, at its highest, while f ran.
func highest(f func()) uint64 {
	runtime.GC()
	var before, now runtime.MemStats
	runtime.ReadMemStats(&before)
	stop, highest := make(chan struct{}), make(chan uint64)
	go func() {
		ticker := time.NewTicker(10 * time.Millisecond)
		defer ticker.Stop()
		var most uint64
		for {
			runtime.ReadMemStats(&now)
			most = max(most, now.HeapAlloc)
			select {
			case <-ticker.C:
			case <-stop:
				highest <- most
				return
			}
		}
	}()
	f()
	close(stop)
	return max(<-highest, before.HeapAlloc) - before.HeapAlloc
}

// The HTML view keeps what it shows of a value, not the value.
func TestAttack11_ViewKeepsNoWholeValues(t *testing.T) {
	alone(t, 11)
	const rows = 300
	db := pgtest.New(t, `CREATE TABLE large AS SELECT i AS id, repeat('x', 1000000) AS word FROM generate_series(1, 300) i;
		CREATE TABLE kinds AS SELECT 1 AS id, repeat('é', 2000) AS word, decode(repeat('ff', 1000), 'hex') AS raw,
		to_jsonb(repeat('j', 2000)) AS doc, array_fill(7, ARRAY[1000]) AS list, repeat('"', 2000) AS quotes, repeat('y', 500) AS fits`)
	r := build(t, db, dbcontents.Config{AllTables: true}, httpapi.Options{})
	var body string
	used := highest(func() {
		a := r.get("/dbcontents/large?order=id&limit=300", "Accept", "text/html")
		if body = a.body; a.StatusCode != 200 {
			t.Errorf("%s: %.500s", a.Status, a.body)
		}
	})
	if n := strings.Count(body, "(cut)"); n != rows {
		t.Errorf("%d cells are shown as cut, want %d", n, rows)
	}
	t.Logf("the view used %d MB", used>>20)
	const most = 100 << 20 // the values are 300 MB
	if used > most {
		t.Errorf("the view used %d MB, want at most %d", used>>20, most>>20)
	}
	cells := r.viewCells("/dbcontents/kinds")
	for i, want := range []string{"1", "1", strings.Repeat("é", 2000), `\x` + strings.Repeat("ff", 1000), `"` + strings.Repeat("j", 2000) + `"`, "{7" + strings.Repeat(",7", 999) + "}", strings.Repeat(`"`, 2000), strings.Repeat("y", 500)} {
		if cells[i] != want {
			t.Errorf("column %d: %q, want %q", i, cells[i], want)
		}
	}
}

// A page of many cells ends where it would be too large, says so, and leads on.
func TestAttack11_ViewIsBounded(t *testing.T) {
	begin(t, 11)
	columns := make([]string, 100)
	for i := range columns {
		columns[i] = "repeat('w', 400) AS c" + strings.Repeat("x", i)[:i%2] + string(rune('a'+i%26)) + string(rune('a'+i/26))
	}
	db := pgtest.New(t, "CREATE TABLE test_table AS SELECT i AS id, "+strings.Join(columns, ", ")+" FROM generate_series(1, 1000) i")
	r := build(t, db, dbcontents.Config{Tables: []string{"test_table"}}, httpapi.Options{})
	path, seen := "/dbcontents?order=id&limit=1000", 0
	for range 20 {
		a := r.get(path, "Accept", "text/html")
		if a.StatusCode != 200 || len(a.body) > 32<<20 {
			t.Fatalf("%s: %s, %d bytes", path, a.Status, len(a.body))
		}
		rows := strings.Count(a.body, "<tr>") - 1
		if seen += rows; rows == 0 {
			t.Fatalf("%s has no rows", path)
		}
		_, next, more := strings.Cut(a.body, `<a href="`)
		for ; more && !strings.HasPrefix(next[strings.IndexByte(next, '"'):], `" rel="next"`); _, next, more = strings.Cut(next, `<a href="`) {
		}
		if more != strings.Contains(a.body, "too large for one page") {
			t.Errorf("%s: it leads on: %v, and the page says otherwise", path, more)
		}
		if !more {
			break
		}
		query, _, _ := strings.Cut(next, `"`)
		path = "/dbcontents" + strings.ReplaceAll(query, "&amp;", "&")
	}
	if seen != 1000 {
		t.Errorf("the pages have %d rows", seen)
	}
	if n := r.store.Stats().Errors; n != 0 {
		t.Errorf("%d reads count as failed", n)
	}
}

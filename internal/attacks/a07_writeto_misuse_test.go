package attacks

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/dbcontents/httpapi"
	"github.com/dbcontents/dbcontents-go/internal/pgtest"
)

const threeRows = `CREATE TABLE test_table (id int PRIMARY KEY, value text); INSERT INTO test_table SELECT i, 'v' || i FROM generate_series(1, 3) i;
	CREATE TABLE empty (id int); CREATE TABLE large AS SELECT i AS id, repeat('x', 1000) AS value FROM generate_series(1, 1000) i`

// Rows that were closed, used up or begun are not written as if they were all there is.
func TestAttack07_WriteToAfterUse(t *testing.T) {
	begin(t, 7)
	r := build(t, pgtest.New(t, threeRows), dbcontents.Config{AllTables: true}, httpapi.Options{})
	open := func(q dbcontents.Query) *dbcontents.Rows {
		t.Helper()
		rows, err := r.store.Query(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { rows.Close() })
		return rows
	}
	for _, tt := range []struct {
		reason string
		use    func(*dbcontents.Rows)
		want   error
	}{
		{"closed", func(rows *dbcontents.Rows) { rows.Close() }, dbcontents.ErrClosed},
		{"written before", func(rows *dbcontents.Rows) { rows.WriteTo(io.Discard) }, dbcontents.ErrClosed},
		{"one row taken", func(rows *dbcontents.Rows) { rows.Next() }, dbcontents.ErrInvalid},
		{"all rows taken", func(rows *dbcontents.Rows) {
			for rows.Next() {
			}
		}, dbcontents.ErrClosed},
	} {
		for _, table := range []string{"test_table", "empty"} {
			want := tt.want
			if table == "empty" {
				want = dbcontents.ErrClosed // Next has found the end
			}
			for _, q := range []dbcontents.Query{{Table: table, Format: dbcontents.JSON}, {Table: table, Format: dbcontents.CSV}, {Table: table, Format: dbcontents.JSON, Output: dbcontents.Output{Object: true}}} {
				rows := open(q)
				tt.use(rows)
				var b bytes.Buffer
				n, err := rows.WriteTo(&b)
				if n != 0 || b.Len() != 0 || err == nil || !errors.Is(err, want) && !isCode(err, "not_one_row") {
					t.Errorf("%s, %s as %s: %d bytes %q, %v", tt.reason, table, q.Format, n, b.String(), err)
				}
			}
		}
		rows := open(dbcontents.Query{Select: dbcontents.Columns("id")})
		tt.use(rows)
		if got, err := dbcontents.Collect[int](rows); tt.reason == "closed" && (err == nil || !errors.Is(err, dbcontents.ErrClosed)) {
			t.Errorf("%s: Collect gives %v, %v", tt.reason, got, err)
		}
	}
	rows := open(dbcontents.Query{Select: dbcontents.Columns("id")})
	if got, err := dbcontents.Collect[int](rows); err != nil || len(got) != 3 {
		t.Errorf("Collect: %v %v", got, err)
	}
	if got, err := dbcontents.Collect[int](rows); !errors.Is(err, dbcontents.ErrClosed) {
		t.Errorf("Collect a second time: %v %v", got, err)
	}
	if err := rows.Err(); err != nil {
		t.Errorf("the misuse has become the error of the read: %v", err)
	}
}

// shortWriter takes less than it is given, and says nothing.
type shortWriter struct{ most int }

func (w *shortWriter) Write(p []byte) (int, error) {
	n := min(len(p), w.most)
	w.most -= n
	return n, nil
}

// liar says that it has taken more than it was given.
type liar struct{}

func (liar) Write(p []byte) (int, error) { return len(p) + 1, nil }

// A writer that writes short, without an error, is not believed.
func TestAttack07_ShortWrite(t *testing.T) {
	begin(t, 7)
	r := build(t, pgtest.New(t, threeRows), dbcontents.Config{AllTables: true}, httpapi.Options{})
	for _, q := range []dbcontents.Query{
		{Format: dbcontents.JSON},
		{Format: dbcontents.CSV},
		{Table: "large", Format: dbcontents.NDJSON},
		{Format: dbcontents.JSON, Limit: 1, Output: dbcontents.Output{Object: true}},
	} {
		for _, w := range []io.Writer{&shortWriter{10}, liar{}} {
			rows, err := r.store.Query(t.Context(), q)
			if err != nil {
				t.Fatal(err)
			}
			n, err := rows.WriteTo(w)
			if _, short := w.(*shortWriter); !isCode(err, "writer_failed") || short && (!errors.Is(err, io.ErrShortWrite) || n != 10) {
				t.Errorf("%s: %d bytes, %v", q.Format, n, err)
			}
			rows.Close()
		}
	}
}

// shortResponse is a middleware's writer that takes less than it is given.
type shortResponse struct{ http.ResponseWriter }

func (w shortResponse) Write(p []byte) (int, error) {
	n, err := w.ResponseWriter.Write(p[:len(p)/2])
	return n, err
}

func (w shortResponse) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// A response of which less was written than there was counts as broken off.
func TestAttack07_ShortResponse(t *testing.T) {
	begin(t, 7)
	r := build(t, pgtest.New(t, threeRows), dbcontents.Config{AllTables: true}, httpapi.Options{})
	inner := r.server.Config.Handler
	r.server.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) { inner.ServeHTTP(shortResponse{w}, req) })
	for _, path := range []string{"/dbcontents", "/dbcontents/large", "/dbcontents?format=html"} {
		answer, err := http.Get(r.server.URL + path)
		if err == nil {
			_, err = io.ReadAll(answer.Body)
			answer.Body.Close()
		}
		if err == nil {
			t.Errorf("%s: half of the response looks like a whole one", path)
		}
	}
	if log := r.logged(); strings.Count(log, "short write") != 3 {
		t.Errorf("the log does not say three times that the write was short:\n%s", log)
	}
}

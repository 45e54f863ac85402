package httpapi_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/internal/pgtest"
)

// discard is a ResponseWriter that can do what a real one can, for nothing.
type discard struct{ header http.Header }

func (d *discard) Header() http.Header              { return d.header }
func (d *discard) Write(p []byte) (int, error)      { return len(p), nil }
func (d *discard) WriteHeader(int)                  {}
func (d *discard) SetWriteDeadline(time.Time) error { return nil }
func (d *discard) FlushError() error                { return nil }

func benchmark(b *testing.B, path string, borrowed bool) {
	db := pgtest.New(b, seed, "INSERT INTO empty SELECT i, 'value ' || i FROM generate_series(1, 1000) i")
	config := dbcontents.Config{ConnString: db.DSN, Tables: exposed}
	if borrowed {
		config.ConnString, config.Pool = "", borrow(b, db.DSN)
	}
	store, err := dbcontents.Open(config)
	if err != nil {
		b.Fatal(err)
	}
	defer store.Close()
	h := handler(store)
	ctx, cancel := context.WithCancel(b.Context())
	defer cancel()
	b.ReportAllocs()
	for b.Loop() {
		w := &discard{header: http.Header{}}
		r := httptest.NewRequestWithContext(ctx, http.MethodGet, path, nil)
		h.ServeHTTP(w, r)
	}
}

func BenchmarkSmallAnswer(b *testing.B) {
	b.Run("owned", func(b *testing.B) { benchmark(b, "/dbcontents", false) })
	b.Run("borrowed", func(b *testing.B) { benchmark(b, "/dbcontents", true) })
}

func BenchmarkThousandRows(b *testing.B) { benchmark(b, "/dbcontents/empty", false) }

// BenchmarkView is a page of a thousand rows.
func BenchmarkView(b *testing.B) { benchmark(b, "/dbcontents/empty?format=html&limit=1000", false) }

package attacks

import (
	"net/http"
	"testing"

	"github.com/dbcontents/dbcontents-go/dbcontents"
	"github.com/dbcontents/dbcontents-go/dbcontents/httpapi"
	"github.com/dbcontents/dbcontents-go/internal/pgtest"
)

// A HEAD of a page that is too large to know its length is a success.
func TestAttack20_HeadOfALargePageIsNoFailure(t *testing.T) {
	begin(t, 20)
	db := pgtest.New(t, "CREATE TABLE t (id int PRIMARY KEY, v text); INSERT INTO t SELECT i, repeat('x', 10000) FROM generate_series(1, 1000) i")
	r := build(t, db, dbcontents.Config{Tables: []string{"t"}, PoolSize: 1}, httpapi.Options{})
	for _, path := range []string{"/dbcontents/t?limit=900", "/dbcontents/t?limit=900&order=v,id", "/dbcontents/t?limit=900&format=csv"} {
		a := r.do(http.MethodHead, path, "Prefer", "count=exact")
		if a.StatusCode != http.StatusPartialContent || a.Header.Get("Content-Range") != "0-899/1000" || a.Header.Get("Content-Length") != "" {
			t.Errorf("HEAD %s: %s", path, a.text())
		}
		if a := r.get("/dbcontents/t?limit=1&select=id"); a.body != `[{"id":1}]`+"\n" {
			t.Errorf("after it: %s %s", a.Status, a.body)
		}
	}
	if s := r.store.Stats(); s.Errors != 0 || s.Reads != 6 || s.AcquiredConns != 0 {
		t.Errorf("%+v", s)
	}
	if s := r.handler.Stats(); len(s.Causes) != 0 || s.Aborted != 0 || s.Gone != 0 {
		t.Errorf("%+v", s)
	}
}

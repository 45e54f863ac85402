package sharding

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/dbcontents/dbcontents-go/dbcontents"
)

// The rows of all shards are served as those of one table, in every type.
func TestRows(t *testing.T) {
	t.Parallel()
	s := newSharded(t, "", dbcontents.Config{})
	rows := s.rows("/dbcontents/orders?order=id")
	if len(rows) != 200 {
		t.Fatalf("%d rows", len(rows))
	}
	for i, row := range rows {
		if row["id"] != float64(i+1) || row["region"] != []string{"eu", "us"}[i/100] {
			t.Fatalf("row %d is %v", i, row)
		}
	}
	const want = `[{"id":7,"region":"eu","amount":8.75,"at":"2026-01-01T07:00:00+00:00","day":"2026-01-08","tags":["a","b7"],"doc":{"n": 7},"paid":false,"raw":"\\x1007","rate":0.875,"item":7,"note":"note 7"}]`
	if a := s.get("/dbcontents/orders?id=eq.7"); strings.TrimSpace(a.body) != want {
		t.Errorf("%s\nwant %s", a.body, want)
	}
	for path, header := range map[string]string{"csv": "text/csv", "ndjson": "application/x-ndjson"} {
		if a := s.get("/dbcontents/orders?order=id", "Accept", header); a.StatusCode != http.StatusOK || strings.Count(a.body, "\n") < 200 {
			t.Errorf("%s: %s %.300s", path, a.Status, a.body)
		}
	}
	type order struct {
		ID     int64  `db:"id"`
		Region string `db:"region"`
	}
	list, err := dbcontents.Read[order](t.Context(), s.store, dbcontents.Query{Where: dbcontents.Where("id", dbcontents.OpGt, 198), Order: []dbcontents.Order{{Column: "id"}}})
	if err != nil || fmt.Sprint(list) != "[{199 us} {200 us}]" {
		t.Errorf("%v, %v", list, err)
	}
}

// What a filter says about its values is decided in the shards, and a filter on the
// column by which the table is partitioned asks the shards that it concerns alone.
func TestFiltersReachTheShards(t *testing.T) {
	t.Parallel()
	s := newSharded(t, "", dbcontents.Config{})
	for _, tt := range []struct {
		filter string
		rows   int
		eu, us string // what the shard is asked, the end of it
	}{
		{"region=eq.eu&amount=gt.100", 20, "WHERE ((amount > 100::numeric)) AND ((region = 'eu'))", ""},
		{"region=in.(us)", 100, "", "WHERE ((region = ANY ('{us}'::text[])))"},
		{"at=gt.2026-01-05T00:00:00Z", 104, "WHERE ((at > '2026-01-05 00:00:00+00'))", "WHERE ((at > '2026-01-05 00:00:00+00'))"},
		{"day=eq.2026-01-05", 1, "WHERE ((day = '2026-01-05'))", "WHERE ((day = '2026-01-05'))"},
		{"id=in.(3,150)", 2, "WHERE ((id = ANY ('{3,150}'::bigint[])))", "WHERE ((id = ANY ('{3,150}'::bigint[])))"},
		{"id=eq.7", 1, "WHERE ((id = 7::bigint))", "WHERE ((id = 7::bigint))"},
		{"note=like.note%201*", 75, "WHERE ((note ~~ 'note 1%'))", "WHERE ((note ~~ 'note 1%'))"},
		{"note=is.null&id=lt.4", 1, "WHERE ((note IS NULL)) AND ((id < 4::bigint))", "WHERE ((note IS NULL)) AND ((id < 4::bigint))"},
		{"tags=cs.{b7}", 1, "WHERE ((tags @> '{b7}'))", "WHERE ((tags @> '{b7}'))"},
		{"paid=eq.true&rate=lt.2", 7, "WHERE (paid) AND ((rate < 2::double precision))", "WHERE (paid) AND ((rate < 2::double precision))"},
		{"order=id.desc&limit=3", 3, "ORDER BY id DESC NULLS FIRST", "ORDER BY id DESC NULLS FIRST"},
		{"region=eq.us&order=id&limit=3", 3, "", "WHERE ((region = 'us')) ORDER BY id ASC NULLS LAST"},
	} {
		before := [2]int{len(s.eu.statements(t)), len(s.us.statements(t))}
		if rows := s.rows("/dbcontents/orders?select=id&" + tt.filter); len(rows) != tt.rows {
			t.Errorf("%s: %d rows, want %d", tt.filter, len(rows), tt.rows)
		}
		for i, shard := range []*shard{s.eu, s.us} {
			asked, want := shard.statements(t)[before[i]:], [2]string{tt.eu, tt.us}[i]
			if (want == "") != (len(asked) == 0) || want != "" && !strings.HasSuffix(asked[0], want) {
				t.Errorf("%s: shard %d was asked %q, want %q", tt.filter, i, asked, want)
			}
		}
	}
}

// Both shards are read at the same time.
func TestShardsAreReadSideBySide(t *testing.T) {
	t.Parallel()
	s := newSharded(t, "", dbcontents.Config{})
	conn, err := pgx.Connect(t.Context(), servers.front.DSN(s.name))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	rows, err := conn.Query(t.Context(), "EXPLAIN (COSTS OFF) SELECT * FROM orders")
	if err != nil {
		t.Fatal(err)
	}
	plan, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil || strings.Count(strings.Join(plan, "\n"), "Async Foreign Scan") != 2 {
		t.Errorf("%v, %v", plan, err)
	}
}

// A partitioned table with foreign partitions can have neither a primary key nor a
// unique index, so that it has no pages by tokens. Those by offset, and by the last value of a column
// that is unique, are there.
func TestPages(t *testing.T) {
	t.Parallel()
	s := newSharded(t, "", dbcontents.Config{})
	_, err := dbcontents.Read[map[string]any](t.Context(), s.store, dbcontents.Query{Table: "orders", Pages: true, Limit: 10, Order: []dbcontents.Order{{Column: "id"}}})
	var e *dbcontents.Error
	if !errors.As(err, &e) || e.Code != "page_unordered" {
		t.Errorf("pages by tokens: %v", err)
	}
	for name, next := range map[string]func(last int) string{
		"offset": func(last int) string { return fmt.Sprintf("offset=%d", last) },
		"keys":   func(last int) string { return fmt.Sprintf("id=gt.%d", last) },
	} {
		last := 0
		for {
			rows := s.rows("/dbcontents/orders?select=id&order=id&limit=30&" + next(last))
			for _, row := range rows {
				if last++; row["id"] != float64(last) {
					t.Fatalf("%s: %v after %d", name, row, last-1)
				}
			}
			if len(rows) < 30 {
				break
			}
		}
		if last != 200 {
			t.Errorf("%s: %d rows", name, last)
		}
	}
	if link := s.get("/dbcontents/orders?order=id&limit=30").Header.Get("Link"); strings.Contains(link, "next") {
		t.Errorf("Link: %s", link)
	}
}

// Counts are right. PostgreSQL makes the exact one itself, of an empty row for each that a shard has: it adds no counts of shards up.
func TestCounts(t *testing.T) {
	t.Parallel()
	s := newSharded(t, "", dbcontents.Config{})
	total := func(count string) string {
		t.Helper()
		_, total, _ := strings.Cut(s.get("/dbcontents/orders?limit=1&amount=gt.100", "Prefer", "count="+count).Header.Get("Content-Range"), "/")
		return total
	}
	if got := total("exact"); got != "120" {
		t.Errorf("exact: %s", got)
	}
	for _, shard := range []string{"eu", "us"} { // a foreign table is analysed by its owner, and never by autovacuum
		s.exec("CREATE USER MAPPING FOR postgres SERVER shard_" + shard + " OPTIONS (user 'reader', password '" + password + "'); ANALYZE orders_" + shard)
	}
	for _, count := range []string{"planned", "estimated"} {
		if got := total(count); len(got) != 3 {
			t.Errorf("%s: %s", count, got)
		}
	}
	if asked := s.eu.statements(t); !slices.Contains(asked, "SELECT NULL FROM public.orders WHERE ((amount > 100::numeric))") {
		t.Errorf("the shard was asked %q", asked)
	}
}

// A foreign key cannot be on a table with foreign partitions; a function relates it to another one, in both directions.
func TestRelated(t *testing.T) {
	t.Parallel()
	s := newSharded(t, "", dbcontents.Config{})
	if a := s.get("/dbcontents/orders?select=id,sold(name)&id=in.(7,108)&order=id"); strings.TrimSpace(a.body) != `[{"id":7,"sold":{"name":"item 7"}},`+"\n"+`{"id":108,"sold":{"name":"item 8"}}]` {
		t.Errorf("%s %s", a.Status, a.body)
	}
	if a := s.get("/dbcontents/item?select=id,sales(id,region)&id=eq.7&sales.order=id.desc&sales.limit=2"); strings.TrimSpace(a.body) != `[{"id":7,"sales":[{"id":197,"region":"us"},{"id":187,"region":"us"}]}]` {
		t.Errorf("%s %s", a.Status, a.body)
	}
}

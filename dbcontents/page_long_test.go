package dbcontents_test

import (
	"slices"
	"testing"

	"github.com/dbcontents/dbcontents-go/dbcontents"
)

// Values of the order that are too long for a token leave the page without one, and say so. With
// an offset the pages go on.
func TestLongPages(t *testing.T) {
	t.Parallel()
	store, _ := open(t, dbcontents.Config{}, `CREATE TABLE test_table (id int PRIMARY KEY, body text);
		INSERT INTO test_table SELECT i, lpad(i::text, 4, '0') || CASE WHEN i IN (9, 12, 15, 16) THEN repeat('x', 2000) ELSE '' END FROM generate_series(1, 20) i`)
	q := dbcontents.Query{Select: dbcontents.Columns("id"), Order: []dbcontents.Order{{Column: "body"}}, Limit: 3, Pages: true}
	var all, without []int
	var prev string // of the page that begins with 19
	for pages := 0; ; pages++ {
		rows := query(t, store, q)
		page, err := dbcontents.Collect[int](rows)
		if err != nil || pages > 10 {
			t.Fatalf("page %d: %v", pages, err)
		}
		all = append(all, page...)
		next, last := rows.NextPage(), page[len(page)-1]
		if len(next) > 1536 || len(rows.PrevPage()) > 1536 {
			t.Errorf("a token has %d bytes", len(next))
		}
		if rows.More() != (last != 20) {
			t.Errorf("after %d there is more: %v", last, rows.More())
		}
		if page[0] == 19 {
			prev = rows.PrevPage()
		}
		if next != "" {
			q.After, q.Offset = next, 0
			continue
		}
		if !rows.More() {
			break
		}
		without = append(without, last)
		q.Offset += int64(len(page))
	}
	if want := []int{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20}; !slices.Equal(all, want) {
		t.Errorf("rows %v", all)
	}
	if want := []int{9, 12, 15}; !slices.Equal(without, want) {
		t.Errorf("pages without a token end with %v", without)
	}
	back := query(t, store, dbcontents.Query{Select: q.Select, Order: q.Order, Limit: 3, After: prev})
	page, err := dbcontents.Collect[int](back)
	if err != nil || !slices.Equal(page, []int{16, 17, 18}) {
		t.Fatalf("the page before: %v, %v", page, err)
	}
	if back.PrevPage() != "" || back.NextPage() == "" || back.More() {
		t.Errorf("backwards: before %q, after %q, more %v", back.PrevPage(), back.NextPage(), back.More())
	}
	rows := query(t, store, dbcontents.Query{Limit: 3})
	for rows.Next() {
	}
	if rows.More() || new(dbcontents.Rows).More() {
		t.Error("rows that are no page have more")
	}
}

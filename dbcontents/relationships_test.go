package dbcontents_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dbcontents/dbcontents-go/dbcontents"
)

// Relationships are those of foreign keys, as far as the session sees both tables and the columns.
func TestRelationships(t *testing.T) {
	t.Parallel()
	s, _ := open(t, dbcontents.Config{AllTables: true}, shop)
	list := func(s *dbcontents.Store, table string) (found []string) {
		t.Helper()
		of, err := s.Table(t.Context(), "", table)
		if err != nil {
			t.Fatal(err)
		}
		all, err := s.Relationships(t.Context(), of)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range all {
			text := r.Columns[0][0] + " = " + r.Table.Name + "." + r.Columns[0][1]
			if r.Inverse {
				text += ", inverse"
			}
			if r.ToOne {
				text += ", to one"
			}
			found = append(found, text)
		}
		return found
	}
	if diff := cmp.Diff([]string{"customer_id = customers.id, to one", "id = items.order_id, inverse"}, list(s, "orders")); diff != "" {
		t.Errorf("orders (-want +got):\n%s", diff)
	}
	grants := map[string]dbcontents.Grant{"orders": {Columns: []string{"id", "total"}}, "items": {}}
	if diff := cmp.Diff([]string{"id = items.order_id, inverse"}, list(s.As(dbcontents.Session{Tables: grants}), "orders")); diff != "" {
		t.Errorf("without a column and a table (-want +got):\n%s", diff)
	}
	grants = map[string]dbcontents.Grant{"orders": {}, "items": {Columns: []string{"name"}}}
	if found := list(s.As(dbcontents.Session{Tables: grants}), "orders"); found != nil {
		t.Errorf("without a column of the other table: %q", found)
	}
}

// Sizes and Open leave out what may hide something.
func TestSizes(t *testing.T) {
	t.Parallel()
	s, _ := open(t, dbcontents.Config{AllTables: true}, shop, `CREATE VIEW seen AS SELECT 1 AS id; CREATE TABLE guarded AS SELECT i FROM generate_series(1, 500) i;
		ALTER TABLE guarded ENABLE ROW LEVEL SECURITY; ANALYZE`)
	tables, err := s.Tables(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	sizes, err := s.Sizes(t.Context(), tables)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]dbcontents.Size{"public.customers": {Rows: 3, Bytes: 8192}, "public.orders": {Rows: 4, Bytes: 8192}, "public.items": {Rows: 3, Bytes: 8192}}
	for name := range sizes {
		if _, ok := want[name]; !ok && name != "public.test_table" {
			t.Errorf("%s has a size", name)
		}
	}
	for name, size := range want {
		if sizes[name] != size {
			t.Errorf("%s: %+v, want %+v", name, sizes[name], size)
		}
	}
	for _, table := range tables {
		if narrow := table.Only([]string{"id"}); narrow.Open() || table.Open() != (table.Name != "seen" && table.Name != "guarded") {
			t.Errorf("%s: open %v, narrowed %v", table, table.Open(), narrow.Open())
		}
	}
	if sizes, err := s.As(dbcontents.Session{}).Sizes(t.Context(), tables); err != nil || sizes != nil {
		t.Errorf("of a session: %v, %v", sizes, err)
	}
}

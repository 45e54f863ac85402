package catalog

import (
	"slices"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// Where a name is looked for, in this order.
func TestCandidates(t *testing.T) {
	t.Parallel()
	two := []string{"b", "a"}
	for _, tt := range []struct {
		reason       string
		x            Exposure
		schema, name string
		want         []string
	}{
		{"nothing is exposed", Exposure{Schemas: two}, "", "t", nil},
		{"all, in the order of the schemas", Exposure{Schemas: two, All: true}, "", "t", two},
		{"all of one schema", Exposure{Schemas: two, All: true}, "a", "t", []string{"a"}},
		{"all, and not of another schema", Exposure{Schemas: two, All: true}, "c", "t", nil},
		{"a name without a schema is in each", Exposure{Schemas: two, Tables: []Name{{Name: "t"}}}, "", "t", two},
		{"a name without a schema, asked for with one", Exposure{Schemas: two, Tables: []Name{{Name: "t"}}}, "a", "t", []string{"a"}},
		{"another name", Exposure{Schemas: two, Tables: []Name{{Name: "t"}}}, "", "u", nil},
		{"a name in another letter case", Exposure{Schemas: two, Tables: []Name{{Name: "t"}}}, "", "T", nil},
		{"a name with a schema", Exposure{Schemas: two, Tables: []Name{{"a", "t"}}}, "", "t", []string{"a"}},
		{"a name with a schema that is none of them", Exposure{Schemas: two, Tables: []Name{{"c", "t"}}}, "", "t", []string{"c"}},
		{"the same, asked for with the schema", Exposure{Schemas: two, Tables: []Name{{"c", "t"}}}, "c", "t", []string{"c"}},
		{"the same, asked for with another", Exposure{Schemas: two, Tables: []Name{{"c", "t"}}}, "a", "t", nil},
		{"all and a name with another schema, which comes last", Exposure{Schemas: two, Tables: []Name{{"c", "t"}}, All: true}, "", "t", []string{"b", "a", "c"}},
		{"each schema once", Exposure{Schemas: two, Tables: []Name{{"a", "t"}, {Name: "t"}}, All: true}, "", "t", two},
	} {
		if got := tt.x.candidates(tt.schema, tt.name); !slices.Equal(got, tt.want) {
			t.Errorf("%s: %v, want %v", tt.reason, got, tt.want)
		}
	}
}

// What the role may not read, and partitions, are exposed only by name.
func TestAdmits(t *testing.T) {
	t.Parallel()
	all := Exposure{Schemas: []string{"a"}, All: true}
	named := Exposure{Schemas: []string{"a"}, Tables: []Name{{"a", "t"}, {"c", "u"}}}
	with := func(schema, name string, change func(t *Table)) *Table {
		table := readable(schema, name)
		change(table)
		return table
	}
	noUsage, noGrant := func(t *Table) { t.usage = false }, func(t *Table) { t.grant = false }
	partition, nothing := func(t *Table) { t.partition = true }, func(*Table) {}
	for _, tt := range []struct {
		reason     string
		table      *Table
		all, named bool
	}{
		{"a table", with("a", "t", nothing), true, true},
		{"another table", with("a", "x", nothing), true, false},
		{"a table in another schema", with("b", "t", nothing), false, false},
		{"a table in another schema, named with it", with("c", "u", nothing), false, true},
		{"no USAGE on the schema", with("a", "t", noUsage), false, true},
		{"no SELECT on the table", with("a", "t", noGrant), false, true},
		{"a partition", with("a", "t", partition), false, true},
	} {
		if a, n := all.Admits(tt.table), named.Admits(tt.table); a != tt.all || n != tt.named {
			t.Errorf("%s: among all %v, by name %v", tt.reason, a, n)
		}
	}
}

// The default table is the first one named; without any it is that of the task.
func TestDefaultTable(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		x := Exposure{Schemas: []string{"public"}, Tables: []Name{{"other", "first"}, {Name: "second"}}}
		c, d := New(x, func(*Table) {}), &fakeDatabase{t: t, tables: []*Table{readable("other", "first"), readable("public", "second")}}
		for _, tt := range []struct{ schema, name, want string }{{"", "", "other.first"}, {"", "second", "public.second"}} {
			_, table, err := c.Resolve(t.Context(), d, tt.schema, tt.name, Fresh)
			if err != nil || table.String() != tt.want {
				t.Errorf("%q in %q is %v, %v", tt.name, tt.schema, table, err)
			}
		}
		_, _, err := c.Resolve(t.Context(), d, "public", "", Fresh)
		wantCode(t, err, "table_not_exposed")
		if got := (&Exposure{}).DefaultTable(); got != (Name{Name: "test_table"}) {
			t.Errorf("without tables it is %v", got)
		}
	})
}

// A list that an allow-list has left something of is made once. There are at most 64 of them.
func TestNarrowedTablesAreBounded(t *testing.T) {
	onTable(t, func(t *testing.T, c *Catalog, d *fakeDatabase) {
		d.set(readable("public", "t", text, int4))
		e, table := resolve(t, c, d, Fresh)
		_, _, whole := c.Size()
		narrow := func(allowed ...string) *Table {
			t.Helper()
			n, err := e.Narrow(table, allowed)
			if err != nil {
				t.Fatal(err)
			}
			return n
		}
		one := narrow("c0")
		if narrow("c0") != one || one.Origin() != table || !one.Narrowed() || len(one.Columns) != 1 {
			t.Errorf("narrowed to %+v", one)
		}
		if all, err := e.Narrow(table, nil); all != table || err != nil {
			t.Errorf("without a list it is %v, %v", all, err)
		}
		if _, _, bytes := c.Size(); bytes < whole+int64(one.Bytes()) {
			t.Errorf("%d bytes with a narrowed table, %d without", bytes, whole)
		}
		for i := range 3 * maxNarrowed {
			narrow("c1", strconv.Itoa(i))
			if len(e.narrowed) > maxNarrowed {
				t.Fatalf("%d narrowed tables", len(e.narrowed))
			}
		}
		for _, nothing := range [][]string{{}, {"no such"}} {
			_, err := e.Narrow(table, nothing)
			wantCode(t, err, "columns_not_allowed")
		}
		// They go with the table.
		time.Sleep(Fresh)
		d.set(readable("public", "t", text, text))
		old := table
		_, table = resolve(t, c, d, Fresh)
		if len(e.narrowed) != 0 {
			t.Errorf("%d narrowed tables of one that is not known any more", len(e.narrowed))
		}
		// A read that began before keeps to the table that it has.
		for range 2 {
			for _, whole := range []*Table{table, old} {
				if n, err := e.Narrow(whole, []string{"c0"}); err != nil || n.Origin() != whole {
					t.Errorf("narrowed from another table: %v", err)
				}
			}
		}
	})
}

// Only keeps the order of the table, and a primary key only as a whole.
func TestOnly(t *testing.T) {
	t.Parallel()
	table := readable("public", "t", text, int4, text)
	table.Computed = []Column{{Name: "f", Function: "public.f"}}
	table.PrimaryKey = []string{"c0", "c1"}
	names := func(columns []Column) (list []string) {
		for _, c := range columns {
			list = append(list, c.Name)
		}
		return list
	}
	for _, tt := range []struct{ allowed, columns, computed, key []string }{
		{[]string{"c2", "c0", "c0"}, []string{"c0", "c2"}, nil, nil},
		{[]string{"c1", "c0", "f"}, []string{"c0", "c1"}, []string{"f"}, table.PrimaryKey},
		{[]string{"f", "x"}, nil, []string{"f"}, nil},
		{[]string{}, nil, nil, nil},
	} {
		n := table.Only(tt.allowed)
		got, want := [][]string{names(n.Columns), names(n.Computed), n.PrimaryKey}, [][]string{tt.columns, tt.computed, tt.key}
		if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%v (-want +got):\n%s", tt.allowed, diff)
		}
	}
	if table.Only(nil) != table || (*Table)(nil).Only([]string{"c0"}) != nil || len(table.Columns) != 3 {
		t.Error("the table itself is not what it was")
	}
	if twice := table.Only([]string{"c0", "c1"}).Only([]string{"c0"}); twice.Origin() != table || len(twice.Columns) != 1 {
		t.Errorf("narrowed twice it is %+v, from %p", twice, twice.Origin())
	}
}

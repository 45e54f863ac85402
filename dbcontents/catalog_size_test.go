package dbcontents

import (
	"strconv"
	"testing"
	"time"
)

// Tables that are remembered are bounded by their bytes, names that lead to
// nothing by their number, and neither takes the place of the other.
func TestCatalogIsBounded(t *testing.T) {
	c := newCatalog(exposure{schemas: []string{"public"}, all: true})
	learn := func(name string, columns int) (*entry, *Table) {
		t.Helper()
		e, _, err := c.find("", name)
		if err != nil {
			t.Fatal(err)
		}
		var tables []*Table
		if columns > 0 {
			tables = []*Table{{Schema: "public", Name: name, full: "public." + name, Columns: make([]Column, columns), usage: true, grant: true}}
		}
		return e, c.store(e, time.Now(), tables)
	}
	size := (&Table{Schema: "public", Name: "t00", full: "public.t00", Columns: make([]Column, 10)}).bytes()
	const fit = 20
	c.known.Limit = fit * size
	first, table := learn("t00", 10)
	c.plans.put(table, []byte("shape"), &plan{table: table, limited: func(int) string { return "" }})
	for i := 1; i < fit; i++ {
		learn("t"+strconv.Itoa(10+i), 10)
	}
	for i := range 3 * maxAbsent {
		learn("absent"+strconv.Itoa(i), 0)
	}
	if tables, bytes := c.size(); tables != fit || bytes != fit*int64(size) || len(c.absent.Items) != maxAbsent {
		t.Errorf("%d tables of %d bytes, %d other names", tables, bytes, len(c.absent.Items))
	}
	if e, _, _ := c.find("", "t00"); e != first || !e.known {
		t.Error("a table gave way to names that lead to nothing")
	}
	for i := range fit {
		learn("u"+strconv.Itoa(10+i), 10)
	}
	if tables, _ := c.size(); tables != fit || first.known || first.table != nil {
		t.Errorf("%d tables; the one used longest ago is still known: %v", tables, first.known)
	}
	if n, _ := c.plans.size(); n != 0 {
		t.Errorf("%d plans of a table that is forgotten", n)
	}
	// What goes away makes room.
	e, _, _ := c.find("", "u10")
	c.store(e, time.Now(), nil)
	if tables, _ := c.size(); tables != fit-1 {
		t.Errorf("%d tables after one was dropped", tables)
	}
	if e, _ := learn("u10", 10); !e.known {
		t.Error("a table that came again is not known")
	}
	if tables, bytes := c.size(); tables != fit || bytes != fit*int64(size) {
		t.Errorf("%d tables of %d bytes", tables, bytes)
	}
}

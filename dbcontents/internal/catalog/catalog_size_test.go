package catalog

import (
	"slices"
	"strconv"
	"testing"
	"time"
)

// Tables that are remembered are bounded by their bytes, names that lead to
// nothing by their number, and neither takes the place of the other.
func TestCatalogIsBounded(t *testing.T) {
	var forgotten []*Table
	c := New(Exposure{Schemas: []string{"public"}, All: true}, func(t *Table) { forgotten = append(forgotten, t) })
	learn := func(name string, columns int) (*Entry, *Table) {
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
	size := (&Table{Schema: "public", Name: "t00", full: "public.t00", Columns: make([]Column, 10)}).Bytes()
	const fit = 20
	c.known.Limit = fit * size
	first, table := learn("t00", 10)
	for i := 1; i < fit; i++ {
		learn("t"+strconv.Itoa(10+i), 10)
	}
	for i := range 3 * maxAbsent {
		learn("absent"+strconv.Itoa(i), 0)
	}
	if tables, _, bytes := c.Size(); tables != fit || bytes != fit*int64(size) || len(c.absent.Items) != maxAbsent {
		t.Errorf("%d tables of %d bytes, %d other names", tables, bytes, len(c.absent.Items))
	}
	if e, _, _ := c.find("", "t00"); e != first || !e.known {
		t.Error("a table gave way to names that lead to nothing")
	}
	for i := range fit {
		learn("u"+strconv.Itoa(10+i), 10)
	}
	if tables, _, _ := c.Size(); tables != fit || first.known || first.table != nil {
		t.Errorf("%d tables; the one used longest ago is still known: %v", tables, first.known)
	}
	if !slices.Contains(forgotten, table) {
		t.Error("nobody was told that a table is forgotten")
	}
	// What goes away makes room.
	e, _, _ := c.find("", "u10")
	c.store(e, time.Now(), nil)
	if tables, _, _ := c.Size(); tables != fit-1 {
		t.Errorf("%d tables after one was dropped", tables)
	}
	if e, _ := learn("u10", 10); !e.known {
		t.Error("a table that came again is not known")
	}
	if tables, _, bytes := c.Size(); tables != fit || bytes != fit*int64(size) {
		t.Errorf("%d tables of %d bytes", tables, bytes)
	}
}

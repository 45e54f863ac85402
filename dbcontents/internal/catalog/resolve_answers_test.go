package catalog

import (
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dbcontents/dbcontents-go/dbcontents/internal/diagnosis"
)

// onTable runs f with a catalog of all tables in public, of which the database has one, t.
func onTable(t *testing.T, f func(t *testing.T, c *Catalog, d *fakeDatabase)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		c := New(Exposure{Schemas: []string{"public"}, All: true}, func(*Table) {})
		f(t, c, &fakeDatabase{t: t, tables: []*Table{readable("public", "t", text)}})
	})
}

// resolve finds the table t, at most so old.
func resolve(t *testing.T, c *Catalog, a Asker, maxAge time.Duration) (*Entry, *Table) {
	t.Helper()
	e, table, err := c.Resolve(t.Context(), a, "", "t", maxAge)
	if err != nil {
		t.Fatal(err)
	}
	return e, table
}

// wantCode fails unless err is a finding of that code.
func wantCode(t *testing.T, err error, code string) {
	t.Helper()
	if codeOf(err) != code {
		t.Errorf("%v, want the code %s", err, code)
	}
}

func TestEntryIsFreshFor5Seconds(t *testing.T) {
	onTable(t, func(t *testing.T, c *Catalog, d *fakeDatabase) {
		e, table := resolve(t, c, d, Fresh)
		d.asks(1)
		if table.String() != "public.t" || len(table.Columns) != 1 || !e.Holds(table) || known(c) != table {
			t.Errorf("found %v: %+v", table, table)
		}
		time.Sleep(Fresh - time.Millisecond)
		resolve(t, c, d, Fresh)
		d.asks(0)
		time.Sleep(time.Millisecond)
		if _, again := resolve(t, c, d, Fresh); again != table {
			t.Error("a table that has not changed is not the same one: its plans are lost")
		}
		d.asks(1)
		if got := c.Lookups.Load(); got != 2 {
			t.Errorf("%d look-ups were counted", got)
		}
	})
}

// That there is no table, or none to read, is remembered for a second, whatever age would do.
func TestAbsenceIsRememberedForASecond(t *testing.T) {
	locked := readable("public", "t", text)
	locked.grant = false
	for _, tt := range []struct {
		reason string
		tables []*Table
		named  bool // the table is exposed by its name
		code   string
	}{
		{"none", nil, false, "table_not_exposed"},
		{"none, but it is exposed", nil, true, "table_missing"},
		{"one that the role may not read", []*Table{locked}, false, "table_not_exposed"},
		{"one that the role may not read, but it is exposed", []*Table{locked}, true, ""},
	} {
		t.Run(tt.reason, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				x := Exposure{Schemas: []string{"public"}, All: !tt.named}
				if tt.named {
					x.Tables = []Name{{Name: "t"}}
				}
				c, d := New(x, func(*Table) {}), &fakeDatabase{t: t, tables: tt.tables}
				ask := func() {
					t.Helper()
					_, _, err := c.Resolve(t.Context(), d, "", "t", Forever)
					wantCode(t, err, tt.code)
				}
				ask()
				d.asks(1)
				time.Sleep(Absent - time.Millisecond)
				ask()
				d.asks(0)
				time.Sleep(time.Millisecond)
				d.set(readable("public", "t", text))
				if _, table := resolve(t, c, d, Forever); !table.Readable() {
					t.Error("it can be read now, and that is not known")
				}
				d.asks(1)
			})
		})
	}
}

// All who wait for a look-up get its table, at the same moment.
func TestWaitersShareTheTable(t *testing.T) {
	onTable(t, func(t *testing.T, c *Catalog, d *fakeDatabase) {
		d.delay = 3 * time.Second
		begun := time.Now()
		var tasks sync.WaitGroup
		var mu sync.Mutex
		found := map[*Table]int{}
		for i := range 100 {
			tasks.Go(func() {
				time.Sleep(time.Duration(i) * 10 * time.Millisecond)
				_, table, err := c.Resolve(t.Context(), d, "", "t", Fresh)
				if err != nil || time.Since(begun) != d.delay {
					t.Errorf("after %v: %v", time.Since(begun), err)
				}
				mu.Lock()
				defer mu.Unlock()
				found[table]++
			})
		}
		tasks.Wait()
		d.asks(1)
		if len(found) != 1 {
			t.Errorf("%d tables were found", len(found))
		}
	})
}

// A look-up under way when its table is dropped is not taken: it may have been
// asked before what contradicts it. Who waits for it has its answer; who comes later asks.
func TestDropDuringALookup(t *testing.T) {
	onTable(t, func(t *testing.T, c *Catalog, d *fakeDatabase) {
		e, old := resolve(t, c, d, Fresh)
		time.Sleep(Fresh)
		d.delay = 2 * time.Second
		var tasks sync.WaitGroup
		tasks.Go(func() { resolve(t, c, d, Fresh) })
		time.Sleep(time.Second)
		d.set(readable("public", "t", text, int4))
		e.Drop(old)
		if known(c) != nil || e.Holds(old) {
			t.Error("a table that was dropped is known")
		}
		_, table := resolve(t, c, d, Fresh)
		if len(table.Columns) != 2 {
			t.Errorf("the table has %d columns, as before", len(table.Columns))
		}
		tasks.Wait()
		d.asks(3)
		if !e.Holds(table) || known(c) != table {
			t.Error("the new table is not known")
		}
	})
}

// A snapshot sees one state of the database: it asks for itself if what is known is from before that state.
func TestSnapshotAsksForItself(t *testing.T) {
	onTable(t, func(t *testing.T, c *Catalog, d *fakeDatabase) {
		_, table := resolve(t, c, d, Fresh)
		d.asks(1)
		time.Sleep(Fresh)
		snapshot := &fakeDatabase{t: t, tables: d.tables, asOf: time.Now()}
		time.Sleep(time.Minute)
		if _, same := resolve(t, c, snapshot, Forever); same != table {
			t.Error("the snapshot found another table")
		}
		snapshot.asks(1)
		resolve(t, c, d, Fresh)
		d.asks(1)
		time.Sleep(time.Minute)
		resolve(t, c, snapshot, Fresh) // takes what is younger than it, however old
		snapshot.asks(0)
		_, _, err := c.Resolve(t.Context(), &fakeDatabase{t: t, err: diagnosis.New("table_locked", "", nil), asOf: time.Now()}, "", "t", 0)
		wantCode(t, err, "table_locked")
	})
}

// What a snapshot has asked for is known in it, however old the snapshot gets.
func TestSnapshotAsksOnce(t *testing.T) {
	onTable(t, func(t *testing.T, c *Catalog, _ *fakeDatabase) {
		snapshot := &fakeDatabase{t: t, tables: []*Table{readable("public", "t", text)}, asOf: time.Now()}
		time.Sleep(Fresh + time.Second)
		for range 5 {
			resolve(t, c, snapshot, Forever)
		}
		snapshot.asks(1)
	})
}

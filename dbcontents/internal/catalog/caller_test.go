package catalog

import (
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/dbcontents/dbcontents-go/dbcontents/internal/diagnosis"
)

// What is remembered for a role is not used for another, and what all roles take is bounded.
func TestRolesAreApart(t *testing.T) {
	onTable(t, func(t *testing.T, c *Catalog, d *fakeDatabase) {
		c.Exposure = Exposure{Schemas: []string{"public"}, Tables: []Name{{Name: "t"}}}
		reader, other := c.For(Caller{Role: "reader"}), c.For(Caller{Role: "other"})
		open := readable("public", "t", text, int4)
		closed := readable("public", "t")
		closed.grant = false
		d.set(open)
		_, first := resolve(t, &reader, d, Forever)
		d.set(closed)
		if _, denied := resolve(t, &other, d, Forever); denied.Readable() {
			t.Error("one role's table is another's")
		}
		d.asks(2)
		if _, again := resolve(t, &reader, d, Forever); again != first || !again.Readable() {
			t.Error("one role's denial is another's")
		}
		d.asks(0)
		if _, known := c.Known("", "t"); known != nil {
			t.Error("the role that connects knows what others have asked for")
		}
		if got := other.Names(); len(got) > 0 {
			t.Errorf("names of a role that may read nothing: %q", got)
		}
		wantNames(t, &reader, "", "t")
		if _, roles, _ := c.Size(); roles != 2 {
			t.Errorf("%d roles are remembered", roles)
		}
		for i := range 20_000 {
			many := c.For(Caller{Role: "role" + strconv.Itoa(i)})
			many.learn([]*Table{readable("public", "t")}, time.Now())
		}
		if c.directories.Bytes > maxDirectoryBytes {
			t.Errorf("%d bytes of names", c.directories.Bytes)
		}
	})
}

// A caller with an allow-list finds the first table that it has, and knows of no other.
func TestGrantsDecideWhatExists(t *testing.T) {
	onTable(t, func(t *testing.T, c *Catalog, d *fakeDatabase) {
		c.Exposure = Exposure{Schemas: []string{"a", "b"}, All: true}
		d.set(readable("a", "t", text), readable("a", "u", text), readable("b", "t", int4))
		allowed := c.For(Caller{Grants: func(schema, name string) bool { return schema == "b" && name == "t" }})
		for range 2 {
			if _, table, err := allowed.Resolve(t.Context(), d, "", "t", Forever); err != nil || table.Schema != "b" {
				t.Errorf("found %v, %v", table, err)
			}
			if _, table, err := c.Resolve(t.Context(), d, "", "t", Forever); err != nil || table.Schema != "a" {
				t.Errorf("without an allow-list found %v, %v", table, err)
			}
		}
		d.asks(2)
		for _, name := range []Name{{"", "u"}, {"a", "t"}, {"a", ""}} {
			if _, _, err := allowed.Resolve(t.Context(), d, name.Schema, name.Name, Forever); codeOf(err) != "table_not_exposed" {
				t.Errorf("%v: %v", name, err)
			}
			if _, table := allowed.Known(name.Schema, name.Name); table != nil {
				t.Errorf("%v is known", name)
			}
		}
		d.asks(0)
		tables, err := allowed.Tables(t.Context(), d)
		if err != nil || len(tables) != 1 || tables[0].String() != "b.t" {
			t.Errorf("tables %v, %v", tables, err)
		}
		names, err := allowed.List(t.Context(), d)
		if err != nil || !slices.Equal(names, []Name{{"b", "t"}}) {
			t.Errorf("names %v, %v", names, err)
		}
		wantNames(t, &allowed, "t")
		wantNames(t, c, "t", "u")
	})
}

// perCaller is a database that may look different to every caller.
type perCaller struct{ *fakeDatabase }

func (perCaller) PerCaller() bool { return true }

// Where a look-up is for its caller alone, nobody waits for another's, nobody gets another's error,
// and that a table cannot be read is not remembered.
func TestLookUpsForOneCaller(t *testing.T) {
	onTable(t, func(t *testing.T, c *Catalog, d *fakeDatabase) {
		c.Exposure = Exposure{Schemas: []string{"public"}, Tables: []Name{{Name: "t"}}}
		slow := &fakeDatabase{t: t, err: diagnosis.New("pool_hook_failed", "", nil), delay: 5 * time.Second}
		failed := make(chan error)
		go func() {
			_, _, err := c.Resolve(t.Context(), perCaller{slow}, "", "t", Forever)
			failed <- err
		}()
		time.Sleep(time.Second)
		start := time.Now()
		if _, table, err := c.Resolve(t.Context(), perCaller{d}, "", "t", Forever); err != nil || table == nil || time.Since(start) > time.Second {
			t.Errorf("after %v: %v, %v", time.Since(start), table, err)
		}
		if err := <-failed; codeOf(err) != "pool_hook_failed" {
			t.Error(err)
		}
		closed := readable("public", "t")
		closed.grant = false
		d.set(closed)
		d.asks(1)
		for range 3 {
			if _, table, err := c.Resolve(t.Context(), perCaller{d}, "", "t", 0); err != nil || table.Readable() {
				t.Errorf("%v, %v", table, err)
			}
		}
		d.asks(3)
	})
}

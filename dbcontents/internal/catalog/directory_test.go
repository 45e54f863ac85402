package catalog

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dbcontents/dbcontents-go/dbcontents/internal/diagnosis"
)

// wantNames fails unless these are the names that can be read.
func wantNames(t *testing.T, c *Catalog, want ...string) {
	t.Helper()
	if got := c.Names(); !slices.Equal(got, want) {
		t.Errorf("names %q, want %q", got, want)
	}
}

// Before any look-up the names are the configuration's, and then those that can be read.
func TestNamesThatCanBeRead(t *testing.T) {
	locked, partition := readable("public", "locked"), readable("public", "partition")
	locked.grant, partition.partition = false, true
	behind := readable("other", "locked") // a name without a schema means the one in public
	both := []string{"public", "other"}
	for _, tt := range []struct {
		reason        string
		x             Exposure
		before, after []string
	}{
		{"some tables", Exposure{Schemas: both, Tables: []Name{{Name: "b"}, {Name: "a"}, {Name: "missing"}, {"other", "b"}}}, []string{"", "b", "a", "missing"}, []string{"", "b", "a"}},
		{"the default table is missing", Exposure{Schemas: both, Tables: []Name{{Name: "missing"}, {Name: "a"}}}, []string{"", "missing", "a"}, []string{"a"}},
		{"the default table cannot be read", Exposure{Schemas: both, Tables: []Name{{Name: "locked"}, {Name: "a"}}}, []string{"", "locked", "a"}, []string{"a"}},
		{"all", Exposure{Schemas: both, All: true}, nil, []string{"a", "b", "locked"}},
		{"all of one schema", Exposure{Schemas: both[:1], All: true}, nil, []string{"a", "b"}},
		{"all, with one first", Exposure{Schemas: both, Tables: []Name{{"other", "b"}}, All: true}, []string{"", "b"}, []string{"", "b", "a", "locked"}},
	} {
		t.Run(tt.reason, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := New(tt.x, func(*Table) {})
				d := &fakeDatabase{t: t, tables: []*Table{readable("public", "a"), readable("public", "b"), locked, partition, readable("other", "b"), behind}}
				wantNames(t, c, tt.before...)
				d.asks(0)
				if _, _, err := c.Resolve(t.Context(), d, "", "a", Fresh); err != nil {
					t.Fatal(err)
				}
				d.asks(1) // the question for the names went along
				wantNames(t, c, tt.after...)
			})
		})
	}
}

// The question for the names goes along with a look-up at most once in 5 s, and in one second if it is not answered.
func TestNamesAreAskedForNowAndThen(t *testing.T) {
	onTable(t, func(t *testing.T, c *Catalog, d *fakeDatabase) {
		along := func() bool {
			t.Helper()
			if _, _, err := c.Resolve(t.Context(), d, "", "t", 0); err != nil && d.err == nil {
				t.Error(err)
			}
			return slices.Contains(d.sql, directorySQL)
		}
		d.err = diagnosis.New("table_locked", "", nil)
		if !along() {
			t.Error("not with the first look-up")
		}
		time.Sleep(Absent - time.Millisecond)
		if along() {
			t.Error("again at once, though there was no answer")
		}
		time.Sleep(time.Millisecond)
		d.err = nil
		if !along() {
			t.Error("not again a second later")
		}
		wantNames(t, c, "t")
		time.Sleep(Fresh - time.Millisecond)
		d.set(readable("public", "t"), readable("public", "u"))
		if along() {
			t.Error("before 5 s are over")
		}
		wantNames(t, c, "t")
		time.Sleep(time.Millisecond)
		if !along() {
			t.Error("not after 5 s")
		}
		wantNames(t, c, "t", "u")
		// A snapshot sees an older state.
		time.Sleep(Fresh)
		d.asOf = time.Now()
		if along() {
			t.Error("with a look-up of a snapshot")
		}
	})
}

// Names that were asked for earlier, and came late, are not taken.
func TestLateNamesAreNotTaken(t *testing.T) {
	onTable(t, func(t *testing.T, c *Catalog, d *fakeDatabase) {
		before := time.Now()
		time.Sleep(time.Second)
		resolve(t, c, d, Fresh)
		c.learn([]*Table{readable("public", "old")}, before)
		wantNames(t, c, "t")
	})
}

// Lists show what is exposed and can be read, and ask each time.
func TestTablesAndList(t *testing.T) {
	onTable(t, func(t *testing.T, c *Catalog, d *fakeDatabase) {
		locked := readable("public", "locked")
		locked.usage = false
		d.set(readable("public", "a", text), locked, readable("public", "b"), readable("other", "c"))
		for range 2 {
			tables, err := c.Tables(t.Context(), d)
			if err != nil || len(tables) != 2 || tables[0].String() != "public.a" || len(tables[0].Columns) != 1 || tables[1].String() != "public.b" {
				t.Errorf("tables %v, %v", tables, err)
			}
			d.asks(1)
		}
		wantNames(t, c, "a", "b")
		names, err := c.List(t.Context(), d)
		if err != nil || !slices.Equal(names, []Name{{"public", "a"}, {"public", "b"}}) {
			t.Errorf("names %v, %v", names, err)
		}
		d.asks(1)
		d.err = diagnosis.New("table_locked", "", nil)
		_, err = c.Tables(t.Context(), d)
		wantCode(t, err, "table_locked")
		_, err = c.List(t.Context(), d)
		wantCode(t, err, "table_locked")
	})
}

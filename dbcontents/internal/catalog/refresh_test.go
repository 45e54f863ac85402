package catalog

import (
	"testing"
	"time"

	"github.com/dbcontents/dbcontents-go/dbcontents/internal/diagnosis"
	"github.com/dbcontents/dbcontents-go/dbcontents/internal/wire"
)

// carry sends the look-up of r as a read does, behind a statement of its own, and lets r take the answer.
func (d *fakeDatabase) carry(r *Refresh) {
	read := wire.Statement{SQL: directorySQL, Params: [][]byte{[]byte("{}"), nil}, Types: []uint32{0, 0}, Sync: true}
	statements := r.Append([]wire.Statement{read})
	statements[0].Sync = false // so that all is sent before anything is answered
	var answers []answer
	for _, s := range statements {
		answers = append(answers, d.answer(s))
	}
	f := wire.Flight{Statements: statements}
	end := d.fly(&f, answers)
	defer end()
	f.Skip(0)
	r.Take(&f)
}

// Of the reads of an old entry one in 5 s carries a look-up.
func TestOneReadIn5SecondsCarriesALookup(t *testing.T) {
	onTable(t, func(t *testing.T, c *Catalog, d *fakeDatabase) {
		e, table := resolve(t, c, d, Fresh)
		due := func() bool { r := e.Refresh(table); return r.Due() }
		time.Sleep(Fresh - time.Millisecond)
		if due() {
			t.Error("a look-up is due while the entry is fresh")
		}
		time.Sleep(time.Millisecond)
		if !due() {
			t.Error("no look-up is due when the entry is not fresh any more")
		}
		for range 10 {
			if due() {
				t.Error("a second read carries a look-up")
			}
		}
		time.Sleep(Fresh - time.Millisecond)
		if due() {
			t.Error("a look-up is due 5 s after the entry, not after the last look-up")
		}
		time.Sleep(time.Millisecond)
		if !due() {
			t.Error("the first look-up never came, and no other is due")
		}
	})
}

// A look-up that brought nothing is carried by the next read.
func TestFailedRefreshIsTriedAgain(t *testing.T) {
	onTable(t, func(t *testing.T, c *Catalog, d *fakeDatabase) {
		e, table := resolve(t, c, d, Fresh)
		time.Sleep(Fresh)
		r := e.Refresh(table)
		r.Drop()
		if r.Due() {
			t.Error("a look-up that was dropped is due")
		}
		r = e.Refresh(table)
		if !r.Due() {
			t.Error("after a look-up that was not sent no other is due")
		}
		f := wire.Flight{Statements: r.Append(nil)}
		bad := answer{types: []uint32{text}}
		bad.add("no table")
		end := d.fly(&f, []answer{bad})
		r.Take(&f)
		end()
		if !e.Holds(table) {
			t.Error("a look-up that failed has changed what is known")
		}
		if r = e.Refresh(table); !r.Due() {
			t.Error("after a look-up that failed no other is due")
		}
	})
}

// What a read brings along is what the next one finds.
func TestRefreshTakesTheNewTable(t *testing.T) {
	onTable(t, func(t *testing.T, c *Catalog, d *fakeDatabase) {
		var forgotten []*Table
		c.forgotten = func(t *Table) { forgotten = append(forgotten, t) }
		e, table := resolve(t, c, d, Fresh)
		time.Sleep(Fresh)
		r := e.Refresh(table)
		d.carry(&r)
		if !e.Holds(table) || len(forgotten) != 1 || forgotten[0] != nil {
			t.Errorf("a table that has not changed is another one; forgotten %v", forgotten)
		}
		time.Sleep(Fresh)
		d.set(readable("public", "t", text, int4))
		r = e.Refresh(table)
		d.carry(&r)
		if got := known(c); got == nil || len(got.Columns) != 2 || e.Holds(table) || forgotten[len(forgotten)-1] != table {
			t.Errorf("known is %+v; forgotten %v", got, forgotten)
		}
		time.Sleep(Fresh)
		d.set()
		r = e.Refresh(known(c))
		d.carry(&r)
		_, _, err := c.Resolve(t.Context(), &fakeDatabase{t: t, err: diagnosis.New("table_locked", "", nil)}, "", "t", Fresh)
		wantCode(t, err, "table_not_exposed")
	})
}

// A refresh asks for operators of the types that the table had. One with another type
// is not taken: it would have none.
func TestRefreshOfATableWithANewType(t *testing.T) {
	onTable(t, func(t *testing.T, c *Catalog, d *fakeDatabase) {
		const citext, ltree = FirstNormalOID, FirstNormalOID + 1
		d.operators = map[uint32]string{citext: `{"= OPERATOR(ext.=)","< OPERATOR(ext.<)"}`, ltree: `{"> OPERATOR(ext.>)"}`}
		d.set(readable("public", "t", citext))
		e, table := resolve(t, c, d, Fresh)
		d.asks(2)
		if got := table.Columns[0].Comparison.Operators; len(got) != 2 || got["<"] != "OPERATOR(ext.<)" {
			t.Errorf("operators %v", got)
		}
		time.Sleep(Fresh)
		r := e.Refresh(table)
		d.carry(&r)
		if !e.Holds(table) {
			t.Error("a table that has not changed is another one")
		}
		time.Sleep(Fresh)
		d.set(readable("public", "t", citext, ltree))
		r = e.Refresh(table)
		d.carry(&r)
		if known(c) != nil {
			t.Error("a table whose operators are not known was taken")
		}
		_, table = resolve(t, c, d, Forever)
		if got := table.Column("c1").Comparison.Operators[">"]; got != "OPERATOR(ext.>)" {
			t.Errorf("the operator of the new type is %q", got)
		}
	})
}

// An answer to an earlier question that came late is not taken, whatever it says.
func TestLateAnswerIsNotTaken(t *testing.T) {
	onTable(t, func(t *testing.T, c *Catalog, d *fakeDatabase) {
		before := time.Now()
		time.Sleep(time.Second)
		e, table := resolve(t, c, d, Fresh)
		for _, late := range [][]*Table{nil, {readable("public", "t", int4, int4)}} {
			if got := c.store(e, before, late); got != table || !e.Holds(table) {
				t.Errorf("%v was taken", late)
			}
		}
		// Who asked before the table was dropped has nothing better, and others shall not have it.
		time.Sleep(time.Second)
		e.Drop(table)
		old := readable("public", "t", int4)
		if got := c.store(e, before, []*Table{old}); got != old || known(c) != nil {
			t.Errorf("found %v, and known is %v", got, known(c))
		}
	})
}

// known is what is known of t.
func known(c *Catalog) *Table {
	_, t := c.Known("", "t")
	return t
}

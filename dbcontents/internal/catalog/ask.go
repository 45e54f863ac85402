package catalog

import (
	"context"
	"slices"
	"time"

	"github.com/jackc/pgx/v5/pgtype"

	"github.com/dbcontents/dbcontents-go/dbcontents/internal/wire"
)

// An Asker runs look-ups: on any connection, or on the one of a snapshot.
type Asker interface {
	// Ask lends look a connection. It may call look a second time if the first has failed.
	Ask(ctx context.Context, look func(Exchange) error) error
	// AsOf is the state of the database that is seen, zero if it is always the present one.
	AsOf() time.Time
	// PerCaller reports that a look-up may find something else for another caller of the
	// same role, because a hook of a borrowed pool prepares connections. Look-ups are
	// then not shared, and it is not remembered that a table cannot be read.
	PerCaller() bool
	// Probed fails with what is known while a connection cannot be had, for those who
	// would wait for somebody else's look-up.
	Probed() error
}

// An Exchange sends statements in one flight, behind the settings that a look-up
// needs, and lets receive take the results; first is the number of the first of
// them. more reports whether the connection can carry another flight.
type Exchange func(statements []wire.Statement, receive func(f *wire.Flight, first int) error) (more bool, err error)

// lookup reads tables. names nil means all.
func (c *Catalog) lookup(ctx context.Context, a Asker, schemas, names []string) (tables []*Table, err error) {
	err = a.Ask(ctx, func(exchange Exchange) (err error) {
		c.Lookups.Add(1)
		tables, err = c.exchangeTables(exchange, a.AsOf().IsZero(), schemas, names)
		return err
	})
	return tables, err
}

// lookupFor reads what e's name may mean.
func (c *Catalog) lookupFor(ctx context.Context, a Asker, e *Entry) ([]*Table, error) {
	if e.key.call {
		return c.lookupFunctions(ctx, a, e)
	}
	return c.lookup(ctx, a, e.schemas, []string{e.key.Name.Name})
}

// exchangeTables is lookup on a connection, which sees the present state or an older one.
func (c *Catalog) exchangeTables(exchange Exchange, present bool, schemas, names []string) (tables []*Table, err error) {
	statements := []wire.Statement{tablesStatement(schemas, names)}
	var asked time.Time
	if present {
		asked = c.directory().due()
	}
	if !asked.IsZero() {
		statements[0].Sync = false
		statements = append(statements, c.Exposure.directoryStatement())
	}
	more, err := exchange(statements, func(f *wire.Flight, first int) (err error) {
		if tables, err = receiveTables(f, first); err != nil || asked.IsZero() {
			return err
		}
		known, failed := receiveNames(f, first+1)
		f.Skip(first + 1)
		if failed == nil { // else there are no hints, which is no reason to fail
			c.learn(known, asked)
		}
		return nil
	})
	if err == nil && more {
		err = giveOperators(exchange, tables)
	}
	return tables, err
}

// tablesStatement is the look-up of tables; names nil means all.
func tablesStatement(schemas, names []string) wire.Statement {
	return wire.Statement{
		SQL:    lookupSQL,
		Params: [][]byte{wire.TextArray(schemas), wire.TextArray(names)},
		Types:  []uint32{pgtype.TextArrayOID, pgtype.TextArrayOID},
		Sync:   true,
	}
}

// Tables lists what is exposed, exists and may be read, in the order of the schemas
// and by name. It asks the database each time.
func (c *Catalog) Tables(ctx context.Context, a Asker) ([]*Table, error) {
	x, asOf := &c.Exposure, time.Now()
	schemas, names := x.scope()
	tables, err := c.lookup(ctx, a, schemas, names)
	if err != nil {
		return nil, err
	}
	c.learn(tables, asOf)
	return slices.DeleteFunc(tables, func(t *Table) bool { return !c.lists(t) }), nil
}

// lists reports whether t is in the caller's lists.
func (c *Catalog) lists(t *Table) bool {
	return c.Exposure.Admits(t) && t.Readable() && c.caller.grants(t.Schema, t.Name)
}

// List is Tables by name alone, which costs less.
func (c *Catalog) List(ctx context.Context, a Asker) (names []Name, err error) {
	err = a.Ask(ctx, func(exchange Exchange) error {
		names = nil
		_, err := exchange([]wire.Statement{c.Exposure.directoryStatement()}, func(f *wire.Flight, first int) error {
			tables, err := receiveNames(f, first)
			for _, t := range tables {
				if c.lists(t) {
					names = append(names, Name{t.Schema, t.Name})
				}
			}
			return err
		})
		return err
	})
	return names, err
}

// A Refresh is a look-up of a table that travels behind a read of it, so that
// an old entry costs no round trip.
type Refresh struct {
	entry   *Entry
	table   *Table // as it is known
	asked   time.Time
	related bool // the look-up of its relationships travels too
	last    int  // the number of its last statement in the flight
}

// Refresh returns the look-up that a read of t should carry; Due tells whether
// it should carry any. The read calls Take or Drop of what is due.
func (e *Entry) Refresh(t *Table) Refresh {
	return Refresh{entry: e, table: e.whole(t.Origin()), asked: e.refreshDue()}
}

// source is the table whose look-up it is.
func (r *Refresh) source() Name { return Name{r.table.Schema, r.table.Name} }

// Due reports whether there is anything to carry.
func (r *Refresh) Due() bool { return !r.asked.IsZero() }

// Append appends the look-up's statements.
func (r *Refresh) Append(statements []wire.Statement) []wire.Statement {
	r.entry.catalog.Lookups.Add(1)
	if foreign := r.table.foreignTypes(); len(foreign) > 0 {
		statements = append(statements, operatorsStatement(foreign))
	}
	if r.related = r.entry.relatedDue(); r.related {
		statements = append(statements, r.entry.catalog.Exposure.relationshipsStatement(r.source()))
	}
	r.last = len(statements)
	return append(statements, r.entry.statement())
}

// Take takes in the look-up, which has travelled in a flight. If it failed, what is known
// stays.
func (r *Refresh) Take(f *wire.Flight) {
	c := r.entry.catalog
	last := r.last
	asked := r.table.foreignTypes()
	first := last // of the statements of this look-up but for the operators
	if r.related {
		first = last - 1
	}
	var operators typeOperators
	var err error
	if len(asked) > 0 {
		operators, err = receiveOperators(f, first-1)
	}
	var found *related
	if err == nil && r.related {
		found, err = c.Exposure.receiveRelationships(f, last-1, r.source(), r.asked)
	}
	var tables []*Table
	if err == nil {
		tables, err = r.entry.receive(f, last, r.asked)
	}
	if err != nil {
		r.entry.notRefreshed()
		return
	}
	if t := c.choose(r.entry, tables); t != nil && !operators.give(t, asked) {
		r.entry.Drop(r.table) // it has a type whose operators nobody asked for
		r.entry.notRefreshed()
		return
	}
	t := c.store(r.entry, r.asked, tables)
	if r.related && t != nil && t.Schema == r.table.Schema {
		c.keepRelationships(r.entry, t, found)
	}
}

// Drop ends a look-up that was not sent; the next read carries one.
func (r *Refresh) Drop() {
	r.asked = time.Time{}
	r.entry.notRefreshed()
}

package dbcontents

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/dbcontents/dbcontents-go/dbcontents/internal/catalog"
)

// configuredTables are the tables that are known without asking: the default one first.
func (c *checkup) configuredTables() []catalog.Name {
	if c.store == nil {
		return nil
	}
	x := &c.store.catalog.Exposure
	if len(x.Tables) == 0 {
		return []catalog.Name{x.DefaultTable()}
	}
	return x.Tables
}

func (c *checkup) isDefault(name catalog.Name) bool {
	d := c.store.catalog.Exposure.DefaultTable()
	return name == d || d.Schema == "" && name.Name == d.Name
}

// tables reads one row of each table. It goes on when a table cannot be read,
// and stops when the database cannot be used any more.
func (c *checkup) tables(ctx context.Context) bool {
	names := c.configuredTables()
	if c.store.catalog.Exposure.All {
		tables, err := c.store.Tables(ctx)
		if err != nil {
			c.fail("table "+names[0].String(), err)
			return false
		}
		found := make([]catalog.Name, len(tables))
		for i, t := range tables {
			found[i] = catalog.Name{Schema: t.Schema, Name: t.Name}
		}
		if names = c.withFound(found); len(names) == 0 {
			names = c.configuredTables() // to say that it is not there
		}
	}
	for _, name := range names {
		if time.Until(c.deadline) <= 0 {
			return false
		}
		if !c.add(name, c.look(ctx, name, tableLimit)) || ctx.Err() != nil {
			return false
		}
	}
	return true
}

// look reads one row of a table.
func (c *checkup) look(ctx context.Context, name catalog.Name, limit time.Duration) error {
	return c.within(ctx, limit, "first_row_timeout", name.String(), func(ctx context.Context) error {
		return c.store.readOne(ctx, name)
	})
}

// add reports a look at a table, and whether the database can be used.
func (c *checkup) add(name catalog.Name, err error) (usable bool) {
	step := "table " + name.String()
	if err == nil {
		c.ok(step, "readable")
		return true
	}
	c.fail(step, err).beside = !c.isDefault(name)
	return !ofDatabase(err)
}

// ofDatabase tells an error because of which no table can be read from one of the
// table alone, such as a materialized view that was never filled.
func ofDatabase(err error) bool {
	var e *Error
	return errors.Is(err, ErrUnavailable) &&
		!(errors.As(err, &e) && e.Op == "read" && e.SQLState != "" && e.Code != "database_starting")
}

// withFound are the tables named and those found. A default table that nobody
// named is one of those found, or none.
func (c *checkup) withFound(found []catalog.Name) []catalog.Name {
	named := c.store.catalog.Exposure.Tables
	all := slices.Clone(named)
	for _, n := range found {
		if !slices.Contains(named, n) && !slices.Contains(named, catalog.Name{Name: n.Name}) {
			all = append(all, n)
		}
	}
	return all
}

func (s *Store) readOne(ctx context.Context, name catalog.Name) error {
	rows, err := s.Query(ctx, Query{Schema: name.Schema, Table: name.Name, Limit: 1})
	if err != nil {
		return err
	}
	for rows.Next() {
	}
	return rows.Close()
}
